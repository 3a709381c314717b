import { createHash } from 'node:crypto';
import { stableJson } from '../../codec/stable-json.ts';
import type { Plan } from '../../solve/problem.ts';
import type { BuilderFeed } from './builder-feed.ts';
import type { ChosenPackages } from './choose.ts';
import type { Builder } from './open.ts';

/** A finished file. */
export interface BuiltFile {
  readonly name: string;
  /** As profiles.json calls it. */
  readonly type: string;
  readonly filesystem?: string | undefined;
  /** Whether profiles.json names it. */
  readonly isImage: boolean;
  readonly bytes: Uint8Array;
}

/** `openwrt-malta-be`, with release and EXTRA_IMAGE_NAME where they are wanted (IMG_PREFIX of include/image.mk). */
export function imagePrefix(
  { release, board, versionInNames }: Pick<Builder, 'release' | 'board' | 'versionInNames'>,
  extra: string | undefined,
): string {
  const version = release === 'snapshots' || !versionInNames ? [] : [release.toLowerCase()];
  const name = extra === undefined || extra === '' ? [] : [extra.toLowerCase().replaceAll('_', '-')];
  return ['openwrt', ...version, ...name, board.replace('/', '-')].join('-');
}

/**
 * `opkg list-installed`, and what ImageBuilder makes of `apk list`: `name - version`, by name.
 *
 * @param stripper of STRIP_ABI=1: the feed that knows what of a name is its binary interface
 */
export function manifestText(plan: Plan, stripper?: Pick<BuilderFeed, 'abiVersion'>): string {
  return plan.steps
    .map(({ package: pkg }) => {
      const abi = stripper?.abiVersion(pkg) ?? '';
      const isSuffix = abi !== '' && pkg.name.endsWith(abi);
      return `${isSuffix ? pkg.name.slice(0, -abi.length).replace(/-$/u, '') : pkg.name} - ${pkg.version}\n`;
    })
    .toSorted()
    .join('');
}

/** Of all files but itself, by name (rules.mk). */
export function sha256sums(files: readonly BuiltFile[]): string {
  return files
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, bytes }) => `${digest(bytes)} *${name}\n`)
    .join('');
}

/** profiles.json (scripts/json_add_image_info.py, json_overview_image_info.py). */
export function profilesJson(
  builder: Builder,
  { profile, plan }: ChosenPackages,
  prefix: string,
  profileName: string,
  files: readonly BuiltFile[],
  epochSeconds: number,
): string {
  const images = files
    .filter(({ isImage }) => isImage)
    .map(({ name, type, filesystem, bytes }) => {
      const sha256 = digest(bytes);
      const own = filesystem === undefined ? {} : { filesystem };
      // Nothing is signed behind its end, so both sums are one.
      return { name, type, ...own, sha256, sha256_unsigned: sha256, size: bytes.length };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const limits =
    builder.device?.imageBytes === undefined ? {} : { file_size_limits: { image: builder.device.imageBytes } };
  return stableJson({
    metadata_version: 1,
    target: builder.board,
    version_code: builder.folder?.revision ?? '',
    version_number: builder.release,
    source_date_epoch: epochSeconds,
    arch_packages: builder.architecture,
    default_packages: builder.defaultPackages,
    ...linuxKernel(builder, plan),
    profiles: {
      [profile?.id ?? profileName]: {
        image_prefix: `${prefix}-${profileName}`,
        images,
        device_packages: profile?.packages ?? [],
        supported_devices: profile?.supportedDevices ?? [],
        titles: [{ title: profile?.name ?? profileName }],
        ...limits,
      },
    },
  });
}

/** The package kernel is called by version, release and vermagic: `5.15.167-1-abc...`, later `6.6.86~abc...-r1`. */
function linuxKernel({ kernelVersion }: Builder, plan: Plan): Readonly<Record<string, object>> {
  const text = plan.steps.find(({ package: { name } }) => name === 'kernel')?.package.version ?? '';
  const [, newVersion, newMagic, newRelease] = /^([\d.]+)~([0-9a-f]+)-r(\d+)$/u.exec(text) ?? [];
  const [, oldVersion, oldRelease, oldMagic] = /^([\d.]+)-(\d+)(?:-([0-9a-f]+))?$/u.exec(text) ?? [];
  const version = newVersion ?? oldVersion ?? kernelVersion;
  if (version === '') return {};
  const release = newRelease ?? oldRelease;
  const vermagic = newMagic ?? oldMagic;
  return {
    linux_kernel: {
      version,
      ...(release === undefined ? {} : { release }),
      ...(vermagic === undefined ? {} : { vermagic }),
    },
  };
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
