import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Context } from '../../src/io/context.ts';
import { createContext } from '../../src/io/create-context.ts';
import { defaultLimits, type Limits } from '../../src/io/limits.ts';
import { scratch } from './cli.ts';

/** A kilopy in this process with a home and a store of its own, with short pauses; a silence is a fault only after a time that a busy machine does not take. */
export interface RegistryContext extends Context {
  readonly folder: string;
}

/** `files` are written below its home: credentials, and programs (`bin/...`, which is first on PATH). */
export function registryContext(
  files: Readonly<Record<string, string>> = {},
  limits: Partial<Limits> = {},
): RegistryContext {
  const folder = scratch();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    if (path.startsWith('bin/')) chmodSync(join(folder, path), 0o755);
  }
  const env = {
    PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}`,
    HOME: folder,
    KILOPY_CACHE: join(folder, 'store'),
  };
  const short = { ...defaultLimits, retryPauseMs: 1, stallMs: 20_000, ...limits };
  return { ...createContext({ env, cwd: folder, limits: short }), folder };
}

/** The code of the error that something ends with; `none` when it does not. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'none',
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  );
}
