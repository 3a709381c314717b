import { createHash } from 'node:crypto';
import { cpSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { expect } from 'vitest';
import { giveToNobody, runCliAsNobody } from './as-nobody.ts';
import { damages, storeFiles, type Damage } from './drill-damage.ts';
import { buildWords, written, type Contents } from './drill-site.ts';
import type { Workplace } from './failing-cli.ts';

/** A kind of entry in a store, with the files of that kind. */
export interface EntryKind {
  readonly name: string;
  readonly paths: readonly string[];
}

/** The kinds of entries of a store, by what its blobs are. Paths are relative to the store. */
export function entryKinds(store: string): readonly EntryKind[] {
  const inStore = (path: string): string => relative(store, path);
  const blobs = storeFiles(store, 'blobs');
  const of = (test: (bytes: Buffer) => boolean): string[] =>
    blobs.filter((path) => test(readFileSync(path))).map((path) => inStore(path));
  const derived = new Map<string, string[]>();
  for (const path of storeFiles(store, 'derived')) {
    const [, kind = ''] = inStore(path).split('/');
    derived.set(kind, [...(derived.get(kind) ?? []), inStore(path)]);
  }
  const large = (test: (bytes: Buffer) => boolean) => of((bytes) => bytes.length > 1000 && test(bytes));
  return [
    { name: 'package', paths: large((bytes) => startsWith(bytes, '!<arch>')) },
    { name: 'file of a package', paths: large((bytes) => startsWith(bytes, '\x7fELF')) },
    { name: 'compressed layer or member', paths: large((bytes) => startsWith(bytes, '\x1f\x8b')) },
    ...[...derived].map(([kind, paths]) => ({ name: `derived ${kind}`, paths })),
    {
      name: 'content of something derived',
      paths: [...new Set([...derived.values()].flat().map((path) => blobOf(store, path)))],
    },
  ];
}

function startsWith(bytes: Buffer, magic: string): boolean {
  return bytes.subarray(0, magic.length).toString('latin1') === magic;
}

/** The blob to which a reference file points. */
function blobOf(store: string, path: string): string {
  const [line = ''] = readFileSync(join(store, path), 'utf8').split('\n');
  const hex = (JSON.parse(line) as { digest: string }).digest.replace('sha256:', '');
  return `blobs/sha256/${hex.slice(0, 2)}/${hex}`;
}

/**
 * Damages files of a copy of a filled store, and builds without lock and outputs, as a user who may not read everything.
 * The result is right, and of the store only what was not read may still be damaged. Returns what the build said.
 */
export async function drillStore(
  place: Workplace,
  filled: string,
  reference: Contents,
  paths: readonly string[],
  damage: Damage | ((path: string) => void),
): Promise<string> {
  rmSync(place.store, { recursive: true, force: true });
  cpSync(filled, place.store, { recursive: true, preserveTimestamps: true });
  rmSync(join(place.folder, 'out'), { recursive: true, force: true });
  rmSync(join(place.folder, 'app/kilopy.lock'), { force: true });
  const spoil = typeof damage === 'string' ? damages[damage] : damage;
  for (const path of paths) spoil(join(place.store, path));
  giveToNobody(join(place.folder, '..'));
  const result = await runCliAsNobody([...buildWords, '--verbose'], {
    cwd: place.folder,
    env: { ...place.env, HOME: place.folder },
  });
  expect(result).toMatchObject({ status: 0 });
  expect(written(place)).toEqual(reference);
  expectMended(place, new Set(paths));
  return result.stderr;
}

function expectMended(place: Workplace, damaged: ReadonlySet<string>): void {
  for (const path of storeFiles(place.store, 'blobs').map((file) => relative(place.store, file))) {
    if (damaged.has(path)) continue;
    const digest = createHash('sha256')
      .update(readFileSync(join(place.store, path)))
      .digest('hex');
    expect(basename(path)).toBe(digest);
  }
  const left = ['tmp', 'partial', 'locks'].flatMap((folder) => readdirSync(join(place.store, folder)));
  expect(left).toEqual([]);
  expect(readdirSync(place.env['TMPDIR'] ?? '')).toEqual([]);
}
