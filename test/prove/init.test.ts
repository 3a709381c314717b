import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { expectWithin } from '../support/expect-within.ts';
import { productInit, startInit } from '../support/init-machine.ts';
import { untilReaped } from '../support/shell-waits.ts';
import { seededRandom } from '../support/random.ts';

/** What init has to bear: many orphans, signals at any moment, no memory, a console that is slow or stuck. */

let folder: string;
let init: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kilopy-init-'));
  init = await productInit(folder, 'linux/amd64');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function shell(script: string): string[] {
  return ['env PATH=/bin', 'arg /bin/sh', 'arg -c', `arg ${script.replaceAll('\n', '\\n')}`];
}

/** Whole numbers from 0 to below the limit. */
function numbers(seed: number): (limit: number) => number {
  const next = seededRandom(seed);
  return (limit) => Math.floor(next() * limit);
}

const off = ['restart never', 'end poweroff'];

test('a thousand orphans are reaped, in the machine and in the container', async () => {
  const script = `i=0; while [ $i -lt 1000 ]; do (busybox sleep 0.05 &) ; i=$((i+1)); done; ${untilReaped('0.05')}\nbusybox ps -o stat | busybox grep -c Z; exit 0`;
  const machine = startInit({ init, config: [...shell(script), ...off] });
  expect(await machine.ended()).toBe(130);
  expect(machine.console()).toMatch(/^0\ninit: application ended with status 0$/mu);
  const container = startInit({
    init,
    before: 'mount -t proc none "$root/proc"',
    args: ['--', '/bin/sh', '-c', script.replaceAll('busybox', '/bin/busybox')],
  });
  expect(await container.ended()).toBe(0);
  expect(container.output()).toBe('0\n');
});

test('signals at random moments: init lives, passes them on, and still ends in order', async () => {
  const pick = numbers(20_261_126);
  const names = [
    'SIGHUP',
    'SIGUSR2',
    'SIGCHLD',
    'SIGWINCH',
    'SIGCONT',
    'SIGALRM',
    'SIGPIPE',
    'SIGTSTP',
    'SIGQUIT',
    'SIGUSR1',
  ] as const;
  for (let round = 0; round < 15; round++) {
    const machine = startInit({
      init,
      config: [
        ...shell(
          "trap '' HUP USR2 ALRM QUIT USR1; trap 'echo cleaned; exit 0' INT; echo ready; while :; do busybox sleep 0.01; done",
        ),
      ],
    });
    if (round % 3 > 0) await machine.says('ready');
    for (let i = 0; i < 100; i++) {
      try {
        machine.signal(names[pick(names.length)]!);
      } catch (error) {
        // Before unshare has made its child there is nobody to be signalled.
        if (!String(error).includes('init has ended') || round % 3 > 0) throw error;
      }
      if (i % 10 === 0) await sleep(pick(5));
    }
    await machine.says('ready');
    machine.signal('SIGTERM');
    expect(await machine.ended()).toBe(130);
    expect(machine.console()).toMatch(/cleaned\n(?:init: )?/u);
    expect(machine.console().endsWith('init: powering off\n')).toBe(true);
  }
});

test('SIGTERM at random moments of a crash loop and of its pauses', async () => {
  const pick = numbers(7);
  for (let round = 0; round < 20; round++) {
    const machine = startInit({ init, config: [...shell('busybox sleep 0.05; exit 1'), 'crashes 50'] });
    await sleep(200 + pick(1_500));
    machine.signal('SIGTERM');
    expect(await machine.ended()).toBe(130);
    expect(machine.console().endsWith('init: powering off\n')).toBe(true);
  }
});

test('out of memory: the kernel kills the application, init says so and starts it again', async () => {
  const group = memoryGroup(16_000_000);
  const eat = 'echo eating; x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done';
  const machine = startInit({
    init,
    config: [...shell(group === undefined ? 'kill -9 $$' : eat), 'crashes 2', 'crash poweroff'],
    ...(group !== undefined && { before: `echo $$ > ${group}/cgroup.procs` }),
  });
  expect(await machine.ended()).toBe(130);
  expect(machine.console().match(/application killed by signal 9: often because memory ran out/gu)).toHaveLength(2);
  expect(machine.console()).toContain('crash loop: 2 short runs in a row');
});

/** A control group with so much memory and no swap; undefined where none can be made, such as in most containers. */
function memoryGroup(bytes: number): string | undefined {
  const old = existsSync('/sys/fs/cgroup/memory/memory.limit_in_bytes');
  const path = `/sys/fs/cgroup/${old ? 'memory/' : ''}kilopy-init-${String(process.pid)}`;
  try {
    mkdirSync(path);
    onTestFinished(() => rmdirSync(path));
    writeFileSync(join(path, old ? 'memory.limit_in_bytes' : 'memory.max'), String(bytes));
    return path;
  } catch {
    return undefined;
  }
}

test('a stuck console does not hold the application up, and the end waits for it only so long', async () => {
  const machine = startInit({
    init,
    // Nobody reads this pipe: it takes 64 kB and then nothing.
    before: 'rm "$root/dev/console"; mkfifo "$root/dev/console"',
    config: [...shell('busybox seq 1 200000; echo done > /out/done'), ...off],
  });
  const begin = Date.now();
  while (!existsSync(join(machine.root, 'out/done'))) {
    await sleep(20);
    if (Date.now() - begin > 10_000) throw new Error('the application was held up');
  }
  const end = Date.now();
  expect(await machine.ended()).toBe(130);
  expectWithin(Date.now() - end, 10_000);
});

test('the clock is set to the floor, and only when it is before it', async () => {
  const later = Math.floor(Date.now() / 1_000) + 1_000_000;
  expect(await calls(later)).toContain(
    `clock_settime(CLOCK_REALTIME, {tv_sec=${String(later)}, tv_nsec=0}) = 0 (INJECTED)`,
  );
  expect(await calls(later - 2_000_000)).not.toContain('clock_settime');
});

test('before another run, what the last one left in its group is killed', async () => {
  const script =
    'busybox ps -o args | busybox grep "^busybox sleep [0-9]"; echo run; busybox sleep 1000 & busybox sleep 0.1; exit 1';
  const machine = startInit({ init, config: [...shell(script), 'crashes 2', 'crash poweroff'] });
  expect(await machine.ended()).toBe(130);
  expect(machine.console()).toMatch(/^run\ninit: .*\ninit: .*\nrun\ninit: /u);
});

async function calls(clock: number): Promise<string> {
  const machine = startInit({
    init,
    // The call is answered by strace: the clock of this machine is not ours. -D keeps init the first process.
    traced: 'clock_settime',
    answered: true,
    config: [`clock ${String(clock)}`, ...shell('exit 0'), ...off],
  });
  await machine.ended();
  return machine.file('out/trace');
}

test('the watchdog is set to its period and fed three times in it, from the first moment on', async () => {
  const machine = startInit({
    init,
    before: ': > "$root/out/watchdog"; ln -s /out/watchdog "$root/dev/watchdog"',
    traced: 'ioctl',
    config: ['watchdog 3', ...shell('busybox sleep 2.5'), ...off],
  });
  await machine.ended();
  // One byte each, at 0, 1 and 2 seconds, and where a busy machine takes longer, at 3 and on: nothing else is written there, not even a last V, so that it guards the way down.
  const fed = machine.file('out/watchdog');
  expect(fed).toMatch(/^\0{3,6}$/u);
  expect(machine.file('out/trace')).toMatch(/ioctl\(\d+, WDIOC_SETTIMEOUT, \[3\]\)/u);
});

test('without a watchdog that is wanted: it is said, and the application runs', async () => {
  const machine = startInit({ init, config: ['watchdog 3', ...shell('echo ran'), ...off] });
  await machine.ended();
  expect(machine.console()).toContain('init: there is no /dev/watchdog\nran\n');
});

test('the data partition is mounted before the application, also when its device comes late, and unmounted at the end', async () => {
  const machine = startInit({
    init,
    // A file system that needs no disk: the name of its device is for whoever looks.
    before: 'mkdir "$root/data"; (sleep 1; mknod "$root/dev/late" c 1 3) &',
    traced: 'umount2',
    config: ['data /dev/late /data tmpfs', ...shell('busybox grep /data /proc/mounts; echo kept > /data/file'), ...off],
  });
  await machine.ended();
  expect(machine.console()).toMatch(/^\/dev\/late \/data tmpfs rw,nosuid,nodev,noatime/mu);
  expect(machine.file('out/trace')).toMatch(/umount2\("\/data", 0\) += 0/u);
});

test('a data partition that cannot be mounted is said, and the application runs', async () => {
  const config = ['data /dev/null /data ext4', ...shell('echo ran'), ...off];
  const machine = startInit({ init, before: 'mkdir "$root/data"', config });
  await machine.ended();
  expect(machine.console()).toMatch(/^init: cannot mount \/dev\/null at \/data: error \d+\nran\n/mu);
});
