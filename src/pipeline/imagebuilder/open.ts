import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { openwrtDefaults, usesApk } from '../../spec/bases.ts';
import { devices, findDevice, type Device } from '../../spec/devices.ts';
import { likely } from '../../spec/suggestion.ts';
import { defaultPackages } from '../../spec/openwrt/default-packages.ts';
import { checkOpenwrtRelease } from '../../spec/openwrt/releases.ts';
import type { TargetInfo, TargetProfile } from '../../spec/openwrt/target-info.ts';
import { targets } from '../../spec/targets.ts';
import { boardNames, boardOf } from '../openwrt/boards.ts';
import { readImageBuilder, type ImageBuilderFolder } from './folder.ts';
import type { ImageBuilderRequest } from './request.ts';

/** A target of a release, as `make info` of its ImageBuilder shows it. */
export interface Builder extends TargetInfo {
  readonly release: string;
  readonly device: Device | undefined;
  readonly folder: ImageBuilderFolder | undefined;
  /** OpenWrt's own folder of a release, where packages come from a server. */
  readonly mirror: string;
  readonly manager: 'opkg' | 'apk';
  /** Whether files are called `openwrt-RELEASE-...` (CONFIG_VERSION_FILENAMES). */
  readonly versionInNames: boolean;
}

/** Finds out which target it is. Costs no network. Throws KP1001, KP2003, KP2301, KP2314, KP2320. */
export async function openBuilder(ctx: Context, request: ImageBuilderRequest): Promise<Builder> {
  const device = request.device === undefined ? undefined : findDevice(request.device);
  const named = request.release === undefined ? undefined : checkOpenwrtRelease(request.release, '--release');
  checkTargetOfDevice(device, request.board);
  const mirror = (request.mirror || ctx.env.KILOPY_OPENWRT_MIRROR || 'https://downloads.openwrt.org').replace(
    /\/+$/u,
    '',
  );
  const { VERSION_FILENAMES: word } = request.words;
  const wantsVersion = word === undefined ? undefined : word !== '0' && word !== 'n';
  if (request.from !== undefined) {
    const folder = await readImageBuilder(ctx, request.from);
    const versionInNames = wantsVersion ?? folder.versionInNames;
    const { manager } = folder;
    const release = named ?? folder.release;
    return {
      ...folder.info,
      // One that somebody has emptied: the release's own.
      defaultPackages:
        folder.info.defaultPackages.length > 0
          ? folder.info.defaultPackages
          : (defaultPackages(release, folder.info.board) ?? []),
      release,
      device,
      folder,
      mirror,
      manager,
      versionInNames,
    };
  }
  const release = named ?? openwrtDefaults.release;
  if (device !== undefined && device.openwrt === undefined) {
    throw new KilopyError('KP2320', `OpenWrt has no profile for ${device.title}`, {
      why: device.notes,
      fix: 'see `kilopy devices`',
    });
  }
  const board = device?.openwrt?.board ?? boardFrom(request);
  const architecture = architectureOf(board, release);
  const defaults = defaultPackages(release, board);
  if (defaults === undefined) {
    ctx.emit({
      type: 'warning',
      text: `the default packages of ${release} are not known: only those that are named are installed`,
    });
  }
  return {
    board,
    architecture,
    description: '',
    kernelVersion: '',
    defaultPackages: defaults ?? [],
    profiles: profilesOf(board),
    release,
    device,
    folder: undefined,
    mirror,
    manager: usesApk(release) ? 'apk' : 'opkg',
    versionInNames: wantsVersion ?? false,
  };
}

function checkTargetOfDevice(device: Device | undefined, board: string | undefined): void {
  const own = device?.openwrt?.board;
  if (device === undefined || own === undefined || board === undefined || board === own) return;
  throw new KilopyError('KP1001', `--device ${device.name} is of ${own}, and --target says ${board}`, {
    fix: 'leave one of the two out',
  });
}

function boardFrom({ board: text, words: { PROFILE } }: ImageBuilderRequest): string {
  if (text !== undefined && /^[a-z0-9_]+\/[a-z0-9_-]+$/u.test(text)) return text;
  const architecture = targets.some(({ openwrt }) => openwrt?.includes(text ?? '')) ? text : undefined;
  if (architecture !== undefined) return boardOf(architecture, openwrtDefaults.release);
  const near = text === undefined ? [] : likely(text, knownBoards());
  const usual = 'write --target malta/be, --device glinet_gl-mt300n-v2, or --from with an unpacked ImageBuilder';
  throw new KilopyError(
    'KP2301',
    text === undefined ? 'which target of OpenWrt?' : `"${text}" is no target of OpenWrt`,
    {
      fix: near.length > 0 ? `did you mean --target ${near.join(' or ')}?` : (profileAdvice(PROFILE) ?? usual),
    },
  );
}

function knownBoards(): readonly string[] {
  return [...new Set([...devices.flatMap(({ openwrt }) => openwrt?.board ?? []), ...boardNames])];
}

/** Which target has a profile that was typed without one. */
function profileAdvice(typed: string | undefined): string | undefined {
  if (typed === undefined) return undefined;
  const known = devices.flatMap(({ openwrt }) => (openwrt === undefined ? [] : [openwrt]));
  const id = typed.replace(/^DEVICE_/u, '').toLowerCase();
  const same = known.filter(({ profile }) => profile.toLowerCase() === id);
  if (same.length > 0) return `write --target ${same.map(({ board }) => board).join(' or ')}, which has ${typed}`;
  const near = likely(
    id,
    known.map(({ profile }) => profile),
  );
  const [first] = near;
  if (first === undefined) return undefined;
  const board = known.find(({ profile }) => profile === first)?.board ?? '';
  return `did you mean PROFILE=${near.join(' or ')}? Of ${first} the target is ${board}: --target ${board}`;
}

/** By the devices, else by the boards that have a name for it. */
function architectureOf(board: string, release: string): string {
  const device = devices.find(({ openwrt }) => openwrt?.board === board);
  if (device !== undefined) return device.architecture;
  const known = targets
    .flatMap(({ openwrt }) => openwrt ?? [])
    .find((architecture) => {
      try {
        return boardOf(architecture, release) === board;
      } catch {
        return false;
      }
    });
  if (known !== undefined) return known;
  const near = likely(board, knownBoards());
  throw new KilopyError('KP2301', `kilopy does not know the packages of ${board}`, {
    fix:
      near.length > 0
        ? `did you mean --target ${near.join(' or ')}? For others use --from with the unpacked ImageBuilder`
        : 'use --from with the unpacked ImageBuilder of that target, which says it',
    data: { board },
  });
}

function profilesOf(board: string): readonly TargetProfile[] {
  return devices.flatMap(({ title, openwrt }) =>
    openwrt?.board === board
      ? [
          {
            id: openwrt.profile,
            name: title,
            packages: openwrt.packages,
            hasImageMetadata: openwrt.profile !== 'Default',
            supportedDevices: [],
          },
        ]
      : [],
  );
}
