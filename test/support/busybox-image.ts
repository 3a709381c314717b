import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../../src/io/context.ts';
import { createContext } from '../../src/io/create-context.ts';
import type { Machine, RunOptions, RunResult, RunnableImage, StopRequest } from '../../src/machine/machine.ts';
import { targets } from '../../src/spec/targets.ts';

/** A root file system with one static busybox: an app without network or compiler (Debian package busybox-static). */
export interface BusyboxImage {
  readonly image: RunnableImage;
  /** TMPDIR of the runs; empty when nothing was left behind. */
  readonly temporary: string;
  readonly rootfs: string;
  remove(): void;
}

export function busyboxImage(config: Partial<RunnableImage['config']> = {}): BusyboxImage {
  const folder = mkdtempSync(join(tmpdir(), "kilopy test it's\n"));
  const rootfs = join(folder, 'root fs');
  const temporary = join(folder, 'tmp');
  for (const name of ['root fs/bin', 'root fs/etc', 'root fs/run', 'tmp'])
    mkdirSync(join(folder, name), { recursive: true });
  // Runs without rights must reach it.
  chmodSync(folder, 0o755);
  const busybox = ['/usr/bin/busybox', '/bin/busybox'].find((path) => existsSync(path));
  if (busybox === undefined) throw new Error('install busybox-static: the tests of the machines run it');
  copyFileSync(busybox, join(rootfs, 'bin/busybox'));
  const image: RunnableImage = {
    name: 'test',
    target: hostTarget(),
    rootfs,
    config: {
      entrypoint: ['/bin/busybox', 'sh', '-c'],
      env: { PATH: '/bin', HOME: '/tmp' },
      user: { uid: 65_532, gid: 65_532 },
      workdir: '/',
      ports: [],
      stopSignal: 'SIGINT',
      ...config,
    },
  };
  return { image, temporary, rootfs, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface Captured extends RunResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Texts of notes and warnings. */
  readonly said: readonly string[];
  /** Names in TMPDIR afterwards. */
  readonly leftovers: readonly string[];
}

export interface CaptureOptions extends Omit<RunOptions, 'output' | 'onSignal'> {
  /** Called with each piece of stdout so far; what it sends reaches the machine as kilopy's own signals would. */
  readonly onOutput?: ((text: string, send: (signal: StopRequest) => void) => void) | undefined;
  /** As a user without rights, in user namespaces. */
  readonly unprivileged?: boolean;
}

/** Runs a shell script in the image and collects what it says. */
export async function runScript(
  machine: Machine,
  box: BusyboxImage,
  script: string,
  options: CaptureOptions = {},
): Promise<Captured> {
  const { onOutput, unprivileged, ...rest } = options;
  const said: string[] = [];
  const text = { stdout: '', stderr: '' };
  let listening: ((signal: StopRequest) => void) | undefined;
  const send = (signal: StopRequest): void => listening?.(signal);
  const base = createContext({
    host: { ...createContext().host, tempFolder: box.temporary },
    emit: (event) => 'text' in event && said.push(event.text),
  });
  const result = await machine.run(unprivileged === true ? withoutRights(base) : base, box.image, {
    args: [script],
    timeoutMs: 60_000,
    ...rest,
    output(chunk, stream) {
      text[stream] += Buffer.from(chunk).toString();
      if (stream === 'stdout') onOutput?.(text.stdout, send);
    },
    onSignal(listener) {
      listening = listener;
      return () => undefined;
    },
  });
  return { ...result, ...text, said, leftovers: readdirSync(box.temporary) };
}

/** An app that becomes a `sleep`, and what is done when it has: some time after its last word. */
export function asleep(
  act: (pattern: string, send: (signal: StopRequest) => void) => void,
): readonly [script: string, options: CaptureOptions] {
  const seconds = `1${String(Math.random()).slice(2, 8)}`;
  const pattern = `busybox sleep ${seconds}$`;
  const onOutput: CaptureOptions['onOutput'] = (_, send) => {
    const looking = setInterval(() => {
      if (spawnSync('pgrep', ['-f', pattern]).status !== 0) return;
      clearInterval(looking);
      act(pattern, send);
    }, 50);
  };
  return [`echo ready; exec busybox sleep ${seconds}; exit`, { onOutput }];
}

/** Mounts of this computer and processes whose command line has the text: both empty after a run. */
export function tracesOf(text: string): readonly string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes('kilopy-run-'));
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => commandLine(pid).includes(text));
  return [...mounts, ...processes];
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

const nobody = 65_534;

function drop(name: string, args: readonly string[]): [string, readonly string[]] {
  const options = [`--reuid=${String(nobody)}`, `--regid=${String(nobody)}`, '--clear-groups'];
  return ['setpriv', [...options, '--', name, ...args]];
}

/** Every program is started as nobody; files that the context writes stay readable to it. */
function withoutRights(ctx: Context): Context {
  return {
    ...ctx,
    fs: {
      ...ctx.fs,
      async makeTempDirectory(prefix) {
        const folder = await ctx.fs.makeTempDirectory(prefix);
        chownSync(folder, nobody, nobody);
        return folder;
      },
    },
    tools: {
      ...ctx.tools,
      run: async (name, args, options) => await ctx.tools.run(...drop(name, args), options),
      start: (name, args, options) => ctx.tools.start(...drop(name, args), options),
    },
  };
}

/** The target of Debian's busybox on this computer. */
export function hostTarget(): RunnableImage['target'] {
  const architecture = { x64: 'amd64', ia32: '386' }[process.arch as string] ?? process.arch;
  const target = targets.find(({ oci }) => oci.architecture === architecture);
  if (target === undefined) throw new Error(`no target for ${process.arch}`);
  return target;
}
