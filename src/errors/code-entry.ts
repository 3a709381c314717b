/** One row of the table of error codes. */
export interface CodeEntry {
  readonly title: string;
  readonly exitCode: ExitCode;
  /** Markdown: what it means and what usually causes it. */
  readonly explanation: string;
  /** The usual thing to do; an error may carry a better one. */
  readonly fix?: string;
}

/** Exit codes of the command line, as the design lists them. */
export type ExitCode = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 70 | 125 | 126 | 127 | 130;
