import { join } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { parseFeedsConf, type FeedLine } from '../../feed/opkg/feeds-conf.ts';
import { readIpk } from '../../feed/opkg/local.ts';
import type { OpkgIndexPackage } from '../../feed/opkg/parse-index.ts';
import type { Context } from '../../io/context.ts';
import { parseTargetInfo, type TargetInfo } from '../../spec/openwrt/target-info.ts';

/** An unpacked ImageBuilder. */
export interface ImageBuilderFolder {
  readonly info: TargetInfo;
  readonly release: string;
  /** On servers; its own packages/ is read as files. */
  readonly feeds: readonly FeedLine[];
  readonly keys: readonly string[];
  readonly packages: readonly OpkgIndexPackage[];
}

/** Reads what of an ImageBuilder kilopy needs: no make, perl or program of it runs. Throws KP2314. */
export async function readImageBuilder(ctx: Context, folder: string): Promise<ImageBuilderFolder> {
  const text = async (name: string): Promise<string> => {
    const path = join(folder, name);
    return (await ctx.fs.exists(path)) ? await ctx.fs.readText(path) : '';
  };
  const config = await text('.config');
  const infos = parseTargetInfo(await text('.targetinfo'));
  const board = setting(config, 'TARGET_BOARD');
  const subtarget = setting(config, 'TARGET_SUBTARGET');
  const wanted = board === undefined ? undefined : `${board}/${subtarget ?? 'generic'}`;
  const info = infos.find((one) => one.board === wanted) ?? (wanted === undefined ? infos.at(-1) : undefined);
  if (info === undefined) {
    throw new KilopyError('KP2314', `${folder} is no unpacked ImageBuilder`, {
      where: join(folder, '.targetinfo'),
      why:
        infos.length === 0
          ? 'It has no .targetinfo with a target.'
          : `Its .config wants ${String(wanted)}, which .targetinfo has not.`,
    });
  }
  const conf = parseFeedsConf(await text('repositories.conf'), join(folder, 'repositories.conf'));
  const packages = join(folder, 'packages');
  const names = (await ctx.fs.exists(packages)) ? await ctx.fs.readDirectory(packages) : [];
  const files = names.filter(({ name }) => name.endsWith('.ipk')).map(({ name }) => join(packages, name));
  const keys = join(folder, 'keys');
  return {
    info: { ...info, architecture: setting(config, 'TARGET_ARCH_PACKAGES') ?? info.architecture },
    release: setting(config, 'VERSION_NUMBER') ?? releaseOf(await text('include/version.mk')),
    feeds: conf.feeds.filter(({ url }) => /^https?:/u.test(url)),
    keys: (await ctx.fs.exists(keys)) ? [keys] : [],
    packages: await Promise.all(
      files.sort().map(async (path) => ({ ...(await readIpk(ctx, path)), feed: 'imagebuilder' })),
    ),
  };
}

/** `CONFIG_NAME="value"`, where it is set and not empty. */
function setting(config: string, name: string): string | undefined {
  const value = new RegExp(`^CONFIG_${name}="(.+)"$`, 'mu').exec(config)?.[1];
  return value === undefined || value === '' ? undefined : value;
}

function releaseOf(versionMk: string): string {
  return (
    /^VERSION_NUMBER:=\$\(if \$\(VERSION_NUMBER\),\$\(VERSION_NUMBER\),(.*)\)$/mu.exec(versionMk)?.[1] ?? 'snapshots'
  );
}
