import { KilopyError } from '../../errors/kilopy-error.ts';
import { suggestion } from '../suggestion.ts';

/** The words of ImageBuilder, as typed behind `make image`. */
export interface ImageBuilderWords {
  readonly PROFILE?: string;
  readonly PACKAGES?: string;
  readonly FILES?: string;
  readonly BIN_DIR?: string;
  readonly EXTRA_IMAGE_NAME?: string;
  readonly DISABLED_SERVICES?: string;
  readonly ROOTFS_PARTSIZE?: string;
  readonly ADD_LOCAL_KEY?: string;
  readonly ROOTFS_FILESYSTEM?: string;
  /** `1`: file names have the release, as CONFIG_VERSION_FILENAMES of a release's ImageBuilder. */
  readonly VERSION_FILENAMES?: string;
  /** Of package_depends and package_whatdepends. */
  readonly PACKAGE?: string;
  readonly STRIP_ABI?: string;
  /** `V=s` of make: taken, and of no effect; `--verbose` says more. */
  readonly V?: string;
}

const known: readonly (keyof ImageBuilderWords)[] = [
  'PROFILE',
  'PACKAGES',
  'FILES',
  'BIN_DIR',
  'EXTRA_IMAGE_NAME',
  'DISABLED_SERVICES',
  'ROOTFS_PARTSIZE',
  'ADD_LOCAL_KEY',
  'ROOTFS_FILESYSTEM',
  'VERSION_FILENAMES',
  'PACKAGE',
  'STRIP_ABI',
  'V',
];

/** Words of package_depends and package_whatdepends; the others ask for images. */
const ofQuestions: ReadonlySet<string> = new Set(['package_depends', 'package_whatdepends']);

/**
 * Reads `WORD=VALUE` arguments. A word without a value is one that was not written, as for make. Throws KP2310.
 *
 * @param verb of ImageBuilder: image, info, manifest, package_depends or package_whatdepends
 */
export function parseWords(args: readonly string[], verb: string): ImageBuilderWords {
  const words: Record<string, string> = {};
  for (const arg of args) {
    const [, name, value] = /^([A-Za-z_]+)=(.*)$/su.exec(arg) ?? [];
    if (name === undefined || value === undefined) {
      throw new KilopyError('KP2310', `"${arg}" is not WORD=VALUE`, {
        fix: 'write PACKAGES="micropython -dnsmasq", or the like',
      });
    }
    if (!known.some((word) => word === name)) {
      throw new KilopyError('KP2310', `ImageBuilder has no word ${name}`, { fix: suggestion(name, known) });
    }
    if (name === 'PACKAGE' && !ofQuestions.has(verb)) {
      throw new KilopyError('KP2310', `PACKAGE is a word of ${[...ofQuestions].join(' and ')}, not of ${verb}`, {
        fix: `write PACKAGES="${value}"`,
      });
    }
    if (value !== '') words[name] = value;
  }
  const { ROOTFS_PARTSIZE: size, PROFILE: profile, EXTRA_IMAGE_NAME: extra } = words;
  if (size !== undefined && !/^[1-9]\d{0,6}$/u.test(size)) {
    throw new KilopyError('KP2310', `ROOTFS_PARTSIZE is "${size}", which is no number of MiB`, {
      fix: 'write ROOTFS_PARTSIZE=104',
    });
  }
  for (const [name, value] of [
    ['PROFILE', profile],
    ['EXTRA_IMAGE_NAME', extra],
  ] as const) {
    if (value !== undefined && !/^[\w.,+-]*$/u.test(value)) {
      throw new KilopyError('KP2310', `${name} is "${value}", which cannot be part of a file name`);
    }
  }
  return words;
}

/** Words separated by blanks or commas. */
export function listOf(text: string | undefined): readonly string[] {
  return (text ?? '').split(/[\s,]+/u).filter((word) => word !== '');
}
