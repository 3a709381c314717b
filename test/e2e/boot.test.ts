import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli, scratch, type CliResult } from '../support/cli.ts';
import { freePort } from '../support/free-port.ts';
import { fakeQemu } from '../support/fake-qemu.ts';
import { everyFeature, makeKernel } from '../support/make-kernel.ts';

/** `kilopy run --machine` with a program in place of QEMU: what is said, which status, what is left. Real boots are in test/prove/boot.test.ts. */

interface Place {
  readonly folder: string;
  readonly run: (args: readonly string[], path?: string) => Promise<CliResult>;
}

function place(): Place {
  const folder = scratch();
  const path = fakeQemu(folder);
  writeFileSync(join(folder, 'vmlinux'), makeKernel('big', everyFeature));
  writeFileSync(join(folder, 'root.cpio'), '070701 not a whole archive');
  return {
    folder,
    run: async (args, searched = path) =>
      await runCli(args, { cwd: folder, env: { PATH: searched, KILOPY_CACHE: join(folder, 'store'), TMPDIR: folder } }),
  };
}

const files = ['run', '--machine', 'malta-be', '--kernel', 'vmlinux', '--root', 'root.cpio'];

test('the status of the application, and its console on stdout', async () => {
  const { run } = place();
  const { status, stdout } = await run([...files, '--append', 'fake.exit3 a=b']);
  expect(status).toBe(3);
  expect(stdout).toContain('console=ttyS0 fake.exit3 a=b');
  expect((await run([...files, '--append', 'fake.killed'])).status).toBe(137);
});

test('a panic is recognised and explained', async () => {
  const { run, folder } = place();
  const { status, stderr } = await run([...files, '--append', 'fake.panic']);
  expect(status).toBe(125);
  expect(stderr).toContain('KP9205');
  expect(stderr).toContain('found no root file system');
  expect(readdirSync(folder).filter((name) => name.startsWith('kilopy-'))).toEqual([]);
});

test('QEMU that refuses is quoted', async () => {
  const { status, stderr } = await place().run([...files, '--append', 'fake.refuse']);
  expect(status).toBe(125);
  expect(stderr).toContain('this is not possible');
});

test('what never answers: the time-out names what was waited for and what the console said', async () => {
  const port = await freePort();
  const { run } = place();
  const { status, stderr } = await run([
    ...files,
    '--append',
    'fake.silent',
    '--publish',
    `${String(port)}:8080`,
    // The stand-in is a Node.js, which a busy machine starts late.
    '--timeout',
    '5',
  ]);
  expect(status).toBe(125);
  expect(stderr).toContain('no answer from port 8080 of malta-be after 5 s');
  expect(stderr).toContain('Linux version 6.1.0');
});

test('in the background: id and address, logs, a second one beside it, stop', async () => {
  const port = await freePort();
  const { run, folder } = place();
  const started = await run([...files, '--publish', `${String(port)}:8080`, '--detach', '--json']);
  expect(started.stderr).toBe('');
  const { id, machine, urls, receipt } = JSON.parse(started.stdout) as {
    id: string;
    machine: string;
    urls: string[];
    receipt: { bootToListenMs?: number; bootToAnswerMs: number };
  };
  expect([id, machine, urls]).toEqual(['root.cpio-malta-be', 'malta-be', [`http://127.0.0.1:${String(port)}`]]);
  expect(receipt.bootToAnswerMs).toBeGreaterThan(0);
  expect(await (await fetch(urls[0] ?? '')).text()).toBe('hello\n');
  expect((await run(['logs', id])).stdout).toContain('init: listening on 8080');

  const second = await run([...files, '--detach', '--json']);
  expect((JSON.parse(second.stdout) as { id: string }).id).toBe('root.cpio-malta-be-2');
  const { running } = JSON.parse((await run(['machines', '--json'])).stdout) as { running: { id: string }[] };
  expect(running.map((one) => one.id).sort()).toEqual(['root.cpio-malta-be', 'root.cpio-malta-be-2']);

  expect((await run(['stop', '--all'])).status).toBe(0);
  await expect(fetch(urls[0] ?? '')).rejects.toThrow('fetch failed');
  const gone = await run(['stop', id]);
  expect([gone.status, gone.stderr]).toEqual([2, expect.stringContaining('KP9207')]);
  expect(readdirSync(folder).filter((name) => name.startsWith('kilopy-'))).toEqual([]);
  expect(readdirSync(join(folder, 'store/machines'))).toEqual([]);
});

test('a background machine that never answers is switched off, and nothing is left', async () => {
  const port = await freePort();
  const { run, folder } = place();
  const words = ['--publish', `${String(port)}:8080`, '--detach', '--timeout', '3', '--append', 'fake.silent'];
  const { status, stderr } = await run([...files, ...words]);
  expect([status, stderr]).toEqual([125, expect.stringContaining('KP9204')]);
  expect((JSON.parse((await run(['machines', '--json'])).stdout) as { running: unknown[] }).running).toEqual([]);
  expect(readdirSync(folder).filter((name) => name.startsWith('kilopy-'))).toEqual([]);
});

test('bad input is told before anything is started', async () => {
  const { run, folder } = place();
  writeFileSync(join(folder, 'little'), makeKernel('little', everyFeature));
  writeFileSync(join(folder, 'openwrt'), makeKernel('big', ['squashfs', 'EXT4-fs', 'ata_piix', '-openwrt-linux-']));
  writeFileSync(join(folder, 'diskless'), makeKernel('big', ['no cpio magic', 'squashfs', 'EXT4-fs']));
  writeFileSync(join(folder, 'bare'), makeKernel('big', ['no cpio magic', 'ata_piix']));
  writeFileSync(join(folder, 'text'), 'this is no kernel');
  writeFileSync(join(folder, 'large.cpio'), Buffer.concat([Buffer.from('070701'), Buffer.alloc(6_000_000)]));
  writeFileSync(join(folder, 'root.squashfs'), Buffer.from('hsqs, and more'));
  const ext4 = Buffer.alloc(4096);
  ext4.writeUInt16LE(0xef53, 1080);
  writeFileSync(join(folder, 'root.ext4'), ext4);
  const rows: readonly (readonly [readonly string[], number, string])[] = [
    [['--machine', 'malta-bee'], 2, 'did you mean --machine malta-be?'],
    [['--machine', 'malta-be', '--kernel', 'nothing'], 2, 'there is no file'],
    [['--machine', 'malta-be', '--kernel', 'little'], 2, 'little-endian'],
    [['--machine', 'malta-be', '--kernel', 'openwrt', '--root', 'root.cpio'], 2, 'CONFIG_BLK_DEV_INITRD'],
    [['--machine', 'malta-be', '--kernel', 'text'], 2, 'is not a kernel that malta-be can load'],
    [['--machine', 'malta-be', '--kernel', 'bare', '--root', 'root.squashfs'], 2, 'cannot read squashfs'],
    [['--machine', 'malta-be', '--kernel', 'bare', '--root', 'root.ext4'], 2, 'cannot read ext4'],
    [['--machine', 'malta-be', '--kernel', 'diskless', '--root', 'root.ext4'], 2, 'no driver for the disk of malta-be'],
    [['--machine', 'malta-be', '--kernel', 'vmlinux', '--root', 'text'], 2, 'not a root file system'],
    [
      ['--machine', 'malta-be', '--kernel', 'vmlinux', '--root', 'large.cpio', '--memory', '8'],
      2,
      'too large for 8 MiB of memory',
    ],
    [['--machine', 'malta-be', '--kernel', 'vmlinux', '--memory', '9999'], 2, 'from 4 to 256'],
    [['--machine', 'malta-be', '--kernel', 'vmlinux', '--publish', 'http'], 2, '--publish takes ports'],
    [['--machine', 'malta-be', '--kernel', 'vmlinux', '--timeout', 'soon'], 2, '--timeout takes seconds'],
  ];
  for (const [args, status, text] of rows) {
    const result = await run(['run', ...args]);
    expect([result.status, result.stdout, result.stderr]).toEqual([status, '', expect.stringContaining(text)]);
  }
});

test('a port that the user chose and that is taken', async () => {
  const server = createServer();
  await new Promise<void>((done) => server.listen({ host: '127.0.0.1', port: 0 }, done));
  const { port } = server.address() as { port: number };
  try {
    const { status, stderr } = await place().run([...files, '--publish', `${String(port)}:8080`]);
    expect([status, stderr]).toEqual([125, expect.stringContaining('KP9203')]);
  } finally {
    server.close();
  }
});

test('a device with another processor is refused before anything is built', async () => {
  const { run, folder } = place();
  writeFileSync(join(folder, 'main.py'), 'print(1)\n');
  const words = ['run', '.', '--machine', 'malta-be', '--device', 'glinet_gl-mt300n-v2', '--offline'];
  const { status, stderr } = await run(words);
  expect([status, stderr]).toEqual([2, expect.stringContaining('KP2321')]);
});

test('without QEMU the package is named', async () => {
  const { run, folder } = place();
  const { status, stderr } = await run([...files], join(folder, 'nowhere'));
  expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  expect([status, stderr]).toEqual([6, expect.stringContaining('sudo apt install qemu-system-mips')]);
});

test('QEMU that is there and does not start', async () => {
  const { run, folder } = place();
  const broken = join(folder, 'broken');
  mkdirSync(broken);
  writeFileSync(join(broken, 'qemu-system-mips'), '#!/bin/sh\necho libpixman is missing >&2\nexit 127\n', {
    mode: 0o755,
  });
  const { status, stderr } = await run([...files], `${broken}:${process.env.PATH ?? ''}`);
  expect([status, stderr]).toEqual([6, expect.stringContaining('qemu-system-mips does not start')]);
  expect(stderr).toContain('libpixman is missing');
});
