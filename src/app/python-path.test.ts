import { expect, test } from 'vitest';
import { needsLauncher } from './launcher.ts';
import { entrypoint, micropythonPath } from './python-path.ts';

test('frozen modules stand first, or asyncio would be gone', () => {
  expect(micropythonPath.split(':')).toEqual(['.frozen', '/app/lib', '/usr/lib/micropython']);
});

test('the command of an image', () => {
  expect(entrypoint({ entry: 'src/main.py' }, ['-v'])).toEqual(['/usr/bin/micropython', '/app/src/main.py', '-v']);
  expect(entrypoint({ entry: 'main.py' }, [], 'launcher').slice(1)).toEqual(['/usr/lib/kilopy/run.py', '/app/main.py']);
  expect(entrypoint({ entry: 'main.py' }, ['x'], 'frozen').slice(1)).toEqual(['-m', 'kilopy_run', '/app/main.py', 'x']);
});

test.each([
  [['asyncio'], 'main.py', true],
  [['json', 'asyncio.core'], 'main.py', true],
  [['uasyncio'], 'main.py', true],
  [['json', 'asyncio2'], 'src/boot.py', false],
  [[], 'src/main.py', true],
  [[], 'main.py', false],
  [[], 'boot.py', false],
])('%j, entry %s: launcher %s', (modules, entry, expected) => {
  const content = { digest: 'sha256:' as const, sizeBytes: 0 };
  const files = ['main.py', 'src/boot.py'].map((path) => ({ path, content, executable: false }));
  expect(needsLauncher({ entry, files }, modules)).toBe(expected);
});
