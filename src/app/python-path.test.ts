import { expect, test } from 'vitest';
import { needsLauncher } from './launcher.ts';
import { entrypoint, micropythonPath } from './python-path.ts';

test('frozen modules stand first, or asyncio would be gone', () => {
  expect(micropythonPath.split(':')).toEqual(['.frozen', '/app/lib', '/usr/lib/micropython']);
});

test('the command of an image', () => {
  expect(entrypoint({ entry: 'src/main.py' }, ['-v'])).toEqual(['/usr/bin/micropython', '/app/src/main.py', '-v']);
  expect(entrypoint({ entry: 'main.py' }, [], 'launcher').slice(1)).toEqual(['/usr/lib/kilopy/run.py', '/app/main.py']);
});

test.each([
  [['asyncio'], true],
  [['json', 'asyncio.core'], true],
  [['uasyncio'], true],
  [['json', 'asyncio2'], false],
  [[], false],
])('%j: launcher %s', (modules, expected) => {
  expect(needsLauncher(modules)).toBe(expected);
});
