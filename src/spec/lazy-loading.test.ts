import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** Everything that importing a module loads at once: files, and names of packages. Type imports and `import()` load nothing. */
function loads(url: URL, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(url.href)) return seen;
  seen.add(url.href);
  const text = readFileSync(url, 'utf8');
  for (const [, name = ''] of text.matchAll(/^(?:import|export)\s(?!type\b)[^;]*?from '([^']+)';/gm)) {
    if (name.startsWith('.')) loads(new URL(name, url), seen);
    else seen.add(name);
  }
  return seen;
}

test('a folder without kilopy.yaml, and a lock, cost neither zod nor yaml', () => {
  for (const path of ['./read-spec.ts', '../lock/read-lock.ts', '../lock/write-lock.ts']) {
    const loaded = loads(new URL(path, import.meta.url));
    expect(loaded.size).toBeGreaterThan(4);
    expect([...loaded].filter((name) => name === 'zod' || name === 'yaml')).toEqual([]);
  }
});

test('push, pull and copy cost none of zod, yaml, undici and openpgp', () => {
  for (const path of ['../pipeline/registry/push.ts', '../pipeline/registry/copy.ts', '../io/create-context.ts']) {
    const loaded = loads(new URL(path, import.meta.url));
    expect(loaded.size).toBeGreaterThan(4);
    expect([...loaded].filter((name) => ['zod', 'yaml', 'undici', 'openpgp'].includes(name))).toEqual([]);
  }
});

test('the check above can see them', () => {
  expect([...loads(new URL('./yaml-front-end.ts', import.meta.url))]).toEqual(expect.arrayContaining(['zod', 'yaml']));
});
