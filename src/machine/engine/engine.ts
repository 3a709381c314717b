import type { Context } from '../../io/context.ts';

/** A container engine with Docker's command line. */
export interface Engine {
  readonly name: 'podman' | 'docker';
  readonly package: string;
  /** A question that only a working engine answers with status 0. */
  readonly probe: readonly string[];
  /** Options before the subcommand. */
  globalOptions(ctx: Context): Promise<readonly string[]>;
  /** Further options of `run`. */
  runOptions(ctx: Context): Promise<readonly string[]>;
}

export const docker: Engine = {
  name: 'docker',
  package: 'docker.io',
  probe: ['version', '--format', '{{.Server.Version}}'],
  globalOptions: async () => [],
  runOptions: async () => [],
};

export const podman: Engine = {
  name: 'podman',
  package: 'podman',
  probe: ['info', '--format', '{{.Host.OS}}'],
  /** Without systemd there is nobody to make cgroups; crun refuses cgroup hierarchies of both versions at once. */
  async globalOptions(ctx) {
    const systemd = await ctx.fs.exists('/run/systemd/system');
    const hybrid = await ctx.fs.exists('/sys/fs/cgroup/unified');
    const runc = hybrid && (await ctx.tools.find('runc')) !== undefined;
    return [...(systemd ? [] : ['--cgroup-manager', 'cgroupfs']), ...(runc ? ['--runtime', 'runc'] : [])];
  },
  /** Podman raises limits by default, which needs CAP_SYS_RESOURCE. */
  async runOptions(ctx) {
    const limits = await ctx.fs.readText('/proc/self/limits');
    return (['nofile', 'nproc'] as const).flatMap((name) => {
      const value = Math.min(hardLimit(limits, name), enough);
      return ['--ulimit', `${name}=${String(value)}:${String(value)}`];
    });
  },
};

/** Open files and processes for one app of MicroPython. */
const enough = 4096;
const rows = { nofile: 'Max open files', nproc: 'Max processes' } as const;

/** The hard limit in /proc/self/limits (proc(5)). */
function hardLimit(limits: string, name: keyof typeof rows): number {
  const line = limits.split('\n').find((candidate) => candidate.startsWith(rows[name])) ?? '';
  const [, hard] = line.slice(rows[name].length).trim().split(/\s+/);
  return hard === undefined || hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
}

/** Runs a subcommand to its end. */
export async function runEngine(
  ctx: Context,
  engine: Engine,
  args: readonly string[],
): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }> {
  const result = await ctx.tools.run(engine.name, [...(await engine.globalOptions(ctx)), ...args]);
  const stdout = Buffer.from(result.stdout).toString('utf8').trim();
  return { status: result.status, stdout, stderr: result.stderr.trim() };
}
