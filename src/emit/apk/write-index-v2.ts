import { comparePaths } from '../../codec/path-text.ts';
import type { SigningKey } from '../../crypto/signing-key.ts';
import { installedSize, type WrittenApk } from './apk-recipe.ts';
import { controlFile, gzipSegment } from './gzip-segment.ts';
import { signSegment, type SegmentHash } from './sign-segment.ts';

/**
 * APKINDEX.tar.gz of these packages, signed: a signature segment and one with DESCRIPTION and APKINDEX.
 *
 * @param architecture stands for `noarch` too, because apk looks for a package in the folder of its architecture
 */
export async function writeIndexV2(
  packages: readonly WrittenApk[],
  architecture: string,
  description: string,
  keys: readonly SigningKey[],
  hash: SegmentHash,
): Promise<Uint8Array> {
  const time = Math.max(0, ...packages.map(({ recipe }) => recipe.buildTime));
  const sorted = packages.toSorted((a, b) => comparePaths(a.recipe.name, b.recipe.name));
  const content = await gzipSegment(
    [
      controlFile('DESCRIPTION', description, 0o644, time),
      controlFile('APKINDEX', sorted.map((one) => `${formatIndexEntry(one, architecture)}\n`).join(''), 0o644, time),
    ],
    'last',
  );
  return Buffer.concat([await signSegment(content, keys, hash, time), content]);
}

/** The lines of a package in the order of apk-tools, with a newline at the end of each. */
function formatIndexEntry({ recipe, bytes, identity }: WrittenApk, architecture: string): string {
  const lines: readonly (readonly [string, string | number | undefined])[] = [
    ['C', `Q1${Buffer.from(identity).toString('base64')}`],
    ['P', recipe.name],
    ['V', recipe.version],
    ['A', architecture],
    ['S', bytes.length],
    ['I', installedSize(recipe)],
    ['T', recipe.description],
    ['U', recipe.url],
    ['L', recipe.license],
    ['o', recipe.origin],
    ['m', recipe.maintainer],
    ['t', recipe.buildTime],
    ['k', recipe.providerPriority],
    ['D', recipe.depends.join(' ')],
    ['p', recipe.provides.join(' ')],
    ['i', recipe.installIf.join(' ')],
  ];
  // apk-tools always writes these three, empty or not.
  const present = lines.filter(([letter, value]) => 'TUL'.includes(letter) || (value !== undefined && value !== ''));
  return present.map(([letter, value]) => `${letter}:${String(value)}\n`).join('');
}
