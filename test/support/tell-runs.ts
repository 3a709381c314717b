import { afterAll, afterEach, type RunnerTask } from 'vitest';
import { forgetRuns, tellRuns } from './program-runs.ts';

/**
 * A set-up file of all tests: where a test fails, its message has what the programs said that it started. Else one that expects a status would
 * fail with "expected 2 to be 0" and no reason, which is all that one sees of a run on another machine.
 */

afterEach(({ task }) => {
  const said = task.result?.state === 'fail' ? tellRuns(task.id) : '';
  for (const error of task.result?.errors ?? []) error.message += said;
  forgetRuns(task.id);
});

/** A hook before the tests fails as their suite, and what a suite says may have been sent already: told beside it. */
// oxlint-disable-next-line no-empty-pattern -- vitest reads from the pattern that no fixture is wanted
afterAll(({}, file) => {
  const tasks: RunnerTask[] = [file];
  for (const task of tasks) {
    if (task.type !== 'suite') continue;
    tasks.push(...task.tasks);
    const said = (task.result?.errors ?? []).length > 0 ? tellRuns() : '';
    if (said !== '') process.stderr.write(`a hook of ${task.name} failed${said}`);
  }
});
