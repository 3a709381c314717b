import { setMaxListeners } from 'node:events';
import { endianness, tmpdir } from 'node:os';
import type { Context, Host } from './context.ts';
import { nodeFileSystem } from './file-system.ts';
import { limitsOf } from './limits.ts';
import { createNodeTools } from './node-tools.ts';
import { createHttpClient } from './create-http-client.ts';

/**
 * The context of a real machine: Node's file system, HTTP, programs on PATH, the system clock. Every member can be
 * replaced; HTTP client and tools are made from the given environment and folder. Loads nothing heavy.
 */
export function createContext(options: Partial<Context> = {}): Context {
  const env = options.env ?? process.env;
  const cwd = options.cwd ?? process.cwd();
  const signal = options.signal ?? new AbortController().signal;
  // Every request and program under way listens; more than ten are no leak.
  setMaxListeners(0, signal);
  return {
    fs: nodeFileSystem,
    http: createHttpClient(env),
    clock: { now: () => Date.now() },
    tools: createNodeTools(env, cwd),
    host: nodeHost(),
    emit: () => undefined,
    limits: options.limits ?? limitsOf(env),
    ...options,
    env,
    cwd,
    signal,
  };
}

function nodeHost(): Host {
  const variables = process.config.variables as { readonly arm_version?: string | number };
  return {
    arch: process.arch,
    byteOrder: endianness() === 'LE' ? 'little' : 'big',
    armVersion: variables.arm_version === undefined ? undefined : String(variables.arm_version),
    uid: process.geteuid?.(),
    gid: process.getegid?.(),
    tempFolder: tmpdir(),
  };
}
