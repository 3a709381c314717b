import type { Command, OptionValues } from 'commander';
import type { Context } from '../io/context.ts';

/** What a file in commands/ exports. It must load fast: implementations are imported inside `run`. */
export interface CommandModule {
  /** Adds arguments, options and examples. */
  configure(command: Command): void;
  run(call: Call): Promise<Outcome>;
}

/** One invocation. */
export interface Call {
  readonly ctx: Context;
  /** Full name, such as `cache clean`. */
  readonly command: string;
  readonly args: readonly string[];
  readonly options: OptionValues;
  /** Stdout is for a program: JSON only. */
  readonly json: boolean;
  readonly style: Style;
  /** Gives SIGINT, SIGTERM and SIGHUP to the listener instead of aborting `ctx.signal`; the result gives them back. */
  readonly takeOverSignals: (listener: (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') => void) => () => void;
}

/** What a command has to say. Only cli/main prints it. */
export interface Outcome {
  /** 0 when absent. Read when the text has been printed, so a getter may wait for what a long answer finds out. */
  readonly exitCode?: number;
  /** For `--json`, below `schema` and `command`. */
  readonly data: Readonly<Record<string, unknown>>;
  /** For people; lines of a long answer may come one after the other. */
  readonly text: string | AsyncIterable<string>;
}

/** Text decoration; plain functions without effect where colour is off. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}
