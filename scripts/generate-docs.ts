/** Writes what is made from the sources: `npx tsx scripts/generate-docs.ts`. A test fails when it is out of date. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { commandsPage } from './commands-page.ts';
import { errorsPage } from './errors-page.ts';
import { schemaText, specDocsText } from './spec-docs.ts';

const top = new URL('../', import.meta.url);

for (const [path, text] of [
  ['schema/kilopy.schema.json', schemaText()],
  ['docs/kilopy-yaml.md', specDocsText()],
  ['docs/commands.md', await commandsPage()],
  ['docs/errors.md', errorsPage()],
] as const) {
  const url = new URL(path, top);
  mkdirSync(new URL('./', url), { recursive: true });
  writeFileSync(url, text);
}
