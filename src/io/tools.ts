import type { Writable } from 'node:stream';

/** The only way to start an outside program. */
export interface Tools {
  /** Absolute path of a program, or undefined. */
  find(name: string): Promise<string | undefined>;
  /** Runs to the end. Rejects with KP1003 when the program is absent; a non-zero status is a value. */
  run(name: string, args: readonly string[], options?: ToolOptions): Promise<ToolResult>;
  /** Streams: stdin from an iterable, stdout as an iterable that ends with an error on a non-zero status. */
  pipe(
    name: string,
    args: readonly string[],
    input: AsyncIterable<Uint8Array>,
    options?: ToolOptions,
  ): AsyncIterable<Uint8Array>;
  /** Starts a program that shares the terminal or whose streams the caller handles (machines). */
  start(name: string, args: readonly string[], options?: StartOptions): RunningTool;
}

export interface ToolOptions {
  readonly stdin?: Uint8Array | string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface ToolResult {
  /** Exit status, or 128 + signal number. */
  readonly status: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

export interface StartOptions extends Omit<ToolOptions, 'stdin'> {
  readonly stdin?: 'inherit' | 'ignore' | 'pipe';
  readonly stdout?: 'inherit' | 'pipe';
  readonly stderr?: 'inherit' | 'pipe';
  /** Own process group, so that a terminal's Ctrl-C reaches only us. */
  readonly detached?: boolean;
  /** Further open file descriptors for the child, from number 3 on. */
  readonly extraFds?: readonly (number | 'pipe')[];
}

export interface RunningTool {
  readonly pid: number;
  readonly stdin: Writable | null;
  readonly stdout: AsyncIterable<Uint8Array> | null;
  readonly stderr: AsyncIterable<Uint8Array> | null;
  kill(signal: NodeJS.Signals, group?: boolean): void;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}
