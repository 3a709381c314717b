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
  readonly emit: (event: KilopyEvent) => void;
  readonly limits: Limits;
  readonly signal: AbortSignal;
}

export interface Clock {
  /** Milliseconds since 1970 UTC. Never reaches an artifact. */
  now(): number;
}
