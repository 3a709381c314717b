import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../support/cli.ts';
import { expectWithin } from '../support/expect-within.ts';
import { compileInit, productInit, startInit, type InitMachine } from '../support/init-machine.ts';
import { untilAlone, untilListening, untilReaped } from '../support/shell-waits.ts';

/** init as the first process of a machine: namespaces of the kernel stand in for one. The slow part is in test/prove. */

let folder: string;
let init: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kilopy-init-'));
  init = process.env.KILOPY_TEST_INIT === 'product' ? await productInit(folder, 'linux/amd64') : compileInit(folder);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function boot(script: string, ...config: string[]): InitMachine {
  return startInit({ init, config: [...config, 'arg /bin/sh', 'arg -c', `arg ${script.replaceAll('\n', '\\n')}`] });
}

function container(script: string): InitMachine {
  return startInit({ init, args: ['--', '/bin/sh', '-c', script] });
}

const off = ['restart never', 'end poweroff'];

describe('a machine', () => {
  test('mounts what is missing, has its name and its loopback, and powers off with what the application said', async () => {
    const machine = boot(
      'hostname=$(busybox hostname)\nbusybox mount\nbusybox ip -o addr show lo\necho "name $hostname, $0, $PWD, $A"; exit 3',
      'hostname kitchen',
      'env PATH=/bin',
      'env A=x y\\\\z',
      'workdir /tmp',
      ...off,
    );
    expect(await machine.ended()).toBe(130);
    const said = machine.console();
    for (const line of ['proc on /proc type proc', 'sysfs on /sys', 'tmpfs on /run', 'tmpfs on /tmp', '127.0.0.1/8']) {
      expect(said).toContain(line);
    }
    expect(said.match(/ on \/dev type/gu)).toHaveLength(1);
    expect(said).toContain('name kitchen, /bin/sh, /tmp, x y\\z\n');
    expect(said.slice(said.indexOf('init: '))).toBe('init: application ended with status 3\ninit: powering off\n');
  });

  test('what init says stands on a line of its own, also where the application is in the middle of one', async () => {
    const machine = boot('printf half; exit 4', ...off);
    await machine.ended();
    expect(machine.console()).toContain('half\ninit: application ended with status 4\n');
  });

  test('runs the application as the configured user, without groups, with no signal ignored or blocked', async () => {
    const machine = startInit({
      init,
      before: "trap '' INT QUIT",
      config: [
        'user 1000:20',
        ...off,
        'arg /bin/busybox',
        'arg grep',
        'arg -E',
        'arg ^Sig(Ign|Blk)|^Groups|^[UG]id:',
        'arg /proc/self/status',
      ],
    });
    await machine.ended();
    const said = machine.console();
    expect(said).toContain('Uid:\t1000\t1000\t1000\t1000\nGid:\t20\t20\t20\t20\n');
    expect(said).toMatch(/Groups:\s*\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n/u);
  });

  test.each([
    ['/nothing', 'cannot start /nothing: not found, or its loader is missing', 127],
    ['/etc', 'cannot start /etc: not executable', 126],
    ['/etc/kilopy/init.conf', 'cannot start /etc/kilopy/init.conf: not executable', 126],
    ['/out/text', 'cannot start /out/text: for another processor, or no program', 126],
    // init knows it by 126 or 127 within a second of the start: a machine a hundred times slower than ours takes longer, and it is tried again.
  ])('what cannot be started is not tried again: %s', async (program, text, status) => {
    const machine = startInit({
      init,
      before: 'echo text > "$root/out/text"; chmod +x "$root/out/text"',
      config: [`arg ${program}`, 'crash poweroff'],
    });
    expect(await machine.ended()).toBe(130);
    expect(machine.console()).toBe(
      `init: ${text}\ninit: application ended with status ${String(status)}\ninit: not tried again\ninit: powering off\n`,
    );
  });

  test('a crash loop backs off, stops and says so; the log is shown although it was quiet', async () => {
    const machine = boot('echo working hard; exit 1', 'log quiet', 'crashes 3', 'crash reboot');
    expect(await machine.ended()).toBe(129);
    expect(machine.console()).toBe(
      [
        ...[1, 2].flatMap((s) => [
          'working hard',
          'init: application ended with status 1',
          `init: starting again in ${String(s)} s`,
        ]),
        'working hard',
        'init: application ended with status 1',
        'init: crash loop: 3 short runs in a row, not started again',
        'init: rebooting',
        '',
      ].join('\n'),
    );
  });

  test('a quiet application that ends well leaves the console empty', async () => {
    const machine = boot('echo a secret', 'log quiet', ...off);
    await machine.ended();
    expect(machine.console()).toContain('init: powering off');
  });

  test('SIGTERM is SIGINT to the application, whose clean-up runs; SIGHUP and SIGUSR2 are passed on', async () => {
    const machine = boot(
      "trap 'echo hup' HUP; trap 'echo usr2' USR2; trap 'echo cleaning; exit 7' INT\necho ready; while :; do busybox sleep 0.05; done",
      'env PATH=/bin',
    );
    await machine.says('ready');
    machine.signal('SIGHUP');
    await machine.says('hup');
    machine.signal('SIGUSR2');
    await machine.says('usr2');
    machine.signal('SIGTERM');
    expect(await machine.ended()).toBe(130);
    expect(machine.console()).toMatch(/cleaning\ninit: application ended with status 7\ninit: powering off\n$/u);
  });

  test('SIGUSR1 shows the last 64 kB of the log again, on the console and in /run/log', async () => {
    const machine = boot(
      'busybox seq 1 30000; echo END; echo > /out/written; while [ ! -e /out/stop ]; do busybox sleep 0.05; done; busybox cp /run/log /out/log',
      'env PATH=/bin',
      'log quiet',
      ...off,
    );
    await expect.poll(() => existsSync(join(machine.root, 'out/written')), { timeout: 200_000 }).toBe(true);
    expect(machine.console()).toBe('');
    machine.signal('SIGUSR1');
    const said = await machine.says('END');
    expect(said).toHaveLength(65_536);
    expect(said.endsWith('29999\n30000\nEND\n')).toBe(true);
    writeFileSync(join(machine.root, 'out/stop'), '');
    await machine.ended();
    expect(machine.file('out/log')).toBe(said);
  });

  test('what something listens on is said once', async () => {
    const machine = boot(
      `busybox httpd -f -p 127.0.0.1:8080 -h /tmp & ${untilListening}; kill $!; exit 0`,
      'env PATH=/bin',
      'port 8080',
      'port 8081',
      ...off,
    );
    await machine.ended();
    expect(machine.console().match(/listening/gu)).toHaveLength(1);
    expect(machine.console()).toContain('init: listening on 8080\n');
  });

  test('a port of IPv6 alone counts as well', async () => {
    const script = `busybox httpd -f -p [::1]:8080 -h /tmp & ${untilListening}; kill $!; exit 0`;
    const machine = boot(script, 'env PATH=/bin', 'port 8080', ...off);
    await machine.ended();
    expect(machine.console()).toContain('init: listening on 8080\n');
  });

  test('settings that are unknown or impossible are named, and the rest counts', async () => {
    const machine = boot(
      'echo ran',
      'colour red',
      'network sometimes',
      'network static 10.0.0.300/8',
      'restart perhaps',
      '',
      '# comment',
      ...off,
    );
    await machine.ended();
    expect(machine.console()).toContain(
      'init: unknown setting colour\ninit: setting network cannot be sometimes\ninit: setting network cannot be static\ninit: setting restart cannot be perhaps\nran\n',
    );
  });

  test('without a configuration it says so and waits', async () => {
    const machine = startInit({ init });
    await machine.says('init: there is no /etc/kilopy/init.conf\n');
    machine.signal('SIGTERM');
    expect(await machine.ended()).toBe(130);
  });

  test('not as another process than the first', async () => {
    expect(await runProgram(init, [])).toMatchObject({ status: 2, stderr: 'init: not PID 1: use init -- PROGRAM\n' });
  });

  test('hundreds of orphans are reaped', async () => {
    const machine = boot(
      `i=0; while [ $i -lt 300 ]; do (busybox sleep 0.01 &) ; i=$((i+1)); done; ${untilReaped('0.01')}\nbusybox ps -o stat | busybox grep -c Z`,
      'env PATH=/bin',
      ...off,
    );
    await machine.ended();
    expect(machine.console()).toMatch(/^0\ninit: /mu);
  });
});

describe('in a container', () => {
  test.each([
    ['exit 5', 5],
    ['kill -9 $$', 137],
    ['exec /nothing', 127],
  ])('%s: the status is the program’s', async (script, status) => {
    expect(await container(script).ended()).toBe(status);
  });

  test('a program that is not there: 127, and why', async () => {
    const machine = startInit({ init, args: ['--', '/nothing'] });
    expect(await machine.ended()).toBe(127);
    expect(machine.output()).toBe('init: cannot start /nothing: not found, or its loader is missing\n');
  });

  test('SIGTERM arrives as SIGINT, the others as they are, and nothing is mounted', async () => {
    const machine = container(
      "trap 'echo usr1' USR1; trap 'exit 9' INT; echo ready; while :; do /bin/busybox sleep 0.05; done",
    );
    await machine.says('ready');
    machine.signal('SIGUSR1');
    await machine.says('usr1');
    machine.signal('SIGTERM');
    expect(await machine.ended()).toBe(9);
    expect(readFileSync(join(machine.root, 'out/console'), 'utf8')).toBe('');
  });

  test('an application that will not end is killed after ten seconds', async () => {
    const machine = container("trap '' INT; echo ready; while :; do /bin/busybox sleep 1; done");
    await machine.says('ready');
    const begin = Date.now();
    machine.signal('SIGTERM');
    expect(await machine.ended()).toBe(137);
    expect(Date.now() - begin).toBeGreaterThan(9_900);
    expectWithin(Date.now() - begin, 10_500);
  });

  test('not the first process of anything: orphans come to it, the status passes', async () => {
    const result = await runProgram(init, [
      '--',
      '/bin/sh',
      '-c',
      `children() { cat /proc/$PPID/task/$PPID/children; }
       (while [ ! -e '${folder}/go' ]; do sleep 0.05; done &)
       children | wc -w; touch '${folder}/go'
       ${untilAlone}; echo $$ $(children); exit 4`,
    ]);
    expect(result).toMatchObject({ status: 4, stdout: expect.stringMatching(/^2\n(\d+) \1\n$/u) as string });
  });
});
