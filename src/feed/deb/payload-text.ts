import type { PackagePayload } from '../feed.ts';
import type { PackageEntry } from '../package-entry.ts';

/** A payload as JSON, for the store. Maps become lists of pairs, raw bytes base64. */
export function formatPayload(payload: PackagePayload): Uint8Array {
  const { entries, control, conffiles, scripts } = payload;
  return Buffer.from(
    JSON.stringify({
      entries: entries.map(({ xattrs, ...entry }) =>
        xattrs === undefined
          ? entry
          : { ...entry, xattrs: [...xattrs].map(([name, value]) => [name, Buffer.from(value).toString('base64')]) },
      ),
      control: [...control],
      conffiles,
      scripts: [...scripts],
    }),
  );
}

/** The reverse of formatPayload, for bytes that the store has compared. */
export function parsePayload(bytes: Uint8Array): PackagePayload {
  const stored = JSON.parse(Buffer.from(bytes).toString('utf8')) as StoredPayload;
  return {
    ...stored,
    control: new Map(stored.control),
    scripts: new Map(stored.scripts),
    entries: stored.entries.map(({ xattrs, ...entry }) => {
      if (xattrs === undefined) return entry;
      return { ...entry, xattrs: new Map(xattrs.map(([name, value]) => [name, Buffer.from(value, 'base64')])) };
    }),
  };
}

type WithoutXattrs<T> = T extends unknown ? Omit<T, 'xattrs'> : never;

interface StoredPayload extends Omit<PackagePayload, 'entries' | 'control' | 'scripts'> {
  readonly entries: readonly (WithoutXattrs<PackageEntry> & {
    readonly xattrs?: readonly (readonly [string, string])[];
  })[];
  readonly control: readonly (readonly [string, string])[];
  readonly scripts: readonly (readonly [string, string])[];
}
