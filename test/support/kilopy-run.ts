import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { checkout, testStore } from './cli.ts';
import { recordRun } from './program-runs.ts';
import { offlineEnv } from './real-image.ts';

/** How a run ended. */
export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
  /** From the signal to the end. */
  readonly stoppedMs: number;
}

export interface RunOptions {
  /** Called with all that was said so far, until it returns true; then SIGINT is sent, or Ctrl-C typed. */
  readonly interruptWhen?: (stdout: string, stderr: string) => boolean | Promise<boolean>;
  readonly terminal?: boolean;
  readonly before?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `kilopy run` on base debian as a person does, and interrupts it when it has said enough. Works without network. */
export async function kilopyRun(app: string, args: readonly string[] = [], options: RunOptions = {}): Promise<Ran> {
  const { interruptWhen, terminal = false, before = [], env = {} } = options;
  const base = ['--base', 'debian'];
  const command = [
    ...before,
    process.execPath,
    join(checkout, 'build/cli/bin.js'),
    'run',
    app,
    ...base,
    '--offline',
    ...args,
  ];
  const quoted = command.map((word) => `'${word}'`).join(' ');
  const [program = '', ...rest] = terminal ? ['script', '-qec', `exec ${quoted}`, '/dev/null'] : command;
  const child = spawn(program, rest, {
    cwd: app,
    env: {
      PATH: process.env.PATH,
      HOME: app,
      SHELL: '/bin/sh',
      KILOPY_CACHE: testStore,
      ...offlineEnv,
      ...env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const overdue = setTimeout(() => child.kill('SIGKILL'), 280_000);
  const text = { command: [program, ...rest], stdout: '', stderr: '', status: undefined as number | null | undefined };
  recordRun(text);
  let interruptedAt = Number.NaN;
  let asking = false;
  const look = async (): Promise<void> => {
    if (interruptWhen === undefined || asking || !Number.isNaN(interruptedAt)) return;
    asking = true;
    const now = await interruptWhen(text.stdout, text.stderr);
    asking = false;
    if (!now) return;
    interruptedAt = performance.now();
    if (terminal) child.stdin.write('\u0003');
    else child.kill('SIGINT');
  };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (piece: string) => {
      text[stream] += piece.replaceAll('\r', '');
      void look();
    });
  }
  if (!terminal) child.stdin.end();
  const status = await new Promise<number | null>((done) => child.on('close', done));
  clearTimeout(overdue);
  text.status = status;
  return { stdout: text.stdout, stderr: text.stderr, status, stoppedMs: performance.now() - interruptedAt };
}

/** The URL that kilopy printed for an app that listens. */
export function urlIn(said: string): string | undefined {
  return /^listening on (http:\/\/127\.0\.0\.1:\d+)$/mu.exec(said)?.[1];
}

/** What a server answers, or `refused`. */
export async function answerAt(url: string): Promise<string> {
  return await fetch(url, { signal: AbortSignal.timeout(30_000) }).then(
    async (answer) => await answer.text(),
    () => 'refused',
  );
}
