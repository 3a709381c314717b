import { dirname, join, posix, relative } from 'node:path';
import type { App } from '../app/app.ts';
import { appRoot } from '../app/python-path.ts';
import { checkTests } from '../app/testing/check-tests.ts';
import { driverPath, driverSource, supportFolder, testFilesFolder, testRoot } from '../app/testing/driver-source.ts';
import { findTests, type FoundTests } from '../app/testing/find-tests.ts';
import type { TargetResult, TestResult } from '../app/testing/test-result.ts';
import type { PlaceOf } from '../app/testing/traceback.ts';
import { unittestSource } from '../app/testing/unittest-source.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import { nearest } from '../errors/nearest.ts';
import type { Context } from '../io/context.ts';
import { writeLock } from '../lock/write-lock.ts';
import { chooseMachine, type Choice } from '../machine/choose-machine.ts';
import type { MachineName } from '../machine/machine.ts';
import type { Board } from '../machine/qemu-system/board.ts';
import type { Target } from '../spec/targets.ts';
import { openStore, type Store } from '../store/store.ts';
import { assemble, type Assembled } from './assemble.ts';
import type { KernelOrigin } from './boot/assemble-machine.ts';
import type { BuildRequest } from './build-request.ts';
import { withRunnable } from './run.ts';
import { runTargetTests } from './run-target-tests.ts';
import { withScratch } from './scratch.ts';
import { withRepair } from './with-repair.ts';

export interface TestRequest extends BuildRequest {
  readonly machine?: MachineName | undefined;
  /** Boards to test on, at most one for each target; they win over `machine`. */
  readonly boards?: readonly Board[] | undefined;
  /** Whose kernel boots them; without it kilopy's. */
  readonly kernelOf?: KernelOrigin | undefined;
  /** A test is run when its id has one of these in it, `*` standing for anything; all when empty. */
  readonly patterns: readonly string[];
  /** For one test, and for loading one file. */
  readonly timeoutMs: number;
  /** `none`: a network with nothing but loopback. */
  readonly network: 'none' | 'host';
}

/** Built and checked, ready to be run. */
export interface PreparedTests {
  readonly request: TestRequest;
  readonly store: Store;
  readonly assembled: Assembled;
  readonly found: FoundTests;
}

/** What is told while tests run. */
export interface TestListener {
  readonly target: (target: string, machine: string) => void;
  readonly result: (result: TestResult) => void;
  readonly targetDone: (result: TargetResult) => void;
}

/**
 * Builds all targets without writing outputs, and checks the test files.
 *
 * @throws KilopyError KP3010 when there are none; KP3005, KP3006 for faults in them
 */
export async function prepareTests(ctx: Context, request: TestRequest): Promise<PreparedTests> {
  const store = await openStore(ctx, undefined, { offline: request.offline });
  // Before anything is downloaded; what is wrong with the folder itself is said by `assemble`.
  const early = (await isFolder(ctx, request.folder)) ? await requireTests(ctx, store, request.folder) : undefined;
  const assembled = await withRepair(ctx, () => assemble(ctx, store, request));
  await writeLock(ctx, assembled.lockPath, assembled.newLock);
  const found = early ?? (await requireTests(ctx, store, assembled.spec.folder));
  await checkTests(ctx, store, assembled.app, found, assembled.checked.modules);
  return { request, store, assembled, found };
}

async function requireTests(ctx: Context, store: Store, folder: string): Promise<FoundTests> {
  const found = await findTests(ctx, store, folder);
  if (found.tests.length > 0) return found;
  throw new KilopyError('KP3010', `no test_*.py in ${relative(ctx.cwd, folder) || '.'} or below`);
}

async function isFolder(ctx: Context, path: string): Promise<boolean> {
  return (await ctx.fs.exists(path)) && (await ctx.fs.stat(path)).isDirectory();
}

/**
 * Runs the tests on every target, one after the other.
 *
 * @throws KilopyError KP3010 when no test is left to be run; KP90xx, KP1104 when a target cannot be run
 */
export async function runTests(
  ctx: Context,
  { request, store, assembled, found }: PreparedTests,
  listener: TestListener,
): Promise<readonly TargetResult[]> {
  const results: TargetResult[] = [];
  for (const target of assembled.spec.targets) {
    results.push(await testTarget(ctx, { request, store, assembled, found }, target, listener));
  }
  return results;
}

async function testTarget(
  ctx: Context,
  { request, store, assembled, found }: PreparedTests,
  target: Target,
  listener: TestListener,
): Promise<TargetResult> {
  const startedAt = ctx.clock.now();
  const { machine, why } = await machineFor(ctx, { request, store, assembled, found }, target);
  ctx.emit({ type: 'step.started', step: 'test', title: `testing on ${why}`, target: target.name });
  listener.target(target.name, why);
  const { app } = assembled;
  const tests: TestResult[] = [];
  const { hidden } = await withTestFolder(ctx, store, found, async (folder) =>
    withRunnable(ctx, store, assembled, target, machine.name, async (image) =>
      runTargetTests(
        ctx,
        {
          machine,
          image,
          binds: [{ source: folder, target: testRoot }],
          network: request.network,
          timeoutMs: request.timeoutMs,
          files: found.tests,
          patterns: request.patterns,
          programFolder: posix.dirname(posix.join('/', appRoot, app.entry)),
          ...userSources(ctx, app, found),
        },
        (result) => {
          tests.push(result);
          listener.result(result);
        },
      ),
    ),
  );
  if (tests.length === 0) throw nothingChosen(request, found, hidden);
  const count = (status: TestResult['status']): number => tests.filter((test) => test.status === status).length;
  const result: TargetResult = {
    target: target.name,
    machine: machine.name,
    why,
    durationMs: ctx.clock.now() - startedAt,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    tests,
  };
  ctx.emit({ type: 'step.finished', step: 'test', target: target.name });
  listener.targetDone(result);
  return result;
}

async function machineFor(ctx: Context, { request, store, assembled }: PreparedTests, target: Target): Promise<Choice> {
  const board = request.boards?.find((one) => one.target === target.name);
  if (board === undefined) return await chooseMachine(ctx, target, request.machine);
  const createdSeconds = assembled.trees.find((tree) => tree.target.name === target.name)?.createdSeconds ?? 0;
  const { boardMachine } = await import('./boot/board-machine.ts');
  const { boardKernel } = await import('./boot/board-kernel.ts');
  const section = assembled.sections.find((one) => one.target === target.name);
  const question = { locked: section?.kernel, mode: request.lock, file: assembled.lockPath };
  const kernel = await boardKernel(ctx, store, board, request.kernelOf, question);
  const machine = boardMachine(store, board, target, createdSeconds, kernel);
  return { machine, why: `${board.name}: ${(await machine.available(ctx, target)).why}` };
}

/** Lays out what is shown inside the image at `testRoot`, readable for whatever user the application has. */
async function withTestFolder<T>(
  ctx: Context,
  store: Store,
  { tests, helpers }: FoundTests,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  return await withScratch(ctx, async (scratch) => {
    const made = new Set([scratch]);
    const folder = async (path: string): Promise<void> => {
      if (made.has(path)) return;
      await folder(dirname(path));
      await ctx.fs.makeDirectory(path);
      await ctx.fs.chmod(path, 0o755);
      made.add(path);
    };
    const write = async (path: string, bytes: Uint8Array | string): Promise<void> => {
      await folder(dirname(path));
      await ctx.fs.writeFile(path, bytes);
      await ctx.fs.chmod(path, 0o644);
    };
    const root = join(scratch, 'test');
    await write(join(root, driverPath), driverSource);
    await write(join(root, supportFolder, 'unittest.py'), unittestSource);
    for (const { path, content } of [...tests, ...helpers]) {
      await write(join(root, testFilesFolder, path), await store.read(content));
    }
    return await work(root);
  });
}

/** From places inside the image to the user's own files. */
function userSources(
  ctx: Context,
  app: App,
  { tests, helpers }: FoundTests,
): {
  readonly placeOf: PlaceOf;
  readonly sourceLine: (file: string, line: number) => string | undefined;
} {
  const shown = (path: string): string => join(relative(ctx.cwd, app.folder), path);
  const lines = new Map(tests.map((test) => [shown(test.path), test.lines]));
  const paths = new Map([
    ...app.files.map(({ path }) => [posix.join('/', appRoot, path), path] as const),
    ...[...tests, ...helpers].map(({ path }) => [posix.join(testRoot, testFilesFolder, path), path] as const),
  ]);
  return {
    placeOf(path) {
      const own = paths.get(posix.normalize(path));
      if (own !== undefined) return { file: shown(own), isOwn: true };
      return path.startsWith(`${testRoot}/`) ? undefined : { file: path, isOwn: false };
    },
    sourceLine: (file, line) => lines.get(file)?.[line - 1]?.trim(),
  };
}

function nothingChosen(request: TestRequest, found: FoundTests, hidden: ReadonlySet<string>): KilopyError {
  if (hidden.size === 0) {
    const files = found.tests.map(({ path }) => path).join(', ');
    return new KilopyError('KP3010', `there is no test in ${files}`, {
      why: 'looked for functions test_* and for classes of unittest.TestCase with methods test*',
    });
  }
  const [near] = nearest(
    request.patterns[0] ?? '',
    [...hidden].map((id) => id.slice(id.lastIndexOf('::') + 2)),
    1,
  );
  return new KilopyError(
    'KP3010',
    `none of ${String(hidden.size)} tests has ${request.patterns.join(' or ')} in its name`,
    {
      fix: near === undefined ? 'leave the names away to run all' : `did you mean ${near}?`,
      data: { tests: [...hidden] },
    },
  );
}
