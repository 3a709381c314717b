import { createHash } from 'node:crypto';
import { stableJson } from '../../codec/stable-json.ts';
import type { OpkgIndexPackage } from '../../feed/opkg/parse-index.ts';
import type { Plan } from '../../solve/problem.ts';
import type { ChosenPackages } from './choose.ts';
import type { Builder } from './open.ts';

/** A finished file. */
export interface BuiltFile {
  readonly name: string;
  /** As profiles.json calls it. */
  readonly type: string;
  readonly filesystem: string | undefined;
  readonly bytes: Uint8Array;
}

/** `openwrt-23.05.5-malta-be`, with EXTRA_IMAGE_NAME as OpenWrt writes it (include/image.mk). */
export function imagePrefix({ release, board }: Pick<Builder, 'release' | 'board'>, extra: string | undefined): string {
  const version = release === 'snapshots' ? [] : [release.toLowerCase()];
  const name = extra === undefined || extra === '' ? [] : [extra.toLowerCase().replaceAll('_', '-')];
  return ['openwrt', ...version, ...name, board.replace('/', '-')].join('-');
}

/** `opkg list-installed`: `name - version`, by name. */
export function manifestText(plan: Plan<OpkgIndexPackage>, stripAbi: boolean = false): string {
  return plan.steps
    .map(({ package: { name, version, abiVersion } }) => {
      const isSuffix = stripAbi && abiVersion !== undefined && abiVersion !== '' && name.endsWith(abiVersion);
      return `${isSuffix ? name.slice(0, -abiVersion.length).replace(/-$/u, '') : name} - ${version}\n`;
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

/** profiles.json (scripts/json_overview_image_info.py). */
export function profilesJson(
  builder: Builder,
  { profile }: ChosenPackages,
  prefix: string,
  profileName: string,
  files: readonly BuiltFile[],
  epochSeconds: number,
): string {
  const images = files
    .filter(({ filesystem }) => filesystem !== undefined)
    .map(({ name, type, filesystem, bytes }) => ({ name, type, filesystem, sha256: digest(bytes), size: bytes.length }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const limits =
    builder.device?.imageBytes === undefined ? {} : { file_size_limits: { image: builder.device.imageBytes } };
  return stableJson({
    metadata_version: 1,
    target: builder.board,
    version_number: builder.release,
    source_date_epoch: epochSeconds,
    arch_packages: builder.architecture,
    default_packages: builder.defaultPackages,
    ...(builder.kernelVersion === '' ? {} : { linux_kernel: { version: builder.kernelVersion } }),
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

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
