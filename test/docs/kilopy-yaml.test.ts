import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { schemaText, specDocsText } from '../../scripts/spec-docs.ts';
import { parseApkoConfig } from '../../src/spec/apko/read-config.ts';
import { collectFaults } from '../../src/spec/faults.ts';
import { lower } from '../../src/spec/lower.ts';
import { annotatedJsonSchema } from '../../src/spec/schema.ts';
import type { Spec } from '../../src/spec/spec.ts';
import { targets } from '../../src/spec/targets.ts';
import { yamlFrontEnd } from '../../src/spec/yaml-front-end.ts';

const top = new URL('../../', import.meta.url);

function specOf(text: string): Spec {
  const faults = collectFaults();
  const front = yamlFrontEnd(text, 'kilopy.yaml', faults);
  const spec = lower([front], { folder: '/app', file: undefined, host: targets[0] }, faults);
  faults.throwIfAny();
  return spec;
}

test.each([
  ['schema/kilopy.schema.json', schemaText],
  ['docs/kilopy-yaml.md', specDocsText],
])('%s is fresh (npx tsx scripts/generate-docs.ts)', (path, make) => {
  expect(readFileSync(new URL(path, top), 'utf8')).toBe(make());
});

const pages = ['README.md', ...readdirSync(new URL('docs/', top)).map((name) => `docs/${name}`)].filter((path) => {
  return path.endsWith('.md') && readdirSync(new URL('.', new URL(path, top))).includes(path.split('/').at(-1)!);
});
/** The page about apko shows apko.yaml. */
const apkoPage = 'docs/apko.md';
const blocks = pages.flatMap((page) =>
  [...readFileSync(new URL(page, top), 'utf8').matchAll(/^```yaml\n(.*?)^```$/gms)].map((match) => ({
    page,
    text: match[1]!,
  })),
);

test('there are YAML blocks to check', () => {
  expect(blocks.length).toBeGreaterThan(15);
});

test.each(blocks.filter(({ page }) => page !== apkoPage))(
  'a YAML block of $page is a kilopy.yaml: $text',
  ({ text }) => {
    expect(specOf(text).targets.length).toBeGreaterThan(0);
  },
);

test.each(blocks.filter(({ page }) => page === apkoPage))(
  'a YAML block of $page is an apko.yaml: $text',
  ({ text }) => {
    expect(parseApkoConfig(Buffer.from(text), 'apko.yaml').config.contents.packages?.length ?? 0).toBeGreaterThan(0);
  },
);

test('every key has a description, a default and an example that kilopy takes', () => {
  const properties = annotatedJsonSchema()['properties'] as Record<string, Record<string, unknown>>;
  for (const [key, node] of Object.entries(properties)) {
    expect(node['description']).toBeTypeOf('string');
    expect(node['default'] ?? node['otherwise']).toBeDefined();
    for (const example of node['examples'] as unknown[])
      expect(specOf(JSON.stringify({ [key]: example }))).toBeDefined();
  }
});

test('the defaults of the documentation are those of a folder without kilopy.yaml', () => {
  const properties = annotatedJsonSchema()['properties'] as Record<string, { readonly default?: unknown }>;
  const defaults = Object.fromEntries(
    Object.entries(properties).flatMap(([key, node]) => ('default' in node ? [[key, node.default]] : [])),
  );
  expect(specOf(JSON.stringify(defaults))).toEqual({
    ...specOf(''),
    base: { ...specOf('').base, where: expect.anything() },
  });
});

test('the examples in tables are YAML of their key', () => {
  const rows = [...specDocsText().matchAll(/^\| `(\w+)` \|.*\| `(.*)` \|$/gm)];
  expect(rows.length).toBeGreaterThan(20);
  for (const [, key, example] of rows) expect(Object.keys(parse(example!) as object)).toEqual([key]);
});
