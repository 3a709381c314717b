import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { createContext } from '../../src/io/create-context.ts';
import { buildFacts } from '../../src/runtime/build-facts.ts';
import { ensureInit } from '../../src/runtime/init/ensure-init.ts';
import { targets, type TargetName } from '../../src/spec/targets.ts';
import { openStore } from '../../src/store/store.ts';
import { checkout, scratch, testStore } from './cli.ts';

/** The parts of the reference's flags that matter for what init does; its size is a matter of the recipe. */
const flags = ['-Os', '-std=gnu11', '-Wall', '-Wextra', '-Werror', '-static', '-fno-pie', '-no-pie'];

/** Compiles device/init for this machine (Debian package musl-tools); gives the path of the program. */
export function compileInit(folder: string): string {
  const source = join(checkout, 'device/init');
  const files = readdirSync(source)
    .filter((name) => name.endsWith('.c'))
    .map((name) => join(source, name));
  const program = join(folder, 'init');
  const result = spawnSync('musl-gcc', [...flags, '-o', program, ...files], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`musl-gcc: ${String(result.error)} ${result.stderr}`);
  return program;
}

/** init as kilopy compiles it for a target, from the test store (at the first time some seconds of a compiler). */
export async function productInit(folder: string, name: TargetName): Promise<string> {
  const target = targets.find((one) => one.name === name);
  if (target === undefined) throw new Error(name);
  const ctx = createContext();
  const store = await openStore(ctx, testStore, { offline: true });
  const program = join(folder, `init-${target.fileLabel}`);
  writeFileSync(program, await store.read(await ensureInit(ctx, store, target)), { mode: 0o755 });
  return program;
}

/** What runs programs of a target on this machine as its least processor; undefined where the kernel itself does. */
export function emulatorOf(name: TargetName): InitMachineOptions['emulator'] {
  const target = targets.find((one) => one.name === name);
  if (target === undefined) throw new Error(name);
  if (process.arch === 'x64' && (name === 'linux/amd64' || name === 'linux/386')) return undefined;
  const cpu = buildFacts[name]?.qemuCpu;
  return { program: `/usr/bin/${target.qemuUser}-static`, args: cpu === undefined ? [] : ['-cpu', cpu] };
}

export interface InitMachineOptions {
  /** The program, and what runs it on this machine: `['/qemu', '-cpu', '24Kc']` inside the root. */
  readonly init: string;
  readonly emulator?: { readonly program: string; readonly args: readonly string[] } | undefined;
  /** Lines of init.conf; absent: no file. */
  readonly config?: readonly string[];
  /** Arguments of init. */
  readonly args?: readonly string[];
  /** A network namespace of `ip netns`, instead of an empty one. */
  readonly netns?: string;
  /** A system call that strace (Debian package) writes to out/trace. */
  readonly traced?: string;
  /** Whether strace answers it itself, with 0, in place of the kernel. */
  readonly answered?: boolean;
  /** Shell commands before init is started, inside its namespaces but outside its root (which is `$root`). */
  readonly before?: string;
}

/**
 * init as the first process of namespaces of its own, in a root file system with a static busybox. The console is a file
 * of the root. Needs root.
 */
export interface InitMachine {
  readonly root: string;
  console(): string;
  /** Waits until the console (or stdout and stderr, in a container) has the text. */
  says(text: string | RegExp, timeoutMs?: number): Promise<string>;
  signal(name: NodeJS.Signals): void;
  /** Exit code, or 128 + signal: reboot(2) ends such a namespace by SIGINT when powering off, by SIGHUP when rebooting. */
  ended(): Promise<number>;
  /** What the program wrote to its own descriptors: the log of a container. */
  output(): string;
  file(path: string): string;
}

export function startInit(options: InitMachineOptions): InitMachine {
  const root = scratch('kilopy-init-');
  for (const name of ['bin', 'dev', 'proc', 'sys', 'run', 'tmp', 'out', 'etc/kilopy'])
    mkdirSync(join(root, name), { recursive: true });
  chmodSync(root, 0o755);
  copyFileSync(busybox(), join(root, 'bin/busybox'));
  copyFileSync(options.init, join(root, 'init'));
  symlinkSync('busybox', join(root, 'bin/sh'));
  symlinkSync('/run/resolv.conf', join(root, 'etc/resolv.conf'));
  writeFileSync(join(root, 'out/console'), '');
  if (options.config !== undefined) writeFileSync(join(root, 'etc/kilopy/init.conf'), `${options.config.join('\n')}\n`);
  const run: string[] = [];
  if (options.emulator !== undefined) {
    copyFileSync(options.emulator.program, join(root, 'emulator'));
    run.push('/emulator', ...options.emulator.args);
  }
  run.push('/init', ...(options.args ?? []));
  const script = [
    `mount -t tmpfs none "$root/dev"`,
    `mknod -m 666 "$root/dev/null" c 1 3`,
    `ln -s /out/console "$root/dev/console"`,
    options.before ?? '',
    'exec chroot "$root" "$@"',
  ].join('\n');
  const netns = options.netns === undefined ? [] : ['nsenter', `--net=/run/netns/${options.netns}`];
  const spaces = [
    '--pid',
    '--mount',
    '--uts',
    '--ipc',
    '--fork',
    '--kill-child',
    ...(options.netns === undefined ? ['--net'] : []),
  ];
  const traced = options.traced === undefined ? [] : trace(root, options.traced, options.answered);
  const words = [...netns, ...traced, 'unshare', ...spaces, 'sh', '-ec', script, 'sh', ...run];
  const child = spawn(words[0]!, words.slice(1), {
    env: { PATH: process.env.PATH, root },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<number>((done) =>
    child.on('close', (code, signal) => done(code ?? 128 + signalNumber(signal))),
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const console = (): string => readFileSync(join(root, 'out/console'), 'utf8');
  return {
    root,
    console,
    output: () => output,
    file: (path) => readFileSync(join(root, path), 'utf8'),
    ended: async () => await ended,
    signal: (name) => void process.kill(firstChild(child), name),
    async says(text, timeoutMs = 200_000) {
      const start = Date.now();
      for (;;) {
        const said = console() + output;
        if (typeof text === 'string' ? said.includes(text) : text.test(said)) return said;
        if (Date.now() - start > timeoutMs)
          throw new Error(`after ${String(timeoutMs)} ms no ${String(text)} in:\n${said}`);
        // oxlint-disable-next-line no-await-in-loop -- polling
        await sleep(10);
      }
    },
  };
}

/** init itself, seen from outside: the child of unshare, or of its own emulator's predecessor by exec. */
function firstChild(child: ChildProcess): number {
  const pid = String(child.pid);
  const first = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0];
  if (first === undefined || first === '') throw new Error('init has ended');
  return Number(first);
}

function busybox(): string {
  const found = ['/usr/bin/busybox', '/bin/busybox'].find((path) => existsSync(path));
  if (found === undefined) throw new Error('install busybox-static');
  return found;
}

function signalNumber(name: NodeJS.Signals | null): number {
  return { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[name as 'SIGHUP'] ?? 0;
}

/** Outside of the machine, whose processes all end with it; with -D it is none of ours, so that signals go where they should. */
function trace(root: string, call: string, answered: boolean = false): string[] {
  const injected = answered ? ['-e', `inject=${call}:retval=0`] : [];
  return ['strace', '-D', '-f', '-o', join(root, 'out/trace'), '-e', `trace=${call}`, ...injected];
}
