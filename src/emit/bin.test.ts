import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { memoryBlobs } from '../../test/support/memory-blobs.ts';
import { directory, file, link, packageOrigin } from '../../test/support/nodes.ts';
import { memoryCache, settings as imageSettings } from '../../test/support/synthetic-image.ts';
import { writeRomfs } from '../codec/romfs.ts';
import { createContext } from '../io/create-context.ts';
import { targets } from '../spec/targets.ts';
import type { Node } from '../tree/node.ts';
import { bin } from './bin.ts';
import { binArguments, binEnvironment } from './bin-start.ts';
import type { EmitInput, ImageSettings } from './emit-input.ts';

const ctx = createContext();
const target = targets.find(({ name }) => name === 'linux/arm/v7')!;
const runtime = 'ELF, and among its constants kilopy\u0001\n, and more';
const app = { kind: 'app', file: 'main.py' } as const;
const overlay = { kind: 'overlay', where: { file: 'kilopy.yaml', line: 3 } } as const;

function input(
  more: readonly Node[] | ((add: ReturnType<typeof memoryBlobs>['add']) => readonly Node[]) = [],
): EmitInput {
  const blobs = memoryBlobs();
  const nodes = [
    directory('', packageOrigin('base')),
    file('usr/bin/micropython', blobs.add(runtime), packageOrigin('micropython')),
    file('etc/passwd', blobs.add('root'), { kind: 'pass', pass: 'users' }),
    directory('app', app),
    file('app/main.py', blobs.add('print(1)'), app),
    file('app/lib/helper.py', blobs.add('x = 1'), app),
    ...(typeof more === 'function' ? more(blobs.add.bind(blobs)) : more),
  ];
  const tree = new Map(nodes.map((node) => [node.path, node]));
  const settings: ImageSettings = {
    ...imageSettings,
    env: ['PATH=/bin', 'HOME=/', 'MICROPYPATH=.frozen:/app/lib', 'A=b c'],
  };
  return {
    settings,
    targets: [{ target, tree, createdSeconds: 1 }],
    blobs,
    cache: memoryCache(),
    compression: 'default',
  };
}

async function emit(what: EmitInput): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'kilopy-bin-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [artifact] = await bin.emit(ctx, what, () => Promise.reject(new Error('no image')));
  const path = join(folder, artifact!.fileName);
  await artifact!.write(ctx, path);
  expect(statSync(path).mode & 0o777).toBe(0o755);
  expect(artifact).toMatchObject({ fileName: 'hello-armv7.bin', sizeBytes: statSync(path).size });
  return readFileSync(path);
}

test('runtime, ROMFS, text and trailer, and what it costs beside runtime and application', async () => {
  const bytes = await emit(input());
  const rom = writeRomfs([
    { path: 'lib/helper.py', content: Buffer.from('x = 1') },
    { path: 'main.py', content: Buffer.from('print(1)') },
  ]);
  const text = bytes.subarray(runtime.length + rom.length, -16);
  expect(bytes.subarray(0, runtime.length).toString()).toBe(runtime);
  expect(bytes.subarray(runtime.length, runtime.length + rom.length).equals(rom)).toBe(true);
  expect(text.toString()).toMatch(/^MICROPYPATH=\.frozen:\/app\/lib\0A=b c\0\0-c\0[^\0]*\0\/app\/main\.py\0$/u);
  expect([bytes.readUInt32LE(bytes.length - 16), bytes.readUInt32LE(bytes.length - 12)]).toEqual([
    rom.length,
    text.length,
  ]);
  expect(bytes.subarray(-8).toString()).toBe('kilopy\u0001\n');
  expect(bytes.length - runtime.length - 'x = 1print(1)'.length).toBeLessThan(1_000);
});

test('links inside the application are followed, links out of it lead nowhere', async () => {
  const bytes = await emit(
    input([
      link('app/alias.py', 'lib/helper.py', app),
      link('app/passwd', '/etc/passwd', app),
      link('app/loop', 'loop', app),
    ]),
  );
  expect(bytes.toString('latin1').match(/x = 1/gu)).toHaveLength(2);
  expect(bytes.toString('latin1')).not.toContain('root');
});

test.each([
  [
    'a runtime that does not look for an application',
    'KP3101',
    (): EmitInput => input((add) => [file('usr/bin/micropython', add('ELF'), packageOrigin('micropython'))]),
  ],
  ['a file outside of /app', 'KP3102', (): EmitInput => input((add) => [file('etc/motd', add('hello'), overlay)])],
])('%s: %s', async (_, code, make) => {
  await expect(bin.emit(ctx, make(), () => Promise.reject(new Error('no image')))).rejects.toMatchObject({ code });
});

test.each([
  [
    ['/usr/bin/micropython', '/app/main.py'],
    '/app',
    /^import os\nos\.chdir\("\/app"\)\nimport sys\n/u,
    ['/app/main.py'],
  ],
  [['/usr/bin/micropython', '/app/src/m.py', '-v'], '/data', /^import sys\n/u, ['/app/src/m.py', '-v']],
  [
    ['/usr/bin/micropython', '-m', 'kilopy_run', '/app/main.py'],
    '/app',
    /^import os\n.*\nimport kilopy_run$/u,
    ['/app/main.py'],
  ],
  [
    ['/init', '--', '/usr/bin/micropython', '/usr/lib/kilopy/run.py', '/app/main.py', 'x'],
    '/',
    /^import kilopy_run$/u,
    ['/app/main.py', 'x'],
  ],
])('%j in %s starts as the image does', (entrypoint, workdir, program, rest) => {
  const [option, text, ...others] = binArguments({ ...imageSettings, entrypoint, workdir });
  expect(option).toBe('-c');
  expect(text).toMatch(program);
  expect(others).toEqual(rest);
  expect(binEnvironment(imageSettings)).toEqual(['MICROPYPATH=.frozen:/app']);
});
