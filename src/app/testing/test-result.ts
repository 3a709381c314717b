/** One test that ran, or that was to run. */
export interface TestResult {
  /** `test_main.py::test_greets`, or `test_main.py::Greeting::test_name`; a file that could not be loaded has its path alone. */
  readonly id: string;
  /** Path below the application's folder. */
  readonly file: string;
  /** The part of the id after the file; `(import)` for a file. */
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Inside the image, without the start of the machine. */
  readonly durationMs: number;
  /** What failed, in one line; or why the test was skipped. */
  readonly message?: string | undefined;
  /** The last line of the user's own that was running. */
  readonly where?: TestPlace | undefined;
  /** Without frames of kilopy, with the user's paths. */
  readonly traceback?: string | undefined;
  /** What the test wrote, shortened in the middle when it was very much. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface TestPlace {
  /** As a person at the working directory would write it. */
  readonly file: string;
  readonly line: number;
  /** The text of the line, where it is known. */
  readonly source?: string | undefined;
}

/** All tests of one target. */
export interface TargetResult {
  readonly target: string;
  readonly machine: string;
  /** Which machine was picked and why. */
  readonly why: string;
  readonly durationMs: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly tests: readonly TestResult[];
}
