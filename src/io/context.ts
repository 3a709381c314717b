import type { KilopyEvent } from '../values/events.ts';
import type { FileSystem } from './file-system.ts';
import type { HttpClient } from './http-client.ts';
import type { Limits } from './limits.ts';
import type { Tools } from './tools.ts';

/**
 * Everything that a function with I/O may touch, as its first argument. Made once by the CLI (or by a user of the
 * library) with `createContext`; tests replace single members.
 */
export interface Context {
  readonly fs: FileSystem;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path against which relative paths of the user are resolved. */
  readonly cwd: string;
  readonly tools: Tools;
  readonly host: Host;
  readonly emit: (event: KilopyEvent) => void;
  readonly limits: Limits;
  readonly signal: AbortSignal;
}

/** The machine that kilopy runs on, in Node's words. */
export interface Host {
  /** process.arch */
  readonly arch: string;
  readonly byteOrder: 'little' | 'big';
  /** process.config.variables.arm_version: `6`, `7`, or `8` for a 32-bit Node on a 64-bit machine. */
  readonly armVersion?: string | undefined;
  /** Effective user, or undefined where the system has no such thing. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** Folder for scratch files. */
  readonly tempFolder: string;
}

export interface Clock {
  /** Milliseconds since 1970 UTC. Never reaches an artifact. */
  now(): number;
}
