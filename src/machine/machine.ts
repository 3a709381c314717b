import type { Context } from '../io/context.ts';
import type { Target } from '../spec/targets.ts';
import type { BoardName } from './qemu-system/board.ts';

/** A way to run a finished image. */
export interface Machine {
  readonly name: MachineName;
  /** Whether it works here for this target. Never throws for a machine that is missing or refused. */
  available(ctx: Context, target: RunnableTarget): Promise<Availability>;
  /**
   * Runs the image's entry point to its end. Throws KP9010 (exit code 125) when the machine could not be set up, KP9011
   * (126) and KP9012 (127) when the entry point cannot be executed or is not there; every end of the application itself is a value.
   */
  run(ctx: Context, image: RunnableImage, options: RunOptions): Promise<RunResult>;
}

export type MachineName = 'kernel' | 'qemu-user' | 'podman' | 'docker' | 'runc' | BoardName;

export interface Availability {
  readonly ok: boolean;
  /** One sentence: what it would be run with, or what is in the way. */
  readonly why: string;
  readonly fix?: string | undefined;
}

export type RunnableTarget = Pick<Target, 'name' | 'oci' | 'qemuUser'>;

/** One image for one target. `rootfs` serves kernel, qemu-user and runc; `ociArchive` serves podman and docker. */
export interface RunnableImage {
  /** Name of the app; host name and container names are made from it. */
  readonly name: string;
  readonly target: RunnableTarget;
  /** Absolute path of an unpacked root file system. Never written to. */
  readonly rootfs?: string | undefined;
  /** Absolute path of a combined OCI and Docker archive of this one target. */
  readonly ociArchive?: string | undefined;
  readonly config: RunnableConfig;
}

/** The fields of an OCI image configuration that running needs (image-spec, config.md). */
export interface RunnableConfig {
  /** Entrypoint and Cmd together. */
  readonly entrypoint: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly user: { readonly uid: number; readonly gid: number };
  readonly workdir: string;
  /** TCP ports that the app listens on. */
  readonly ports: readonly number[];
  readonly stopSignal: NodeJS.Signals;
}

export interface RunOptions {
  /** Appended to the entry point. */
  readonly args?: readonly string[] | undefined;
  /** Replaces the entry point (tests, module probe). */
  readonly entrypoint?: readonly string[] | undefined;
  /** Laid over the image's environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** `auto`: a network of its own when ports are declared, else the host's. `none`: own, and nothing forwarded. */
  readonly network?: 'auto' | 'host' | 'none' | undefined;
  /** Read-only folders or files of the host, shown inside; for the tests of an app. */
  readonly binds?: readonly Bind[] | undefined;
  /** Absolute paths inside that get an empty tmpfs, beside /tmp. They must exist in the image or be new at its top. */
  readonly writable?: readonly string[] | undefined;
  /** `inherit` gives the terminal (interactive REPL), bytes are written and closed. Default: nothing. */
  readonly stdin?: 'inherit' | 'ignore' | Uint8Array | undefined;
  /** `inherit` gives the terminal; a function gets each piece as it comes. Default: inherit. */
  readonly output?: 'inherit' | OutputListener | undefined;
  /** The app is killed after so many milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** From the stop signal to SIGKILL, after a SIGTERM. Default 10 000. */
  readonly graceMs?: number | undefined;
  /**
   * Gives the signals that kilopy itself receives; returns how to unsubscribe. Without it an abort of `ctx.signal` stops the app
   * as SIGTERM does.
   */
  readonly onSignal?: SignalSource | undefined;
  /** Called once for each declared port when the app listens on it. */
  readonly onListening?: ((url: string, port: number) => void) | undefined;
}

export interface Bind {
  readonly source: string;
  readonly target: string;
}

export type OutputListener = (chunk: Uint8Array, stream: 'stdout' | 'stderr') => void;
export type StopRequest = 'SIGINT' | 'SIGTERM' | 'SIGHUP';
export type SignalSource = (listener: (signal: StopRequest) => void) => () => void;

export interface RunResult {
  readonly machine: MachineName;
  /** The app's own, or 128 + the number of the signal that ended it. */
  readonly exitCode: number;
  readonly signal?: NodeJS.Signals | undefined;
  readonly timedOut: boolean;
  /** From the call until the app was executed, in milliseconds. Clock of the file system: up to 10 ms coarse. */
  readonly startedMs: number;
  /** From the app's start to its first byte of output; only when `output` is a function. */
  readonly firstOutputMs?: number | undefined;
  /** From the call to the end. */
  readonly durationMs: number;
}
