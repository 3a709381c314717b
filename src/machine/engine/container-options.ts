import type { RunOptions, RunnableImage } from '../machine.ts';

export interface ContainerOptions {
  readonly name: string;
  readonly imageId: string;
  /** From the engine: limits of this computer. */
  readonly extra: readonly string[];
  readonly network: 'host' | 'none' | 'published';
}

/** Arguments of `docker run` and `podman run`: read-only root, tmpfs on /tmp, nothing pulled, ports on 127.0.0.1 only. */
export function containerArguments(
  image: RunnableImage,
  options: RunOptions,
  { name, imageId, extra, network }: ContainerOptions,
): readonly string[] {
  const { config } = image;
  const [program = '', ...first] = options.entrypoint ?? config.entrypoint;
  const env = Object.entries({ ...config.env, ...options.env });
  const interactive = options.stdin !== undefined && options.stdin !== 'ignore';
  return [
    'run',
    '--name',
    name,
    '--pull',
    'never',
    '--sig-proxy=false',
    '--read-only',
    '--security-opt',
    'no-new-privileges',
    '--cap-drop',
    'ALL',
    ...['/tmp', ...(options.writable ?? [])].flatMap((path) => ['--tmpfs', path]),
    '--user',
    `${String(config.user.uid)}:${String(config.user.gid)}`,
    '--workdir',
    config.workdir,
    '--stop-signal',
    config.stopSignal,
    ...env.flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ...(options.binds ?? []).flatMap(({ source, target }) => [
      '--mount',
      `type=bind,source=${source},target=${target},readonly`,
    ]),
    ...(network === 'published'
      ? config.ports.flatMap((port) => ['--publish', `127.0.0.1:${String(port)}:${String(port)}`])
      : ['--network', network]),
    ...(interactive ? ['--interactive'] : []),
    ...extra,
    '--entrypoint',
    program,
    imageId,
    ...first,
    ...(options.args ?? []),
  ];
}
