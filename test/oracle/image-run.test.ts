import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unfilled } from '../support/filled-store.ts';
import { testStore } from '../support/cli.ts';
import { answerAt, kilopyRun, urlIn } from '../support/kilopy-run.ts';
import { openWorkshop } from '../support/real-image.ts';
import { expectWithin } from '../support/expect-within.ts';

/** `kilopy run` with the real MicroPython of Debian's packages, as a user starts it: a process, a terminal, a signal. */
const workshop = openWorkshop();
afterAll(() => workshop.close());

const ready = (stdout: string): boolean => stdout.includes('ready\n');

const sleeper = `import time
try:
    print("ready")
    while True:
        time.sleep(1)
finally:
    print("put away")
`;

describe('targets', () => {
  let app: string;
  beforeAll(() => {
    app = workshop.app('hello');
  });

  test.for([
    ['linux/amd64', 'x86_64', 'kernel'],
    ['linux/arm64', 'aarch64', 'qemu-user'],
    ['linux/arm/v7', 'arm', 'qemu-user'],
    ['linux/riscv64', 'riscv64', 'qemu-user'],
  ] as const)('%s prints %s', async ([target, machine, where], { skip }) => {
    skip(unfilled(target) !== undefined, unfilled(target));
    const { stdout, stderr, status } = await kilopyRun(app, ['--target', target]);
    expect(stdout).toMatch(new RegExp(`^Hello from MicroPython 1\\.\\S+ on ${machine}\\n$`, 'u'));
    // What was picked, and why.
    expect(stderr).toContain(`running ${target} on ${where}: `);
    expect(status).toBe(0);
  });

  test('--quiet leaves the words of the app alone', async () => {
    const { stdout, stderr } = await kilopyRun(app, ['--quiet']);
    expect(stderr).toBe('');
    expect(stdout).toContain('on x86_64');
  });
});

describe('exit codes', () => {
  test.each([
    ['end', 'print("end")', 0, ''],
    ['three', 'import sys\nsys.exit(3)', 3, ''],
    ['highest', 'import sys\nsys.exit(255)', 255, ''],
    ['words', 'import sys\nsys.exit("bye")', 1, ''],
    ['uncaught', 'raise ValueError("reason")', 1, 'ValueError: reason'],
    ['from asyncio', 'import asyncio, sys\nasync def main():\n    sys.exit(4)\nasyncio.run(main())', 4, ''],
    [
      'uncaught in asyncio',
      'import asyncio\nasync def main():\n    1 / 0\nasyncio.run(main())',
      1,
      'ZeroDivisionError',
    ],
    ['crash', 'import uctypes\nuctypes.bytes_at(0, 1)[0]', 139, 'the app was ended by SIGSEGV'],
  ])('%s', async (name, source, status, words) => {
    const app = workshop.app(name.replaceAll(' ', '-'), { 'main.py': `${source}\n` });
    const ran = await kilopyRun(app);
    expect([ran.status, ran.stderr]).toEqual([status, expect.stringContaining(words)]);
  });

  test('126 where MicroPython may not be executed', async () => {
    const app = workshop.app('forbidden', {
      'main.py': 'print("never")\n',
      'kilopy.yaml': 'files:\n  - path: /usr/bin/micropython\n    content: none\n    mode: "0644"\n',
    });
    const { status, stderr } = await kilopyRun(app);
    expect([status, stderr]).toEqual([126, expect.stringContaining('KP9011')]);
    // The build has said so before.
    expect(stderr).toMatch(/^warning: .*kilopy\.yaml:2:5: \/usr\/bin\/micropython has no x bit in its mode/mu);
  });
});

describe('Ctrl-C', () => {
  let app: string;
  beforeAll(() => {
    app = workshop.app('sleeper', { 'main.py': sleeper });
  });

  test.each([
    { title: 'as a signal', args: [], options: {} },
    { title: 'typed into a terminal', args: [], options: { terminal: true } },
    { title: 'as a signal, under qemu-user', args: ['--target', 'linux/arm64'], options: {} },
  ])('$title: `finally` runs, and it is over within a second', async ({ args, options }) => {
    const ran = await kilopyRun(app, args, { ...options, interruptWhen: ready });
    expect(ran.stdout).toContain('put away\n');
    expectWithin(ran.stoppedMs, 1000);
    // MicroPython's own status after KeyboardInterrupt: 130 from version 1.26 on.
    expect([1, 130]).toContain(ran.status);
  });

  test('a terminal shows the words of the app and kilopy, and no redrawing', async () => {
    const { stdout } = await kilopyRun(app, ['--slim', 'none'], { terminal: true, interruptWhen: ready });
    // The display of a build that took long enough to be shown ends with its own erasing and the cursor switched on again.
    const [, words = ''] = stdout.replaceAll('\u001B[?25h', '').split(/^.*running linux\/amd64 on .*$/mu);
    expect(words).toMatch(/^\nready\n\^Cput away\nTraceback/u);
    expect(words).not.toContain('\u001B');
  });
});

describe('asyncio', () => {
  const tasks = `import asyncio
import sys

async def sleeping():
    try:
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0)
        print("sleeping put away")

async def parked():
    try:
        await asyncio.Event().wait()
    finally:
        print("parked put away")

async def waiting_for_input():
    try:
        await asyncio.StreamReader(sys.stdin).read(1)
    finally:
        print("reader put away")

async def failing():
    try:
        await asyncio.sleep(60)
    finally:
        raise ValueError("while putting away")

async def main():
    started = [asyncio.create_task(task()) for task in (sleeping, parked, failing)]
    try:
        # What is ready earlier runs earlier: every task is inside its "try" when this one goes on.
        await asyncio.sleep_ms(10)
        print("ready")
        await asyncio.gather(*started)
    finally:
        print("main put away")

`;

  test.each([
    { title: 'as a signal', options: {} },
    { title: 'typed into a terminal', options: { terminal: true } },
  ])('Ctrl-C $title runs `finally` of every task', async ({ title, options }) => {
    const app = workshop.app(`tasks-${String(title.length)}`, { 'main.py': `${tasks}asyncio.run(main())\n` });
    const ran = await kilopyRun(app, [], { ...options, interruptWhen: ready });
    for (const name of ['sleeping', 'parked', 'main']) expect(ran.stdout).toContain(`${name} put away\n`);
    expect(ran.stdout + ran.stderr).toContain('ValueError: while putting away');
    expect(ran.status).toBe(130);
    expectWithin(ran.stoppedMs, 1000);
  });

  test('an app that catches KeyboardInterrupt itself has its tasks put away before that', async () => {
    const app = workshop.app('catching', {
      'main.py': `${tasks}try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("caught")
print("last words")
`,
    });
    const ran = await kilopyRun(app, [], { interruptWhen: ready });
    const lines = ran.stdout.split('\n');
    for (const name of ['sleeping', 'parked', 'main']) expect(lines).toContain(`${name} put away`);
    expect(lines.slice(-3)).toEqual(['caught', 'last words', '']);
    expect(ran.status).toBe(0);
  });
});

test('boot.py runs before the entry point, and its imports are checked', async () => {
  const app = workshop.app('booting', {
    'boot.py': 'import helper, sys\nhelper.said.append(__name__)\n',
    'helper.py': 'said = []\n',
    'main.py': 'import helper, sys\nprint(helper.said, sys.argv, __name__)\n',
  });
  const ran = await kilopyRun(app, ['--', 'word']);
  expect(ran.stdout).toBe("['__main__'] ['/app/main.py', 'word'] __main__\n");
  expect(ran.status).toBe(0);
  const broken = workshop.app('booting-badly', { 'boot.py': 'import nowhere\n', 'main.py': 'print("never")\n' });
  const refused = await kilopyRun(broken);
  expect(refused.stderr).toContain('boot.py:1:8');
  expect(refused.status).toBe(2);
});

describe('network', () => {
  test('examples/http answers on 127.0.0.1, and not at the other addresses of this machine', async () => {
    const app = workshop.app('http');
    const others = Object.values(networkInterfaces())
      .flat()
      .filter((one) => one?.family === 'IPv4' && !one.internal)
      .map((one) => one?.address ?? '');
    let answers: readonly string[] = [];
    const ran = await kilopyRun(app, [], {
      async interruptWhen(_, said) {
        const url = urlIn(said);
        if (url === undefined) return false;
        const strangers = ['127.0.0.2', ...others].map((host) => url.replace('127.0.0.1', host));
        answers = await Promise.all([url, ...strangers].map(answerAt));
        return true;
      },
    });
    const refused = ['127.0.0.2', ...others].map(() => 'refused');
    expect(answers).toEqual(['Hello from MicroPython\n', ...refused]);
    expect(ran.stdout).toContain('stopped\n');
    expect(ran.status).toBe(0);
    expectWithin(ran.stoppedMs, 1000);
  });
});

test('a user without rights runs it, and Ctrl-C works', async () => {
  const app = workshop.app('without-rights', { 'main.py': sleeper });
  const own = join(workshop.folder, 'own');
  const nobody = 65_534;
  const isRoot = process.getuid?.() === 0;
  mkdirSync(own);
  // With the lock that the build writes, the big indexes of packages are not needed.
  await workshop.build(app, '--target', 'linux/amd64');
  cpSync(testStore, join(own, 'store'), { recursive: true, filter: (path) => statSync(path).size < 5_000_000 });
  if (isRoot) {
    for (const folder of [app, own]) chownTree(folder, nobody);
    chmodSync(workshop.folder, 0o755);
  }
  const ran = await kilopyRun(app, [], {
    before: isRoot ? ['setpriv', `--reuid=${String(nobody)}`, `--regid=${String(nobody)}`, '--clear-groups'] : [],
    env: { KILOPY_CACHE: join(own, 'store'), HOME: own, TMPDIR: own },
    interruptWhen: ready,
  });
  expect(ran.stderr).toContain('running linux/amd64 on kernel: ');
  expect(ran.stdout).toBe('ready\nput away\n');
  expectWithin(ran.stoppedMs, 1000);
});

function chownTree(folder: string, id: number): void {
  execFileSync('chown', ['-R', `${String(id)}:${String(id)}`, folder]);
}
