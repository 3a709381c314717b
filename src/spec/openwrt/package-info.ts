import { dumpFields, wordsOf } from './dump-fields.ts';

/** A package of an ImageBuilder's sources, whether a feed has it or not. */
export interface SourcePackage {
  readonly name: string;
  readonly version: string;
  /** What it needs always; what it needs by a choice of the build (`+PACKAGE_x:y`) is not known here. */
  readonly depends: readonly string[];
  readonly provides: readonly string[];
}

/**
 * Reads `.packageinfo` (include/package-dumpinfo.mk): paragraphs that begin with `Package:`, texts that end with `@@`.
 * `Depends` are words: `+name` selects, `@SYMBOL` is no package, `CONDITION:name` counts by a choice.
 */
export function parsePackageInfo(text: string): ReadonlyMap<string, SourcePackage> {
  const packages = new Map<string, SourcePackage>();
  let current: { -readonly [key in keyof SourcePackage]: SourcePackage[key] } | undefined;
  for (const [key, value] of dumpFields(text, /^Description$/u)) {
    if (key === 'Source-Makefile') current = undefined;
    else if (key === 'Package') {
      current = { name: value.trim(), version: '', depends: [], provides: [] };
      packages.set(current.name, current);
    } else if (current === undefined) continue;
    else if (key === 'Version') current.version = value.trim();
    else if (key === 'Depends') current.depends = wordsOf(value).flatMap(packageName);
    else if (key === 'Provides') current.provides = wordsOf(value).map((word) => word.replace(/^@/u, ''));
  }
  return packages;
}

function packageName(word: string): readonly string[] {
  const name = word.replace(/^\+/u, '');
  return name.startsWith('@') || name.includes(':') || name === '' ? [] : [name];
}
