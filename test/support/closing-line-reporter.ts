import { appendFileSync } from 'node:fs';
import type { Reporter, TestModule, SerializedError } from 'vitest/node';

/**
 * Ends the run with `N passed, N failed, N skipped`. With KILOPY_TEST_COUNTS set, the counts are appended to that file,
 * so that a script which runs several runners can add them up.
 */
class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const state = test.result().state;
        if (state === 'passed') counts.passed++;
        else if (state === 'skipped') counts.skipped++;
        else counts.failed++;
      }
      // A file that cannot be loaded has no tests to fail.
      if (module.state() === 'failed' && module.errors().length > 0) counts.failed++;
    }
    counts.failed += errors.length;
    const line = `${String(counts.passed)} passed, ${String(counts.failed)} failed, ${String(counts.skipped)} skipped`;
    const file = process.env.KILOPY_TEST_COUNTS;
    if (file !== undefined) appendFileSync(file, `${line}\n`);
    // The default reporter prints its summary in the same hook; this line comes after it.
    process.on('exit', () => {
      process.stdout.write(`${line}\n`);
    });
  }
}

export default ClosingLineReporter;
