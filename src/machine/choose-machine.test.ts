import { expect, test } from 'vitest';
import type { Context } from '../io/context.ts';
import { createContext } from '../io/create-context.ts';
import { targets } from '../spec/targets.ts';
import { chooseMachine } from './choose-machine.ts';

interface Host {
  readonly uname: string;
  readonly programs: readonly string[];
  /** Status of unshare, as root and in a user namespace. */
  readonly unshare: readonly [number, number];
  readonly files?: Readonly<Record<string, string>>;
}

/** A computer that is described, not this one. */
function contextOf({ uname, programs, unshare, files = {} }: Host): Context {
  const base = createContext();
  return {
    ...base,
    host: { ...base.host, arch: 'unknown' },
    fs: {
      ...base.fs,
      exists: async (path) => path in files,
      readText: async (path) => files[path] ?? '',
      realPath: async (path) => path,
      async *readStream() {
        yield new Uint8Array(64);
      },
    },
    tools: {
      ...base.tools,
      find: async (name) => (programs.includes(name) ? `/usr/bin/${name}` : undefined),
      async run(name, args) {
        const answers: Record<string, number> = { unshare: args.includes('--user') ? unshare[1] : unshare[0] };
        return {
          status: answers[name] ?? 0,
          stdout: Buffer.from(name === 'uname' ? `${uname}\n` : '1000'),
          stderr: '',
        };
      },
    },
  };
}

const linux = ['unshare', 'setpriv', 'mount', 'sh', 'env', 'cp', 'mkdir'];
const find = (name: string): (typeof targets)[number] => targets.find((target) => target.name === name)!;

test.each<[string, Host, string, string]>([
  ['as root', { uname: 'x86_64', programs: linux, unshare: [0, 0] }, 'linux/amd64', 'kernel'],
  ['in a user namespace', { uname: 'aarch64', programs: linux, unshare: [1, 0] }, 'linux/arm64', 'kernel'],
  [
    'a foreign processor',
    { uname: 'x86_64', programs: [...linux, 'qemu-mips-static'], unshare: [1, 0] },
    'linux/mips',
    'qemu-user',
  ],
  [
    'no namespaces, but an engine',
    { uname: 'x86_64', programs: [...linux, 'docker'], unshare: [1, 1] },
    'linux/amd64',
    'docker',
  ],
])('%s', async (_, host, target, expected) => {
  const { machine, why } = await chooseMachine(contextOf(host), find(target));
  expect(machine.name).toBe(expected);
  expect(why).toContain(expected);
});

test.each([
  ['/proc/sys/kernel/unprivileged_userns_clone', '0\n', 'sudo sysctl kernel.unprivileged_userns_clone=1'],
  [
    '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
    '1\n',
    'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0',
  ],
  ['/proc/sys/user/max_user_namespaces', '0\n', 'sudo sysctl user.max_user_namespaces=15000'],
])('%s refuses user namespaces: said, with the way out', async (file, value, fix) => {
  const host = { uname: 'x86_64', programs: linux, unshare: [1, 1] as const, files: { [file]: value } };
  await expect(chooseMachine(contextOf(host), find('linux/amd64'))).rejects.toMatchObject({
    code: 'KP9001',
    exitCode: 6,
    why: expect.stringContaining('kernel: user namespaces are refused') as string,
    fix: expect.stringContaining(fix) as string,
  });
});

test('a machine that is wanted and does not work is KP9002 with its own reason', async () => {
  const host: Host = { uname: 'x86_64', programs: linux, unshare: [0, 0] };
  await expect(chooseMachine(contextOf(host), find('linux/amd64'), 'podman')).rejects.toMatchObject({
    code: 'KP9002',
    why: 'podman: podman is not installed',
    fix: 'sudo apt install podman',
  });
});
