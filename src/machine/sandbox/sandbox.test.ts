import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { asleep, busyboxImage, runScript, tracesOf, type CaptureOptions } from '../../../test/support/busybox-image.ts';
import { kernelMachine } from '../kernel-machine.ts';
import { qemuUserMachine } from '../qemu-user-machine.ts';
import { expectWithin } from '../../../test/support/expect-within.ts';

const box = busyboxImage();
afterAll(() => box.remove());
const program = { mode: 0o755 };
writeFileSync(`${box.rootfs}/bin/script`, '#!/bin/busybox sh\necho "$0 $1"\n', program);
writeFileSync(`${box.rootfs}/bin/orphan`, '#! /bin/none -x\n', program);
writeFileSync(`${box.rootfs}/bin/data`, 'data');

const variants = [
  { title: 'kernel as root', machine: kernelMachine, unprivileged: false },
  { title: 'kernel in a user namespace', machine: kernelMachine, unprivileged: true },
  { title: 'qemu-user as root', machine: qemuUserMachine, unprivileged: false },
];

/** Sends a signal when the app says `ready`, and a second one when it says `again`. */
function signals(first: 'SIGINT' | 'SIGTERM', second?: 'SIGINT' | 'SIGTERM'): CaptureOptions['onOutput'] {
  let sent = 0;
  return (text, send) => {
    if (sent === 0 && text.includes('ready')) {
      sent = 1;
      send(first);
    }
    if (sent === 1 && second !== undefined && text.includes('again')) {
      sent = 2;
      send(second);
    }
  };
}

const wait = 'while :; do busybox sleep 0.05; done';

describe.each(variants)('$title', ({ machine, unprivileged }) => {
  const run = async (script: string, options: CaptureOptions = {}): ReturnType<typeof runScript> =>
    await runScript(machine, box, script, { unprivileged, ...options });

  test.each([0, 42, 255])("the app's exit code %i is the result", async (code) => {
    const result = await run(`exit ${String(code)}`);
    expect(result).toMatchObject({ machine: machine.name, exitCode: code, signal: undefined, timedOut: false });
    expect(result.leftovers).toEqual([]);
  });

  test('streams pass, stdin ends, times are measured', async () => {
    const result = await run('read line; echo "out $line"; echo err >&2; busybox cat', {
      stdin: Buffer.from('one\ntwo\n'),
    });
    expect(result).toMatchObject({ stdout: 'out one\ntwo\n', stderr: 'err\n', exitCode: 0 });
    expect(result.firstOutputMs).toBeGreaterThanOrEqual(0);
    expect(result.durationMs).toBeGreaterThanOrEqual(result.startedMs);
  });

  test('the user of the image, no capabilities, no new privileges, its environment and nothing else', async () => {
    const { stdout } = await run(
      'busybox id -u; busybox id -g; busybox env | busybox sort; busybox grep -E "CapEff|NoNewPrivs" /proc/self/status',
      { env: { VALUE: 'it\'s\na "value" $HOME' } },
    );
    const [uid, gid, ...rest] = stdout.split('\n');
    expect([uid, gid]).toEqual(['65532', '65532']);
    const text = rest.filter((line) => !/^(PWD|SHLVL|OLDPWD|_)=/.test(line)).join('\n');
    expect(text).toContain("VALUE=it's\n");
    expect(text).toContain('a "value" $HOME\n');
    expect(text).toContain('HOME=/tmp\n');
    expect(text).toContain('PATH=/bin\n');
    expect(text).toMatch(/CapEff:\t0{16}\nNoNewPrivs:\t1/);
    expect(text).not.toContain('LC_ALL');
  });

  test('the root is read-only, /tmp and /run are not, and the host is not there', async () => {
    const { stdout } = await run(
      [
        'for f in /x /bin/x /etc/x /dev/x /.kilopy/x; do ( : >$f ) 2>/dev/null && echo "wrote $f"; done',
        'for f in /tmp/x /run/x /dev/shm/x; do ( : >$f ) || echo "refused $f"; done',
        'busybox ls / | busybox xargs',
        'busybox ls /dev | busybox xargs',
        'busybox ls -d /proc/[0-9]* | busybox wc -l',
        'echo $(busybox head -c 3 /dev/urandom | busybox wc -c) >/dev/null && echo devices',
        'busybox hostname; busybox head -1 /etc/hosts',
      ].join('\n'),
    );
    expect(stdout.split('\n')).toEqual([
      'bin dev etc proc run tmp',
      'fd full null random shm stderr stdin stdout tty urandom zero',
      expect.stringMatching(/^[1-5]$/),
      'devices',
      'test',
      '127.0.0.1 localhost',
      '',
    ]);
  });

  test('Ctrl-C reaches the app once, and its clean-up and exit code count', async () => {
    const result = await run(
      `trap 'echo got INT; got=1' INT; echo ready; until [ -n "$got" ]; do busybox sleep 0.05; done; busybox sleep 0.3; echo cleaned; exit 7`,
      {
        onOutput: signals('SIGINT'),
      },
    );
    expect(result).toMatchObject({ exitCode: 7, signal: undefined, stdout: 'ready\ngot INT\ncleaned\n' });
  });

  test('Ctrl-C ends an app that does not handle it', async () => {
    const result = await run(...asleep((_, send) => send('SIGINT')));
    expect(result).toMatchObject({ exitCode: 130, leftovers: [] });
    expectWithin(result.durationMs, 3000);
  });

  test('the second Ctrl-C kills an app that ignores the first', async () => {
    const result = await run(`trap '' INT; echo ready; busybox sleep 0.3; echo again; ${wait}`, {
      onOutput: signals('SIGINT', 'SIGINT'),
    });
    expect(result).toMatchObject({ exitCode: 137, signal: 'SIGKILL', stdout: 'ready\nagain\n', leftovers: [] });
    expect(result.said.join('\n')).toContain('the app is killed');
  });

  test('SIGTERM becomes the stop signal of the image, then SIGKILL after the grace time', async () => {
    const polite = await run(`trap 'echo INT; exit 3' INT; trap 'echo TERM; exit 4' TERM; echo ready; ${wait}`, {
      onOutput: signals('SIGTERM'),
    });
    expect(polite).toMatchObject({ exitCode: 3, stdout: 'ready\nINT\n' });
    const deaf = await run(`trap '' INT; echo ready; ${wait}`, { onOutput: signals('SIGTERM'), graceMs: 200 });
    expect(deaf).toMatchObject({ exitCode: 137, signal: 'SIGKILL' });
    expect(deaf.said.join('\n')).toContain('did not end within 0.2 s of SIGINT');
  });

  test('the time-out kills the app and all that it started, and nothing stays', async () => {
    const marker = `kilopy-marker-${String(Math.random())}`;
    const result = await run(`busybox sh -c '${wait}' ${marker} & echo ready; ${wait}`, { timeoutMs: 3000 });
    expect(result).toMatchObject({
      exitCode: 137,
      signal: 'SIGKILL',
      timedOut: true,
      stdout: 'ready\n',
      leftovers: [],
    });
    expect(tracesOf(marker)).toEqual([]);
  });

  test('files of the host are shown read-only where asked', async () => {
    const result = await run('busybox ls /.kilopy/tests; ( : >/.kilopy/tests/x ) 2>/dev/null || echo read-only', {
      binds: [{ source: `${box.rootfs}/bin`, target: '/.kilopy/tests' }],
    });
    expect(result.stdout).toBe('busybox\ndata\norphan\nscript\nread-only\n');
  });

  test('a script with #! is an entry point too', async () => {
    const result = await run('an argument', { entrypoint: ['script'] });
    expect(result).toMatchObject({ stdout: '/bin/script an argument\n', exitCode: 0 });
  });

  test.each([
    ['KP9012', 127, ['orphan'], '/bin/orphan needs /bin/none, which is not in the image'],
    ['KP9011', 126, ['/bin/data'], '/bin/data may not be executed'],
    ['KP9012', 127, ['nothing'], 'nothing is not in the image'],
    ['KP9012', 127, ['/bin/nothing'], '/bin/nothing is not in the image'],
    ['KP9011', 126, ['/etc'], '/etc is not a file'],
  ])('%s (%i) for %j', async (code, exitCode, entrypoint, message) => {
    const failure = run('', { entrypoint, args: [] });
    await expect(failure).rejects.toMatchObject({ code, exitCode, message });
  });

  test('a set-up that fails is KP9010 with the words of the program that failed', async () => {
    const failure = run('echo started', { binds: [{ source: '/etc', target: '/bin/no/such' }] });
    await expect(failure).rejects.toMatchObject({
      code: 'KP9010',
      exitCode: 125,
      why: expect.stringContaining('Read-only file system') as string,
    });
  });
});

test('an app that a signal ends is reported so, with 128 + its number', async () => {
  const result = await runScript(qemuUserMachine, box, 'kill -SEGV $$; busybox sleep 5');
  expect(result).toMatchObject({ exitCode: 139, signal: 'SIGSEGV' });
});

test('an app that kilopy ends for it is said to be ended by the signal', async () => {
  const result = await runScript(kernelMachine, box, ...asleep((_, send) => send('SIGINT')));
  expect(result).toMatchObject({ exitCode: 130, signal: 'SIGINT' });
  expect(result.said).toContain('the app was ended by SIGINT');
});

test('SIGKILL from outside, as the kernel does when memory runs out', async () => {
  const result = await runScript(
    kernelMachine,
    box,
    ...asleep((pattern) => spawnSync('pkill', ['-KILL', '-f', pattern])),
  );
  expect(result).toMatchObject({ exitCode: 137, signal: 'SIGKILL' });
});

test('the app of the kernel machine is process 1', async () => {
  const result = await runScript(kernelMachine, box, 'echo $$');
  expect(result.stdout).toBe('1\n');
});
