import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createContext } from '../io/create-context.ts';
import type { Context } from '../io/context.ts';
import { runInRoot } from './run-in-root.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kilopy-run-in-root-'));
  mkdirSync(join(root, 'bin'));
  const busybox = ['/usr/bin/busybox', '/bin/busybox'].find((path) => existsSync(path));
  if (busybox === undefined) throw new Error('install busybox-static');
  copyFileSync(busybox, join(root, 'bin/busybox'));
  chmodSync(join(root, 'bin/busybox'), 0o755);
  for (const name of ['sh', 'sleep', 'dd', 'echo', 'mount', 'cat', 'ls'])
    symlinkSync('busybox', join(root, 'bin', name));
});

afterEach(() => rmSync(root, { recursive: true }));

const nothing = (): void => undefined;

test('what the script prints comes line by line, from a place without network and without the host', async () => {
  const lines: string[] = [];
  await runInRoot(createContext(), root, 'echo one; echo two >&2; cat /proc/net/dev; ls /', (line) => lines.push(line));
  expect(lines).toEqual(expect.arrayContaining(['one', 'two', 'bin', 'build.sh']));
  expect(lines.filter((line) => /^\s*\w+:/u.test(line)).map((line) => line.trim().split(':')[0])).toEqual(['lo']);
});

test('a script that fails: its last words', async () => {
  const question = runInRoot(createContext(), root, 'echo the reason >&2; exit 3', nothing);
  await expect(question).rejects.toMatchObject({ code: 'KP9212', why: 'the reason' });
});

test('a disk that is full is said as such', async () => {
  const script = 'mount -t tmpfs -o size=64k none /tmp; dd if=/dev/zero of=/tmp/big bs=1k count=100';
  const question = runInRoot(createContext(), root, script, nothing);
  await expect(question).rejects.toMatchObject({ code: 'KP1005', fix: expect.stringContaining('TMPDIR') as string });
});

test('what it prints is an event, for --verbose', async () => {
  const said: string[] = [];
  const ctx: Context = {
    ...createContext(),
    emit: (event) => void (event.type === 'step.output' && said.push(event.text)),
  };
  await runInRoot(ctx, root, 'echo one; echo two');
  expect(said).toEqual(['one', 'two']);
});

test('a folder of this computer is shown inside, and not to be written', async () => {
  const folder = join(root, 'host');
  mkdirSync(folder);
  writeFileSync(join(folder, 'file'), 'from the host');
  const lines: string[] = [];
  const script = `cat ${folder}/file; if echo x > ${folder}/other; then echo written; fi`;
  await runInRoot(createContext(), root, script, (line) => lines.push(line), [folder]);
  expect(lines).toEqual(
    expect.arrayContaining(['from the host', expect.stringMatching(/host\/other: Read-only file system$/u)]),
  );
  expect(lines).toHaveLength(2);
  expect(readdirSync(folder)).toEqual(['file']);
});

test.runIf(process.getuid?.() === 0)('nor is a file system that is mounted below it', async () => {
  const folder = join(root, 'host');
  mkdirSync(join(folder, 'a b'), { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,nosuid,nodev', 'tmpfs', join(folder, 'a b')]);
  try {
    const lines: string[] = [];
    const script = `if echo x > '${folder}/a b/other'; then echo written; fi`;
    await runInRoot(createContext(), root, script, (line) => lines.push(line), [folder]);
    expect(lines.join('\n')).toMatch(/Read-only file system$/u);
  } finally {
    execFileSync('umount', [join(folder, 'a b')]);
  }
});

/** A process that builds until it is killed. */
async function startBuild(): Promise<{ readonly kill: () => void; readonly builder: number }> {
  const module = new URL('run-in-root.ts', import.meta.url).href;
  const contexts = new URL('../io/create-context.ts', import.meta.url).href;
  const code = `
    import { runInRoot } from ${JSON.stringify(module)};
    import { createContext } from ${JSON.stringify(contexts)};
    await runInRoot(createContext(), ${JSON.stringify(root)}, 'echo ready; sleep 600 & sleep 600', () => process.stdout.write('ready'));`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((done) => child.stdout.once('data', done));
  // tsx may have a helper of its own.
  const builder = children(child.pid ?? 0).find((pid) =>
    readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').includes('unshare'),
  );
  return { kill: () => void child.kill('SIGKILL'), builder: builder ?? 0 };
}

function children(pid: number): number[] {
  const text = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

function descendants(pid: number): number[] {
  return children(pid).flatMap((one) => [one, ...descendants(one)]);
}

test('killed outright, the builder takes its compilers with it', async () => {
  const { kill, builder } = await startBuild();
  // unshare, the shell, and what the shell started.
  await expect.poll(() => descendants(builder).length, { timeout: 120_000 }).toBe(3);
  const started = [builder, ...descendants(builder)];
  kill();
  await expect.poll(() => started.filter((pid) => isAlive(pid)), { timeout: 120_000 }).toEqual([]);
});

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/mu.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test.each(['absent', 'of busybox, which knows no --pdeathsig'])(
  'it builds as well where setpriv is %s',
  async (kind) => {
    const ctx = createContext();
    const tools: Context['tools'] = {
      ...ctx.tools,
      find: async (name) => (name === 'setpriv' && kind === 'absent' ? undefined : await ctx.tools.find(name)),
      run: async (name, args, options) =>
        name === 'setpriv'
          ? { status: 1, stdout: new Uint8Array(), stderr: '' }
          : await ctx.tools.run(name, args, options),
    };
    const lines: string[] = [];
    await runInRoot({ ...ctx, tools }, root, 'echo built', (line) => lines.push(line));
    expect(lines).toEqual(['built']);
  },
);
