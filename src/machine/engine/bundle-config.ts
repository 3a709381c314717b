import type { EntryPoint } from '../entry-point.ts';
import type { RunOptions, RunnableImage } from '../machine.ts';

const safe: readonly string[] = ['nosuid', 'noexec', 'nodev'];

/**
 * `config.json` of a runtime bundle (runtime-spec, config.md and config-linux.md): namespaces of its own, read-only root, no capabilities.
 * `root.path` is `rootfs` beside it.
 */
export function bundleConfig(
  image: RunnableImage,
  options: RunOptions,
  entry: EntryPoint,
  ownNetwork: boolean,
): Readonly<Record<string, unknown>> {
  const { config } = image;
  const env = Object.entries({ ...config.env, ...options.env });
  return {
    ociVersion: '1.0.2',
    hostname: image.name,
    root: { path: 'rootfs', readonly: true },
    process: {
      terminal: false,
      user: { uid: config.user.uid, gid: config.user.gid },
      args: [entry.path, ...entry.args],
      env: env.map(([name, value]) => `${name}=${value}`),
      cwd: config.workdir,
      noNewPrivileges: true,
    },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc', options: safe },
      {
        destination: '/dev',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'strictatime', 'mode=755', 'size=64k'],
      },
      ...['/dev/shm', '/tmp', ...(options.writable ?? [])].map((destination) => ({
        destination,
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'nodev', 'mode=1777'],
      })),
      ...(options.binds ?? []).map(({ source, target }) => ({
        destination: target,
        type: 'bind',
        source,
        options: ['bind', 'ro', 'nosuid', 'nodev'],
      })),
    ],
    linux: {
      namespaces: ['pid', 'mount', 'ipc', 'uts', ...(ownNetwork ? ['network'] : [])].map((type) => ({ type })),
      maskedPaths: ['/proc/kcore', '/proc/keys', '/proc/timer_list', '/proc/sched_debug'],
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
      ...(ownNetwork ? { sysctl: { 'net.ipv4.ip_unprivileged_port_start': '0' } } : {}),
    },
  };
}
