import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram, type CliResult } from './cli.ts';

/** A container engine with storage of its own; this machine's own engines never see it. */
export interface TestEngine {
  /** Runs a subcommand to its end; a status other than 0 is an answer. */
  ask(...args: readonly string[]): Promise<CliResult>;
  /** As `ask`, and throws with the engine's words when the status is not 0. */
  must(...args: readonly string[]): Promise<string>;
  /** With these variables the same engine is found by its usual name. */
  readonly env: Readonly<Record<string, string>>;
  /** Options that `run` needs here: nothing is pulled, no network, and limits that need no capability. */
  readonly runOptions: readonly string[];
  /** Ends everything, and returns what could not be removed: mounts and processes. Empty when all is well. */
  stop(): Promise<readonly string[]>;
}

const runOptions = ['--pull', 'never', '--network', 'none'] as const;

/** Podman with its own folders. It has no daemon; runc and cgroupfs, because a machine of tests has no systemd. */
export async function startPodman(): Promise<TestEngine> {
  const folder = shortFolder();
  const cgroups = existsSync('/run/systemd/system') ? [] : ['--cgroup-manager', 'cgroupfs'];
  const storage = join(folder, 'storage.conf');
  const graph = `graphroot = "${join(folder, 'root')}"\nrunroot = "${join(folder, 'run')}"\n`;
  writeFileSync(storage, `[storage]\ndriver = "overlay"\n${graph}`);
  // Not --root and --runroot: podman keeps how its folders were first named, and a call without them would wait in vain.
  const env = { CONTAINERS_STORAGE_CONF: storage };
  const engine = commands('podman', ['--runtime', 'runc', ...cgroups], env);
  await engine.must('info', '--format', '{{.Host.OS}}');
  return {
    ...engine,
    env,
    // Podman raises limits by default, which needs CAP_SYS_RESOURCE.
    runOptions: [...runOptions, '--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'],
    async stop() {
      await engine.ask('rm', '--all', '--force', '--time', '0');
      await engine.ask('rmi', '--all', '--force');
      return await remove(folder);
    },
  };
}

/** Docker's daemon, started by hand for this test alone, without a bridge and without touching the firewall. */
export async function startDocker(): Promise<TestEngine> {
  const folder = shortFolder();
  const at = (name: string): string => join(folder, name);
  const config = {
    'data-root': at('data'),
    'exec-root': at('exec'),
    pidfile: at('pid'),
    hosts: [`unix://${at('socket')}`],
    bridge: 'none',
    iptables: false,
    ip6tables: false,
    'ip-forward': false,
    'ip-masq': false,
    'storage-driver': 'overlay2',
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
  };
  writeFileSync(at('config.json'), JSON.stringify(config));
  // The daemon ends with this process, even when that is killed.
  const command = ['--pdeathsig', 'TERM', programOf('docker.io', 'dockerd'), '--config-file', at('config.json')];
  const daemon = spawn('setpriv', command, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [daemon.stdout, daemon.stderr]) stream.on('data', (text: Buffer) => (log += text.toString()));
  const ended = new Promise<void>((resolve) => {
    daemon.on('error', () => resolve()).on('close', () => resolve());
  });
  const client = programOf('docker.io', 'docker');
  const host = `unix://${at('socket')}`;
  const engine = commands(client, ['--host', host], { DOCKER_CONFIG: at('client') });
  const env = { DOCKER_HOST: host, DOCKER_CONFIG: at('client'), PATH: `${dirname(client)}:${process.env.PATH ?? ''}` };
  async function stop(): Promise<readonly string[]> {
    daemon.kill('SIGTERM');
    const inTime = await Promise.race([ended.then(() => true), sleep(15_000, false, { ref: false })]);
    if (!inTime) daemon.kill('SIGKILL');
    // The daemon leaves its own network namespace mounted.
    spawnSync('umount', ['--lazy', at('exec/netns/default')]);
    return await remove(folder);
  }
  for (let tries = 0; tries < 600 && daemon.exitCode === null; tries += 1) {
    if ((await engine.ask('version')).status === 0) return { ...engine, env, runOptions, stop };
    await sleep(100);
  }
  await stop();
  throw new Error(`dockerd did not start: install docker.io and run as root\n${log.slice(-2000)}`);
}

function commands(program: string, options: readonly string[], env = {}): Pick<TestEngine, 'ask' | 'must'> {
  const ask: TestEngine['ask'] = async (...args) =>
    await runProgram(program, [...options, ...args], { env, timeoutMs: 120_000 });
  return {
    ask,
    async must(...args) {
      const { status, stdout, stderr } = await ask(...args);
      if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(status)}: ${stderr}`);
      return stdout.trim();
    },
  };
}

/** The program of a Debian package: another one of the same name may come first in PATH. */
function programOf(debianPackage: string, name: string): string {
  const { stdout } = spawnSync('dpkg-query', ['--listfiles', debianPackage], { encoding: 'utf8' });
  const path = (stdout ?? '').split('\n').find((line) => /\/s?bin\//u.test(line) && line.endsWith(`/${name}`));
  if (path === undefined) throw new Error(`install ${debianPackage}: the tests run ${name}`);
  return path;
}

/** Unix sockets have room for 108 bytes of path, so not below a long TMPDIR. */
function shortFolder(): string {
  const parent = tmpdir().length > 40 ? '/tmp' : tmpdir();
  return realpathSync(mkdtempSync(join(parent, 'kilopy-engine-')));
}

async function remove(folder: string): Promise<readonly string[]> {
  let traces = engineTraces(folder);
  for (let tries = 0; tries < 300 && traces.length > 0; tries += 1) {
    await sleep(100);
    traces = engineTraces(folder);
  }
  for (const mount of mountsBelow(folder).toReversed()) spawnSync('umount', ['--lazy', mount]);
  rmSync(folder, { recursive: true, force: true });
  return traces;
}

/** Mounts below the folder and processes that name it, in words. */
function engineTraces(folder: string): readonly string[] {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map((pid) => commandLine(pid))
    .filter((line) => line.includes(folder));
  return [...mountsBelow(folder).map((path) => `mount ${path}`), ...processes.map((line) => `process ${line}`)];
}

function mountsBelow(folder: string): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.map((line) => line.split(' ')[4] ?? '').filter((path) => path.startsWith(`${folder}/`));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
