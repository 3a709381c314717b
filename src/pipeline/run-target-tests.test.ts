import { expect, test } from 'vitest';
import type { TestResult } from '../app/testing/test-result.ts';
import { createContext } from '../io/create-context.ts';
import type { Machine, RunnableImage, RunOptions, RunResult } from '../machine/machine.ts';
import { targets, type Target } from '../spec/targets.ts';
import { runTargetTests, type TargetTests } from './run-target-tests.ts';

const linuxAmd64 = targets.find(({ name }) => name === 'linux/amd64') as Target;

type Say = (stream: 'stdout' | 'stderr', text: string) => void;

const ended: RunResult = { machine: 'kernel', exitCode: 0, timedOut: false, startedMs: 0, durationMs: 0 };

/** A machine whose driver is `play`; `@` in what it says stands for the nonce. It is given the job and the number of the start. */
function actor(play: (say: Say, job: string, start: number, options: RunOptions) => Partial<RunResult>): Machine {
  let starts = 0;
  return {
    name: 'kernel',
    available: () => Promise.resolve({ ok: true, why: '' }),
    run(_, __, options) {
      const job = Buffer.from(options.stdin as Uint8Array).toString('utf8');
      const nonce = job.slice(0, job.indexOf('\n'));
      const say: Say = (stream, text) => {
        if (typeof options.output === 'function') options.output(Buffer.from(text.replaceAll('@', nonce)), stream);
      };
      return Promise.resolve({ ...ended, ...play(say, job, starts++, options) });
    },
  };
}

async function results(machine: Machine, signal?: AbortSignal): Promise<readonly TestResult[]> {
  const image: RunnableImage = {
    name: 'app',
    target: linuxAmd64,
    config: { entrypoint: [], env: {}, user: { uid: 0, gid: 0 }, workdir: '/', ports: [], stopSignal: 'SIGINT' },
  };
  const file = { content: { digest: 'sha256:0', sizeBytes: 0 }, order: [], lines: [] } as const;
  const tests: TargetTests = {
    machine,
    image,
    binds: [],
    network: 'none',
    timeoutMs: 1000,
    files: [
      { path: 'test_a.py', ...file },
      { path: 'test_b.py', ...file },
    ],
    patterns: [],
    programFolder: '/app',
    placeOf: (path) => ({ file: path, isOwn: true }),
    sourceLine: () => undefined,
  };
  const found: TestResult[] = [];
  const ctx = createContext(signal === undefined ? {} : { signal });
  await runTargetTests(ctx, tests, (result) => found.push(result));
  return found;
}

test('after a crash the rest runs in a new start, which is told what was done', async () => {
  const jobs: string[] = [];
  const machine = actor((say, job, start) => {
    jobs.push(job.slice(job.indexOf('\n')));
    if (start === 0) {
      say('stderr', '@load\ttest_a.py\nloading\n@loaded\ttest_a.py\n@start\ta::1\nboom');
      say('stdout', '@ready\n@load\ttest_a.py\n@loaded\ttest_a.py\n@start\ta::1\nhalf a li');
      return { exitCode: 139, signal: 'SIGSEGV' };
    }
    say(
      'stdout',
      '@ready\n@load\ttest_a.py\n@loaded\ttest_a.py\n@start\ta::2\n@pass\ta::2\t1000\t\n@finished\ttest_a.py\n',
    );
    say('stdout', '@load\ttest_b.py\n@unloaded\ttest_b.py\tskip\tnot today\n@finished\ttest_b.py\n@done\n');
    say('stderr', '@start\ta::2\nwords\n@end\ta::2\n@loaded\ttest_b.py\n@done\n');
    return {};
  });
  expect(await results(machine)).toMatchObject([
    {
      id: 'a::1',
      status: 'failed',
      message: 'MicroPython was ended by SIGSEGV in the middle of the test',
      stdout: 'half a li',
      stderr: 'boom',
    },
    { id: 'a::2', status: 'passed', durationMs: 1, stdout: '', stderr: 'words\n' },
    { id: 'test_b.py', name: '(import)', status: 'skipped', message: 'not today' },
  ]);
  expect(jobs.map((job) => job.includes('done\ta::1\n'))).toEqual([false, true]);
});

test('a MicroPython that ends before the first test is an error, not a loop', async () => {
  const machine = actor((say) => {
    say('stderr', 'Illegal instruction');
    return { exitCode: 132, signal: 'SIGILL' };
  });
  await expect(results(machine)).rejects.toMatchObject({
    code: 'KP1104',
    why: 'MicroPython was ended by SIGILL; it wrote: Illegal instruction',
  });
});

test('an interrupt of kilopy kills the app and is no result', async () => {
  const stop = new AbortController();
  const signals: string[] = [];
  const machine = actor((say, _, __, options) => {
    say('stdout', '@ready\n@load\ttest_a.py\n');
    options.onSignal?.((signal) => signals.push(signal));
    stop.abort(new Error('Ctrl-C'));
    return { exitCode: 137, signal: 'SIGKILL' };
  });
  await expect(results(machine, stop.signal)).rejects.toThrow('Ctrl-C');
  expect(signals).toEqual(['SIGINT', 'SIGINT']);
});
