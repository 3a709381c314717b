import type { Lock, LockPackage, LockRoot, LockSection, LockSource } from './lock.ts';

/** The text of kilopy.lock: JSON with a fixed order of keys, one source or package a line, so that diffs are readable. */
export function formatLock(lock: Lock): string {
  const sections = lock.sections.map(formatSection);
  return `{\n  "version": ${String(lock.version)},\n  "sections": ${list(sections, '  ')}\n}\n`;
}

function formatSection(section: LockSection): string {
  const { base, release, target, wishes, settings, sources, packages, roots, kernel, measured } = section;
  const fields = [
    `"base": ${JSON.stringify(base)}`,
    `"release": ${JSON.stringify(release)}`,
    `"target": ${JSON.stringify(target)}`,
    `"wishes": ${inline([...wishes])}`,
    `"settings": ${inline(sorted(settings))}`,
    `"sources": ${list(sources.map(formatSource), '      ')}`,
    `"packages": ${list(packages.map(formatPackage), '      ')}`,
    ...(roots === undefined ? [] : [`"roots": ${list(roots.map(formatRoot), '      ')}`]),
    ...(kernel === undefined ? [] : [`"kernel": ${formatPackage(kernel)}`]),
    ...(measured === undefined ? [] : [`"measured": ${inline(sorted(measured))}`]),
  ];
  return `{\n      ${fields.join(',\n      ')}\n    }`;
}

function formatSource({ archive, path, date, digest, trust, unusable }: LockSource): string {
  return inline({ archive, path, date, digest, trust, ...(unusable === undefined ? {} : { unusable }) });
}

function formatRoot({ for: source, name, sha256, sizeBytes, expires }: LockRoot): string {
  return inline({ for: source, name, sha256, sizeBytes, expires });
}

function formatPackage(row: LockPackage): string {
  const { name, version, architecture, feed, path, sizeBytes, sha256, reason } = row;
  return inline({ name, version, architecture, feed, path, sizeBytes, sha256, reason });
}

function list(items: readonly string[], indent: string): string {
  return items.length === 0 ? '[]' : `[\n${items.map((item) => `${indent}  ${item}`).join(',\n')}\n${indent}]`;
}

/** One line, with a space after each colon and comma, as people write JSON. */
function inline(value: Readonly<Record<string, string | number>> | readonly string[]): string {
  if (Array.isArray(value)) return `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
  const pairs = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${JSON.stringify(item)}`);
  return `{${pairs.join(', ')}}`;
}

function sorted<T extends string | number>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
