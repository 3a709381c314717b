import { KilopyError } from '../errors/kilopy-error.ts';
import type { Digest } from '../values/digest.ts';
import type { SourceLocation } from '../values/source-location.ts';
import { jsonPlaces } from './json-places.ts';
import {
  formatLockKey,
  lockVersion,
  type Lock,
  type LockPackage,
  type LockRoot,
  type LockSection,
  type LockSource,
} from './lock.ts';

type Path = readonly (string | number)[];

/** A fault of form, with its place; becomes a KilopyError with line and column. */
class ShapeFault extends Error {
  readonly path: Path;
  constructor(path: Path, message: string) {
    super(message);
    this.path = path;
  }
}

/**
 * Checks the text of kilopy.lock and gives its value. `file` is for messages. Everything that later decides a download
 * or a file name is checked here: hashes, sizes, and that paths stay below their archive.
 */
export function parseLock(text: string, file: string): Lock {
  refuseConflict(text, file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const { error = { message: 'not JSON', offset: 0 } } = jsonPlaces(text);
    throw new KilopyError('KP5603', `${file} is not JSON: ${error.message}`, {
      where: place(text, error.offset, file),
      cause,
    });
  }
  try {
    return checkLock(value, file);
  } catch (fault) {
    if (!(fault instanceof ShapeFault)) throw fault;
    const where = place(text, jsonPlaces(text).offsetOf(fault.path), file);
    throw new KilopyError('KP5603', `${file}: ${fault.message}`, { where, data: { path: fault.path } });
  }
}

/** Git's and other tools' marks of a merge that nobody finished: JSON's own error for them helps nobody. */
function refuseConflict(text: string, file: string): void {
  const marker = /^(?:<{7}|={7}|>{7}|\|{7})(?: .*)?\r?$/m.exec(text);
  if (marker === null) return;
  throw new KilopyError('KP5604', `${file} has the marks of a merge conflict`, {
    where: place(text, marker.index, file),
  });
}

function checkLock(value: unknown, file: string): Lock {
  const lock = record(value, [], ['version', 'sections']);
  if (typeof lock['version'] === 'number' && lock['version'] > lockVersion) {
    throw new KilopyError(
      'KP5605',
      `${file} has version ${String(lock['version'])}; this kilopy reads version ${String(lockVersion)}`,
      {
        where: { file },
      },
    );
  }
  if (lock['version'] !== lockVersion) throw new ShapeFault(['version'], `"version" must be ${String(lockVersion)}`);
  const sections = list(lock['sections'], ['sections']).map((section, index) =>
    checkSection(section, ['sections', index]),
  );
  const keys = sections.map(formatLockKey);
  const twice = keys.findIndex((key, index) => keys.indexOf(key) !== index);
  if (twice !== -1) throw new ShapeFault(['sections', twice], `the section "${String(keys[twice])}" is there twice`);
  return { version: lockVersion, sections };
}

function checkSection(value: unknown, path: Path): LockSection {
  const section = record(
    value,
    path,
    ['base', 'release', 'target', 'wishes', 'settings', 'sources', 'packages'],
    ['roots', 'kernel', 'measured'],
  );
  const at = (key: string): Path => [...path, key];
  const read = <T>(key: string, one: (item: unknown, itemPath: Path) => T): T[] =>
    list(section[key], at(key)).map((item, index) => one(item, [...path, key, index]));
  const measured = section['measured'];
  return {
    base: readText(section['base'], at('base')),
    release: readText(section['release'], at('release')),
    target: readText(section['target'], at('target')),
    wishes: read('wishes', readText),
    settings: values(section['settings'], at('settings'), readText),
    sources: read('sources', checkSource),
    packages: read('packages', checkPackage),
    ...(section['roots'] === undefined ? {} : { roots: read('roots', checkRoot) }),
    ...(section['kernel'] === undefined ? {} : { kernel: checkPackage(section['kernel'], at('kernel')) }),
    ...(measured === undefined ? {} : { measured: values(measured, at('measured'), readSize) }),
  };
}

function checkSource(value: unknown, path: Path): LockSource {
  const source = record(value, path, ['archive', 'path', 'date', 'digest', 'trust'], ['unusable']);
  const { unusable } = source;
  const digest = readText(source['digest'], [...path, 'digest']);
  if (!/^sha256:[0-9a-f]{64}$/.test(digest))
    throw new ShapeFault([...path, 'digest'], '"digest" must be sha256: and 64 hexadecimal digits');
  return {
    archive: readText(source['archive'], [...path, 'archive']),
    path: below(source['path'], [...path, 'path']),
    date: readText(source['date'], [...path, 'date']),
    digest: digest as Digest,
    trust: readText(source['trust'], [...path, 'trust']),
    ...(unusable === undefined ? {} : { unusable: readText(unusable, [...path, 'unusable']) }),
  };
}

function checkRoot(value: unknown, path: Path): LockRoot {
  const row = record(value, path, ['for', 'name', 'sha256', 'sizeBytes', 'expires']);
  return {
    for: readText(row['for'], [...path, 'for']),
    name: readText(row['name'], [...path, 'name']),
    sha256: readSha256(row['sha256'], [...path, 'sha256']),
    sizeBytes: readSize(row['sizeBytes'], [...path, 'sizeBytes']),
    expires: readText(row['expires'], [...path, 'expires']),
  };
}

function readSha256(value: unknown, path: Path): string {
  const text = readText(value, path);
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new ShapeFault(path, '"sha256" must be 64 lower-case hexadecimal digits');
}

function checkPackage(value: unknown, path: Path): LockPackage {
  const row = record(value, path, ['name', 'version', 'architecture', 'feed', 'path', 'sizeBytes', 'sha256', 'reason']);
  return {
    name: readText(row['name'], [...path, 'name']),
    version: readText(row['version'], [...path, 'version']),
    architecture: readText(row['architecture'], [...path, 'architecture']),
    feed: readText(row['feed'], [...path, 'feed']),
    path: below(row['path'], [...path, 'path']),
    sizeBytes: readSize(row['sizeBytes'], [...path, 'sizeBytes']),
    sha256: readSha256(row['sha256'], [...path, 'sha256']),
    reason: readText(row['reason'], [...path, 'reason']),
  };
}

function record(
  value: unknown,
  path: Path,
  keys: readonly string[],
  optional: readonly string[] = [],
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ShapeFault(path, `${nameOf(path)} must be an object`);
  for (const key of keys) if (!Object.hasOwn(value, key)) throw new ShapeFault(path, `${nameOf(path)} has no "${key}"`);
  for (const key of Object.keys(value)) {
    if (!keys.includes(key) && !optional.includes(key))
      throw new ShapeFault([...path, key], `${nameOf(path)} has an unknown key "${key}"`);
  }
  return value as Record<string, unknown>;
}

function values<T>(value: unknown, path: Path, one: (item: unknown, path: Path) => T): Record<string, T> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ShapeFault(path, `${nameOf(path)} must be an object`);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, one(item, [...path, key])]));
}

function list(value: unknown, path: Path): readonly unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw new ShapeFault(path, `${nameOf(path)} must be a list`);
}

function readText(value: unknown, path: Path): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new ShapeFault(path, `${nameOf(path)} must be text`);
}

function readSize(value: unknown, path: Path): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new ShapeFault(path, `${nameOf(path)} must be a number of bytes`);
}

/** A relative URL path that stays below its archive, whatever host it is put behind. */
function below(value: unknown, path: Path): string {
  const relative = readText(value, path);
  const parts = relative.split('/');
  const bad =
    parts.some((part) => part === '' || part === '.' || part === '..') || /[\\\s?#\p{Cc}]|^[a-z]+:/iu.test(relative);
  if (!bad && !/%(?:2e|2f|5c|00)/i.test(relative)) return relative;
  throw new ShapeFault(path, `${nameOf(path)} must be a path below the archive`);
}

function nameOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'the lock';
  return typeof last === 'number' ? `entry ${String(last + 1)} of "${String(path.at(-2))}"` : `"${last}"`;
}

function place(whole: string, offset: number, file: string): SourceLocation {
  const before = whole.slice(0, offset).split('\n');
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
