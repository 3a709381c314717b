import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';

/** apko's lock file, version v1 (apko `pkg/lock/lock.go`). */
export interface ApkoLock {
  readonly version: 'v1';
  /** Absent in files of apko before 0.13. */
  readonly config?: { readonly name?: string; readonly checksum?: string };
  readonly contents: {
    readonly keyring: readonly { readonly name: string; readonly url: string; readonly content?: string }[];
    readonly build_repositories: readonly ApkoLockRepository[];
    readonly runtime_repositories: readonly ApkoLockRepository[];
    readonly repositories: readonly ApkoLockRepository[];
    /** In install order within an architecture. */
    readonly packages: readonly ApkoLockPackage[];
  };
}

export interface ApkoLockRepository {
  readonly name: string;
  readonly url: string;
  readonly architecture: string;
}

export interface ApkoLockPackage {
  readonly name: string;
  readonly url: string;
  readonly version: string;
  readonly architecture: string;
  readonly signature: ApkoLockSegment;
  readonly control: ApkoLockSegment;
  readonly data: ApkoLockSegment;
  /** `Q1` and the SHA-1 of the control segment; absent in files of apko before 0.13. */
  readonly checksum?: string;
}

/** `bytes=0-646` and `sha1-BASE64` or `sha256-BASE64`; both empty where a package has no such segment. */
export interface ApkoLockSegment {
  readonly range: string;
  readonly checksum: string;
}

/** As Go's encoder indents it. */
export function formatApkoLock(lock: ApkoLock): string {
  return `${JSON.stringify(lock, null, 2)}\n`;
}

/** Reads and checks a lock file. Throws KP2108. */
export async function readApkoLock(ctx: Context, path: string, shown: string): Promise<ApkoLock> {
  let value: unknown;
  try {
    value = JSON.parse(await ctx.fs.readText(path));
  } catch (cause) {
    throw unreadable(shown, cause instanceof Error ? cause.message : 'it is no JSON', cause);
  }
  const lock = value as Partial<ApkoLock> | null;
  if (lock?.version !== 'v1') throw unreadable(shown, 'its version is not v1');
  const packages: unknown = lock.contents?.packages;
  if (!Array.isArray(packages)) throw unreadable(shown, 'contents.packages is no list');
  for (const [i, pkg] of packages.entries()) {
    const fault = faultOf(pkg);
    if (fault !== undefined) throw unreadable(shown, `contents.packages[${String(i)}] ${fault}`);
  }
  return lock as ApkoLock;
}

function faultOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'is no mapping';
  const pkg = value as Readonly<Record<string, unknown>>;
  const missing = ['name', 'url', 'version', 'architecture'].find((key) => typeof pkg[key] !== 'string');
  if (missing !== undefined) return `has no ${missing}`;
  const control = pkg.control as Partial<ApkoLockSegment> | undefined;
  return /^sha1-[A-Za-z0-9+/]{27}=$/u.test(control?.checksum ?? '')
    ? undefined
    : 'has no checksum of its control segment';
}

function unreadable(file: string, why: string, cause?: unknown): KilopyError {
  return new KilopyError('KP2108', `${file} is no lock file of apko`, { where: file, why, cause });
}
