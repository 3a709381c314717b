import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unittestSource } from '../../src/app/testing/unittest-source.ts';
import { createContext } from '../../src/io/create-context.ts';
import { buildFacts } from '../../src/runtime/build-facts.ts';
import { sourceSuite } from '../../src/runtime/compiler.ts';
import { fetchDebianSource } from '../../src/runtime/debian-source.ts';
import { targets } from '../../src/spec/targets.ts';
import { openStore } from '../../src/store/store.ts';
import { checkout, runProgram } from './cli.ts';

/** The folders of MicroPython's own tests that are about what runtimes of kilopy have. */
const folders = 'basics float extmod ports/unix micropython import io misc unicode stress cmdline'.split(' ');

/** Tests that type at the prompt, with pauses of some milliseconds that an emulator or a busy machine does not keep. */
const prompt = 'cmdline/repl_';

export interface SuiteResult {
  readonly performed: number;
  /** Lines of output that were compared, as the runner counts. */
  readonly cases: number;
  readonly skipped: number;
  /** Paths of tests that failed, and failed again when they ran alone. */
  readonly failed: readonly string[];
}

/** Ends a run with upstream's summary, which its runner looks for; the tests themselves are those of kilopy's subset. */
const main = `
def main(*args, **kwargs):
    import sys

    ran = failures = skipped = 0
    for kind in [value for value in vars(sys.modules["__main__"]).values() if isinstance(value, type) and issubclass(value, TestCase)]:
        for name in [name for name in dir(kind) if name.startswith("test")]:
            case = kind()
            ran += 1
            try:
                case.setUp()
                getattr(case, name)()
            except SkipTest:
                skipped += 1
            except Exception as error:
                failures += 1
                sys.print_exception(error)
            case.tearDown()
    print("-" * 70)
    print("Ran", ran, "tests\\n")
    print("FAILED (failures=" + str(failures) + ", errors=0)" if failures else "OK (skipped=" + str(skipped) + ")" if skipped else "OK")
`;

/** Unpacks the tests of the source package that runtimes are made from, out of the store, into a folder. */
export async function unpackSuite(folder: string, storeFolder: string): Promise<void> {
  const ctx = createContext();
  const store = await openStore(ctx, storeFolder, { offline: true });
  const source = await fetchDebianSource(ctx, store, 'micropython', sourceSuite);
  const tarball = source.files.find(({ name }) => name.includes('.orig.tar.'));
  if (tarball === undefined) throw new Error('the source of MicroPython has no tarball');
  const path = join(folder, 'source.tar.xz');
  writeFileSync(path, await store.read(tarball.blob));
  const words = ['-xJf', path, '-C', folder, '--strip-components=1', '--wildcards', '*/tests/*'];
  const { status, stderr } = spawnSync('tar', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const library = join(folder, 'lib/micropython-lib/python-stdlib/unittest');
  mkdirSync(library, { recursive: true });
  writeFileSync(join(library, 'unittest.py'), unittestSource + main);
}

/** Runs the suite with a program, on this kernel or under QEMU as the least processor of its target. */
export async function runSuite(folder: string, targetName: string, program: string): Promise<SuiteResult> {
  const target = targets.find(({ name }) => name === targetName);
  if (target === undefined) throw new Error(targetName);
  const cpu = buildFacts[target.name]?.qemuCpu;
  const native = target.name === 'linux/amd64' && process.arch === 'x64';
  const emulator = native ? '' : `${target.qemuUser}-static${cpu === undefined ? '' : ` -cpu ${cpu}`} `;
  const wrapper = join(folder, `micropython-${target.fileLabel}`);
  writeFileSync(wrapper, `#!/bin/sh\nexec ${emulator}${program} "$@"\n`, { mode: 0o755 });
  const results = join(folder, `results-${target.fileLabel}`);
  const first = await runTests(folder, wrapper, results, ['-j2', '-e', prompt, '-d', ...folders]);
  const failed: string[] = [];
  // Some look at the clock: on a busy machine they may fail beside others.
  for (const name of first.failed) {
    if ((await runTests(folder, wrapper, results, ['-j1', name])).failed.length > 0) failed.push(name);
  }
  return { ...first, failed };
}

async function runTests(
  folder: string,
  wrapper: string,
  results: string,
  words: readonly string[],
): Promise<SuiteResult> {
  // A test asks for an open file beyond 256, and MicroPython's table has room up to 1024.
  const script = 'ulimit -n 1024; exec python3 run-tests.py -r "$@"';
  const { stdout, stderr } = await runProgram('sh', ['-c', script, 'sh', results, ...words], {
    cwd: join(folder, 'tests'),
    env: { MICROPY_MICROPYTHON: wrapper },
    timeoutMs: 900_000,
  });
  const [, performed, cases] = /^(\d+) tests performed \((\d+) individual testcases\)$/mu.exec(stdout) ?? [];
  if (performed === undefined) throw new Error(`the tests did not end:\n${stdout.slice(-2000)}${stderr.slice(-2000)}`);
  // Not from the lines about each test: those of two tests may run into each other.
  const { failed_tests: failed } = JSON.parse(readFileSync(join(results, '_results.json'), 'utf8')) as {
    failed_tests: string[];
  };
  return {
    performed: Number(performed),
    cases: Number(cases),
    skipped: Number(/^(\d+) tests skipped/mu.exec(stdout)?.[1] ?? 0),
    failed: failed.sort(),
  };
}

/** Tests that fail and may, with the reason: `TARGET or * VARIANT or * TEST: REASON`, one a line. */
export function knownFailures(targetName: string, variant: string): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const line of readFileSync(join(checkout, 'test/prove/micropython-known-failures.txt'), 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, target = '', kind = '', name = '', reason = ''] = /^(\S+) (\S+) (\S+): (.+)$/u.exec(line) ?? [];
    if (reason === '') throw new Error(`a known failure without a reason: ${line}`);
    if ((target === '*' || target === targetName) && (kind === '*' || kind === variant)) known.set(name, reason);
  }
  return known;
}
