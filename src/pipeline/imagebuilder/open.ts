import { KilopyError } from '../../errors/kilopy-error.ts';
import { openOpkgFeed, type OpkgFeedSettings } from '../../feed/opkg/index.ts';
import { openLocalOpkgFeeds } from '../../feed/opkg/local.ts';
import { fetchTargetFiles } from '../../feed/opkg/target-files.ts';
import type { Context } from '../../io/context.ts';
import type { OpkgUniverse } from '../../solve/opkg/universe.ts';
import { openwrtDefaults, usesApk } from '../../spec/bases.ts';
import { devices, findDevice, type Device } from '../../spec/devices.ts';
import { defaultPackages } from '../../spec/openwrt/default-packages.ts';
import type { TargetInfo, TargetProfile } from '../../spec/openwrt/target-info.ts';
import { targets } from '../../spec/targets.ts';
import type { Store } from '../../store/store.ts';
import { boardOf } from '../openwrt/boards.ts';
import { openwrtFeeds, releaseFolder } from '../openwrt/feeds.ts';
import { readImageBuilder, type ImageBuilderFolder } from './folder.ts';
import type { ImageBuilderRequest } from './request.ts';

/** A target of a release, as `make info` of its ImageBuilder shows it. */
export interface Builder extends TargetInfo {
  readonly release: string;
  readonly device: Device | undefined;
  readonly folder: ImageBuilderFolder | undefined;
  /** OpenWrt's own folder of a release, where packages come from a server. */
  readonly mirror: string;
}

/** Finds out which target it is. Costs no network. Throws KP2301, KP2314, KP2316, KP2320. */
export async function openBuilder(ctx: Context, request: ImageBuilderRequest): Promise<Builder> {
  const device = request.device === undefined ? undefined : findDevice(request.device);
  const mirror = (request.mirror ?? ctx.env.KILOPY_OPENWRT_MIRROR ?? 'https://downloads.openwrt.org').replace(
    /\/+$/u,
    '',
  );
  if (request.from !== undefined) {
    const folder = await readImageBuilder(ctx, request.from);
    return { ...folder.info, release: request.release ?? folder.release, device, folder, mirror };
  }
  const release = request.release ?? openwrtDefaults.release;
  if (usesApk(release)) {
    throw new KilopyError('KP2316', `kilopy imagebuilder does not make images of ${release}`, {
      why: 'From 25.12 on OpenWrt installs with apk; the words of ImageBuilder work up to 24.10.',
      fix: 'use a release up to 24.10, or kilopy build --base openwrt',
    });
  }
  if (device !== undefined && device.openwrt === undefined) {
    throw new KilopyError('KP2320', `OpenWrt has no profile for ${device.title}`, {
      why: device.notes,
      fix: 'see `kilopy devices`',
    });
  }
  const board = device?.openwrt?.board ?? boardFrom(request.board);
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
  };
}

/** Opens the feeds of a target. Throws as the feeds do. */
export async function openUniverse(
  ctx: Context,
  store: Store,
  builder: Builder,
  request: ImageBuilderRequest,
): Promise<OpkgUniverse> {
  const { keys, allowUntrusted, feeds } = request;
  ctx.emit({ type: 'step.started', step: 'feed', title: 'reading package indexes', target: builder.board });
  const opened = await open();
  ctx.emit({ type: 'step.finished', step: 'feed', target: builder.board });
  return opened;

  async function open(): Promise<OpkgUniverse> {
    if (feeds.length > 0) {
      return (await openLocalOpkgFeeds(ctx, store, { feeds, keys, allowUntrusted }, builder.architecture)).universe;
    }
    const freshness = { offline: store.offline, locked: false };
    const own = { keys: [...(keys ?? []), ...(builder.folder?.keys ?? [])], allowUntrusted, isOpenwrt: true };
    if (builder.folder !== undefined) {
      const settings: OpkgFeedSettings[] = builder.folder.feeds.map((feed) => ({ ...own, ...feed }));
      const { packages } = builder.folder;
      const byHand = packages.filter(({ name }) => name === 'libc' || name === 'kernel');
      const order = byHand.toSorted((a, b) => (a.name === 'libc' ? -1 : b.name === 'libc' ? 1 : 0));
      const feed = await openOpkgFeed(ctx, store, settings, builder.architecture, freshness, order);
      return feed.universe.with(packages.filter((pkg) => !byHand.includes(pkg)));
    }
    const { mirror, release, board, architecture } = builder;
    const target = `${releaseFolder(mirror, release)}/targets/${board}`;
    const settings = openwrtFeeds(mirror, release, board, architecture).map((feed) => ({ ...own, ...feed }));
    const byHand = await fetchTargetFiles(ctx, store, { ...own, name: 'openwrt_core', url: target }, freshness);
    return (await openOpkgFeed(ctx, store, settings, architecture, freshness, byHand)).universe;
  }
}

function boardFrom(text: string | undefined): string {
  if (text !== undefined && /^[a-z0-9_]+\/[a-z0-9_-]+$/u.test(text)) return text;
  const architecture = targets.some(({ openwrt }) => openwrt?.includes(text ?? '')) ? text : undefined;
  if (architecture !== undefined) return boardOf(architecture, openwrtDefaults.release);
  throw new KilopyError(
    'KP2301',
    text === undefined ? 'which target of OpenWrt?' : `"${text}" is no target of OpenWrt`,
    {
      fix: 'write --target malta/be, --device glinet_gl-mt300n-v2, or --from with an unpacked ImageBuilder',
    },
  );
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
  throw new KilopyError('KP2301', `kilopy does not know the packages of ${board}`, {
    fix: 'use --from with the unpacked ImageBuilder of that target, which says it',
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
