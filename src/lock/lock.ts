import type { Digest } from '../values/digest.ts';

/**
 * `kilopy.lock`: what was resolved for each base, release and target, so that the next build takes the same packages.
 * It ties to archives, not to mirrors: a package is at `path` below whatever mirror of its archive is in use.
 */
export interface Lock {
  readonly version: typeof lockVersion;
  /** Sorted by key, each key once. */
  readonly sections: readonly LockSection[];
}

export const lockVersion = 1;

export const lockFileName = 'kilopy.lock';

/** What a section is for. */
export interface LockKey {
  readonly base: string;
  /** Suite or release, such as `trixie`. */
  readonly release: string;
  /** Name of a target, such as `linux/arm/v7`. */
  readonly target: string;
}

export interface LockSection extends LockKey {
  /** Packages asked for, in the order asked. */
  readonly wishes: readonly string[];
  /** Whatever else decides the answer: snapshot, components, further feeds. Sorted by name. */
  readonly settings: Readonly<Record<string, string>>;
  readonly sources: readonly LockSource[];
  /** In install order. */
  readonly packages: readonly LockPackage[];
  /** Root certificates of `tls`, in its order; absent when there are none to be kept. */
  readonly roots?: readonly LockRoot[] | undefined;
  /** Debian's kernel with which it boots (`--kernel debian`); absent when that was never asked for. */
  readonly kernel?: LockPackage | undefined;
  /** Sizes in bytes by origin: information for budgets and `diff`, never compared. */
  readonly measured?: Readonly<Record<string, number>> | undefined;
}

/** A signed index that the packages were chosen from. */
export interface LockSource {
  /** Name of the archive, such as `debian` or `debian-security`, or of a feed of kilopy.yaml. */
  readonly archive: string;
  /** Path of the release file below the archive's mirror. */
  readonly path: string;
  /** Its own date, ISO 8601 in UTC. */
  readonly date: string;
  readonly digest: Digest;
  /** Fingerprint of the key that signed it, or `untrusted`. */
  readonly trust: string;
  /** Present when the archive's copy of its packages was not what the signed file says, and was done without: why. */
  readonly unusable?: string | undefined;
}

/** Where trust in servers begins. */
export interface LockRoot {
  /** `system`, or a host with its port where that is not 443. */
  readonly for: string;
  /** Subject of the certificate; of `system` the package and its version. */
  readonly name: string;
  /** Fingerprint: of a certificate's DER; of `system`, of the file with all of them. 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** ISO 8601; of `system` of the one that ends first. */
  readonly expires: string;
}

export interface LockPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Name of the archive, as in LockSource. */
  readonly feed: string;
  /** Path below the archive's mirror. */
  readonly path: string;
  readonly sizeBytes: number;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  /** Why it is here, for a person. */
  readonly reason: string;
}

export const emptyLock: Lock = { version: lockVersion, sections: [] };

/** `debian trixie linux/amd64`: for messages and for order. */
export function formatLockKey({ base, release, target }: LockKey): string {
  return `${base} ${release} ${target}`;
}

export function findSection(lock: Lock, key: LockKey): LockSection | undefined {
  const wanted = formatLockKey(key);
  return lock.sections.find((section) => formatLockKey(section) === wanted);
}

/** The lock with this section in the place of an earlier one with its key. */
export function withSection(lock: Lock, section: LockSection): Lock {
  const key = formatLockKey(section);
  const others = lock.sections.filter((other) => formatLockKey(other) !== key);
  const sections = [...others, section].sort((a, b) => (formatLockKey(a) < formatLockKey(b) ? -1 : 1));
  return { version: lockVersion, sections };
}
