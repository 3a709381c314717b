import { posix } from 'node:path';
import type { LaunchPlan } from './launch-plan.ts';
import { sandboxNamespaces } from './namespaces.ts';
import { shellCommand, shellQuote } from './shell-quote.ts';

/** Name in the scratch folder of what `rootScript` gives. */
export const rootScriptName = 'launch.sh';

/**
 * The command that starts an app in its sandbox, for a POSIX shell and util-linux. Messages of the set-up go to `setup.log` in the
 * scratch folder; file descriptor 3 keeps the app's stderr until the app is executed, at which moment `started` appears.
 *
 * A user namespace needs two steps: in the first this process is its root and may mount, in the second it is the app's user.
 */
export function launchCommand(plan: LaunchPlan): readonly string[] {
  const { unshare } = plan.programs;
  const start = `exec ${shellCommand([unshare, ...sandboxNamespaces, '--', 'sh', `${plan.scratch}/${rootScriptName}`])}`;
  const outerFlags = [
    ...(plan.mode === 'user' ? ['--user', '--map-root-user'] : []),
    ...(plan.network === undefined ? [] : ['--net']),
  ];
  const outer =
    outerFlags.length === 0
      ? start
      : `exec ${shellCommand([unshare, ...outerFlags, '--', 'sh', '-c', [...networkLines(plan), start].join('\n')])}`;
  // No core file of unshare, which ends with the same signal as the app, in the folder of the user.
  const first = [`exec 3>&2 2>${shellQuote(`${plan.scratch}/setup.log`)}`, 'ulimit -c 0', outer];
  return ['sh', '-c', first.join('\n')];
}

function networkLines(plan: LaunchPlan): readonly string[] {
  if (plan.network === undefined) return [];
  const { loopbackUp, relay } = plan.network;
  return [
    ...(loopbackUp === undefined ? [] : [`${shellCommand(loopbackUp)} || exit 1`]),
    // Ports below 1024 need no capability in the app's own network, as under Docker.
    'echo 0 2>/dev/null >/proc/sys/net/ipv4/ip_unprivileged_port_start || :',
    ...(relay === undefined
      ? []
      : [`${shellCommand([plan.programs.setpriv, '--pdeathsig', 'KILL', ...relay])} </dev/null >/dev/null 3>&- &`]),
  ];
}

/** Runs as process 1 of the new namespaces, still seeing the host's files, and ends by becoming the app. */
export function rootScript(plan: LaunchPlan): string {
  const root = `${plan.scratch}/root`;
  const at = (path: string): string => posix.join(root, path);
  const readOnly = 'ro,nosuid,nodev';
  const lines: string[] = ['set -e'];
  const run = (...words: readonly string[]): number => lines.push(shellCommand(words));
  const mount = (...words: readonly string[]): number => run('mount', ...words);
  const touch = (path: string): number => lines.push(`: >${shellQuote(path)}`);

  mount('-t', 'tmpfs', '-o', 'mode=755,nosuid,nodev', 'kilopy', root);
  run('mkdir', at('proc'), at('dev'), at('tmp'), at('etc'), at('.kilopy'));
  for (const entry of plan.entries) {
    const target = at(entry.name);
    if (entry.kind === 'link') {
      run('ln', '-s', '--', entry.target, target);
      continue;
    }
    if (entry.kind === 'folder') run('mkdir', '--', target);
    else touch(target);
    mount('-o', `bind,${readOnly}`, '--', entry.source, target);
  }
  lines.push(...etcLines(plan, at('etc')));
  for (const bind of plan.binds) {
    const target = at(bind.target);
    if (bind.folder) run('mkdir', '-p', '--', target);
    else {
      run('mkdir', '-p', '--', posix.dirname(target));
      lines.push(`[ -e ${shellQuote(target)} ] || : >${shellQuote(target)}`);
    }
    mount('-o', `bind,${readOnly}`, '--', bind.source, target);
  }
  // Inside a container with a masked /proc the kernel refuses a fresh one; MicroPython does without.
  lines.push(`${shellCommand(['mount', '-t', 'proc', '-o', `${readOnly},noexec`, 'proc', at('proc')])} || :`);
  lines.push(...deviceLines(at('dev')));
  for (const path of ['/tmp', '/dev/shm', ...plan.writable]) {
    run('mkdir', '-p', '--', at(path));
    mount('-t', 'tmpfs', '-o', 'mode=1777,nosuid,nodev', 'tmpfs', at(path));
  }
  for (const path of ['/', '/dev'])
    mount('-o', `remount,bind,${readOnly.replace(path === '/dev' ? ',nodev' : '', '')}`, at(path));
  // The file is root's alone, the program asks the kernel, which lets the root of a user namespace do it.
  const name = shellQuote(plan.hostname);
  lines.push(`{ hostname ${name} || echo ${name} >/proc/sys/kernel/hostname; } 2>/dev/null || :`);
  run('cd', root);
  // Over the old root, so that not even a process with CAP_SYS_CHROOT finds a way back. In the second user namespace the kernel would
  // take the move for a chroot and refuse (user_namespaces(7), EPERM); there the app has no capability at all.
  if (!needsSecondUser(plan)) run('mount', '--move', '.', '/');
  touch(`${plan.scratch}/started`);
  lines.push(...enterLines(plan));
  return lines.join('\n');
}

function needsSecondUser(plan: LaunchPlan): boolean {
  return plan.mode === 'user' && (plan.user.uid !== 0 || plan.user.gid !== 0);
}

/** etc becomes a copy, so that hosts and resolv.conf of this run can lie in it. */
function etcLines(plan: LaunchPlan, etc: string): readonly string[] {
  const preserve = plan.mode === 'root' ? 'all' : 'mode,timestamps,links';
  const hosts = `127.0.0.1 localhost\n::1 localhost\n127.0.0.1 ${plan.hostname}\n`;
  return [
    ...(plan.etc === undefined
      ? []
      : [shellCommand(['cp', '-R', `--preserve=${preserve}`, '--', `${plan.etc}/.`, etc])]),
    shellCommand(['rm', '-f', '--', `${etc}/hosts`, `${etc}/resolv.conf`]),
    `printf %s ${shellQuote(hosts)} >${shellQuote(`${etc}/hosts`)}`,
    ...(plan.resolvConf
      ? [`cat /etc/resolv.conf 2>/dev/null >${shellQuote(`${etc}/resolv.conf`)} || :`]
      : [`: >${shellQuote(`${etc}/resolv.conf`)}`]),
  ];
}

const devices: readonly string[] = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

/** Devices are bound from the host: making device nodes is not allowed in a user namespace. */
function deviceLines(dev: string): readonly string[] {
  const links = { fd: '/proc/self/fd', stdin: '/proc/self/fd/0', stdout: '/proc/self/fd/1', stderr: '/proc/self/fd/2' };
  return [
    shellCommand(['mount', '-t', 'tmpfs', '-o', 'mode=755,nosuid', 'dev', dev]),
    ...devices.flatMap((name) => [
      `: >${shellQuote(`${dev}/${name}`)}`,
      shellCommand(['mount', '--bind', `/dev/${name}`, `${dev}/${name}`]),
    ]),
    ...Object.entries(links).map(([name, target]) => shellCommand(['ln', '-s', target, `${dev}/${name}`])),
  ];
}

/** Docker's default set without making devices, raw sockets, audit records and file capabilities. */
const rootCapabilities = [
  'chown',
  'dac_override',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'net_bind_service',
  'sys_chroot',
];

function enterLines(plan: LaunchPlan): readonly string[] {
  const { uid, gid } = plan.user;
  const user = needsSecondUser(plan)
    ? ['--user', `--map-user=${String(uid)}`, `--map-group=${String(gid)}`]
    : plan.mode === 'root'
      ? [`--setgid=${String(gid)}`, `--setuid=${String(uid)}`]
      : [];
  const restore = 'exec 2>&3 3>&-';
  const enter = shellCommand([
    'env',
    '-i',
    ...Object.entries(plan.env).map(([name, value]) => `${name}=${value}`),
    plan.programs.setpriv,
    '--no-new-privs',
    ...(uid === 0
      ? ['--inh-caps=-all', `--bounding-set=-all,${rootCapabilities.map((name) => `+${name}`).join(',')}`]
      : []),
    plan.programs.unshare,
    '--root=.',
    `--wd=${plan.workdir}`,
    ...user,
    '--',
    ...plan.command,
  ]);
  return plan.underShell ? ['set +e', restore, `( exec ${enter} )`, 'exit $?'] : [restore, `exec ${enter}`];
}
