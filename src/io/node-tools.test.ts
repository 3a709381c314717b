import { expect, test } from 'vitest';
import { createNodeTools } from './node-tools.ts';
import { toolPackages } from './tool-packages.ts';
import { expectWithin } from '../../test/support/expect-within.ts';

const tools = createNodeTools({ PATH: '/usr/bin:/bin', GREETING: 'hello', LC_ALL: 'xx' }, '/tmp');

async function* inputOf(pieces: readonly string[]): AsyncIterable<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece);
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

test('find', async () => {
  expect(await tools.find('sh')).toMatch(/^\/(?:usr\/)?bin\/sh$/u);
  expect(await tools.find('/bin/sh')).toBe('/bin/sh');
  expect(await tools.find('/etc/passwd')).toBeUndefined();
  expect(await tools.find('no-such-program')).toBeUndefined();
  // Not on this PATH, but in a folder for administrators.
  expect(await tools.find('ldconfig')).toBe('/usr/sbin/ldconfig');
});

test('run gives status, output and words; the environment is English, the folder is that of the context', async () => {
  const script = 'cat; echo "$GREETING $LC_ALL $MORE $PWD"; echo oops >&2; exit 3';
  const result = await tools.run('sh', ['-c', script], { stdin: 'in ', env: { MORE: 'more' } });
  expect(result).toMatchObject({ status: 3, stderr: 'oops\n' });
  expect(Buffer.from(result.stdout).toString()).toBe('in hello C more /tmp\n');
  expect((await tools.run('sh', ['-c', 'kill -9 $$'])).status).toBe(137);
});

test('large input that a program does not read is no error', async () => {
  expect((await tools.run('true', [], { stdin: Buffer.alloc(10 ** 6) })).status).toBe(0);
});

test('a missing program is KP1003 and names its package', async () => {
  const bare = createNodeTools({ PATH: '/nowhere' }, '/tmp');
  await expect(bare.run('sqfstar', [])).rejects.toMatchObject({
    code: 'KP1003',
    exitCode: 6,
    fix: 'sudo apt install squashfs-tools',
  });
  await expect(textOf(bare.pipe('xz', [], inputOf([])))).rejects.toMatchObject({ fix: 'sudo apt install xz-utils' });
  expect(() => bare.start('no-such-program', [])).toThrow('no-such-program is not installed');
});

test('pipe', async () => {
  const pieces = Array.from({ length: 300 }, (_, index) => `${'x'.repeat(10_000)}${String(index)}\n`);
  expect(await textOf(tools.pipe('cat', [], inputOf(pieces)))).toBe(pieces.join(''));
  await expect(textOf(tools.pipe('sh', ['-c', 'echo bad >&2; exit 1'], inputOf(pieces)))).rejects.toMatchObject({
    code: 'KP1004',
    why: 'bad',
  });
});

test('a consumer of pipe that has enough ends the program', async () => {
  const started = Date.now();
  for await (const chunk of tools.pipe('sh', ['-c', 'echo one; exec sleep 20'], inputOf([]))) {
    expect(Buffer.from(chunk).toString()).toBe('one\n');
    break;
  }
  expectWithin(Date.now() - started, 5000);
});

test('timeout and interruption end the program', async () => {
  await expect(tools.run('sleep', ['20'], { timeoutMs: 20 })).rejects.toMatchObject({ code: 'KP1004' });
  await expect(tools.run('sleep', ['20'], { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({
    code: 'KP1002',
  });
  await expect(tools.run('sleep', ['20'], { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'KP1002' });
});

test('start gives streams, exit and signals', async () => {
  const child = tools.start('cat', [], { stdin: 'pipe', stdout: 'pipe', detached: true });
  child.stdin?.write('hello');
  const first = child.stdout?.[Symbol.asyncIterator]().next();
  expect(Buffer.from((await first)?.value as Uint8Array).toString()).toBe('hello');
  child.kill('SIGTERM', true);
  expect(await child.exited).toEqual({ code: null, signal: 'SIGTERM' });
  child.kill('SIGTERM', true);
});

test('the table of packages has every program once, with a sentence', () => {
  const names = toolPackages.map((row) => row.program);
  expect(new Set(names).size).toBe(names.length);
  for (const row of toolPackages) expect(row.unlocks).toMatch(/^[A-Z].*\.$/u);
});
