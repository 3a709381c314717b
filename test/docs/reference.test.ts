import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandsPage } from '../../scripts/commands-page.ts';
import { errorsPage } from '../../scripts/errors-page.ts';
import { commands } from '../../src/cli/commands.ts';
import { errorCodes } from '../../src/errors/codes.ts';
import { checkout, runCli } from '../support/cli.ts';

function page(name: string): string {
  return readFileSync(join(checkout, 'docs', name), 'utf8');
}

/** From a heading to the next one of its level. */
function section(text: string, heading: string): string {
  const start = text.indexOf(`\n## ${heading}\n`);
  if (start === -1) throw new Error(`there is no section ${heading}`);
  const end = text.indexOf('\n## ', start + 1);
  return text.slice(start, end === -1 ? undefined : end);
}

test('docs/errors.md and docs/commands.md are fresh (npm run docs)', async () => {
  expect(page('errors.md')).toBe(errorsPage());
  expect(page('commands.md')).toBe(await commandsPage());
});

test('every error code has its section with what kilopy explain says', () => {
  const text = page('errors.md');
  const headings = [...text.matchAll(/^## (KP\d{4}): /gmu)].map(([, code]) => code);
  expect(headings).toEqual(Object.keys(errorCodes).sort());
  for (const [code, { title, explanation }] of Object.entries(errorCodes)) {
    expect(section(text, `${code}: ${title}`)).toContain(explanation);
  }
});

/** The built program's own help, and not the generator's, is what the page has to cover. */
test.each(commands.map(({ name }) => name))('every option of kilopy %s is on the page', async (name) => {
  const help = (await runCli([name, '--help'])).stdout;
  const inner = [...help.matchAll(/^ {2}([a-z][\w-]*)(?: [[<].*?)? {2,}\S/gmu)].map(([, word = '']) => word);
  const names = help.includes('\nCommands:') ? inner.filter((word) => word !== 'help') : [undefined];
  for (const leaf of names) {
    const words = leaf === undefined ? [name] : [name, leaf];
    const text = leaf === undefined ? help : (await runCli([...words, '--help'])).stdout;
    const flags = [...text.matchAll(/^ +(?:-\w, )?(--[\w-]+)/gmu)].map(([, flag = '']) => flag);
    const written = section(page('commands.md'), `kilopy ${words.join(' ')}`);
    const common = page('commands.md').split('\n## ')[0] ?? '';
    for (const flag of flags.filter((one) => one !== '--help')) {
      expect(`${written}${common}`).toMatch(new RegExp(`\`(-\\w, )?${flag}[ \`]`, 'u'));
    }
    expect(flags).toContain('--json');
  }
});
