import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { memoryBlobs } from '../../../test/support/memory-blobs.ts';
import { createContext } from '../../io/create-context.ts';
import { checkName, checkOverlayFolder, overlayFiles } from './overlay-files.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kilopy-overlay-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function read(): Promise<readonly (readonly [path: string, mode: string])[]> {
  const nodes = await overlayFiles(createContext(), memoryBlobs(), folder, {}, 1);
  return nodes.map(({ path, mode }) => [path, mode.toString(8)]);
}

test('the umask of whoever made the folder is of no effect', async () => {
  mkdirSync(join(folder, 'etc'), { mode: 0o700 });
  writeFileSync(join(folder, 'etc/plain'), '', { mode: 0o600 });
  writeFileSync(join(folder, 'etc/run'), '', { mode: 0o700 });
  expect(await read()).toEqual([
    ['etc', '755'],
    ['etc/plain', '644'],
    ['etc/run', '755'],
  ]);
});

test('a socket and a pipe are refused by what they are', async () => {
  const server = createServer();
  await new Promise<void>((done) => {
    server.listen(join(folder, 'sock'), done);
  });
  onTestFinished(() => void server.close());
  await expect(read()).rejects.toMatchObject({ code: 'KP2313', exitCode: 2, where: join(folder, 'sock') });
  await expect(read()).rejects.toThrow('is a socket');
  server.close();
  execFileSync('mkfifo', [join(folder, 'a-pipe')]);
  await expect(read()).rejects.toThrow('is a pipe');
  // Before anything is fetched, too.
  await expect(checkOverlayFolder(createContext(), folder)).rejects.toThrow('is a pipe');
});

test('links stay as they are, wherever they lead', async () => {
  symlinkSync('/etc/shadow', join(folder, 'absolute'));
  symlinkSync('../../nowhere', join(folder, 'up'));
  await checkOverlayFolder(createContext(), folder);
  const nodes = await overlayFiles(createContext(), memoryBlobs(), folder, {}, 1);
  expect(nodes).toMatchObject([
    { type: 'symlink', path: 'absolute', target: '/etc/shadow' },
    { type: 'symlink', path: 'up', target: '../../nowhere' },
  ]);
});

test('a name that is not UTF-8 is refused as that', async () => {
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.of(0xe9)]), '');
  const fault = {
    code: 'KP2313',
    fix: 'rename it',
    message: expect.stringMatching(/caf\ufffd is not UTF-8/u) as string,
  };
  await expect(checkOverlayFolder(createContext(), folder)).rejects.toMatchObject(fault);
  await expect(read()).rejects.toMatchObject(fault);
});

test('what is no folder is refused, and so is YAML that is none', async () => {
  const manifest = join(folder, 'kilopy-files.yaml');
  writeFileSync(manifest, 'a: {b\n');
  for (const [place, says] of [
    [join(folder, 'gone'), 'there is no such folder'],
    [manifest, 'that is no folder'],
    [folder, 'kilopy-files.yaml is no YAML'],
  ] as const) {
    const message = expect.stringContaining(says) as string;
    await expect(checkOverlayFolder(createContext(), place)).rejects.toMatchObject({ code: 'KP2313', message });
  }
});

test.each([
  ['a path that is not there', 'etc/gone: {mode: "0600"}\n', 'names etc/gone'],
  ['a mode that is none', 'a: {mode: "0999"}\n', 'cannot be read: a mode'],
  ['a word that is none', 'a: {owner: root}\n', 'cannot be read'],
])('kilopy-files.yaml with %s is refused', async (_, text, says) => {
  writeFileSync(join(folder, 'a'), '');
  writeFileSync(join(folder, 'kilopy-files.yaml'), text);
  await expect(read()).rejects.toMatchObject({ code: 'KP2313', message: expect.stringContaining(says) as string });
});

test('a name has 255 bytes, not characters; the path may be longer', () => {
  const longest = `${'ä'.repeat(127)}x`;
  expect(() => {
    checkName(`etc/${longest}/${longest}`, 'a package');
  }).not.toThrow();
  for (const name of ['x'.repeat(256), 'ä'.repeat(128)]) {
    expect(() => {
      checkName(`etc/${name}/short`, 'a package');
    }).toThrow(expect.objectContaining({ code: 'KP2313', message: expect.stringContaining('256 bytes') as string }));
  }
});
