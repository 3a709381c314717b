import { join } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { parseFeedsConf, type FeedLine } from '../../feed/opkg/feeds-conf.ts';
import type { Context } from '../../io/context.ts';
import { parsePackageInfo, type SourcePackage } from '../../spec/openwrt/package-info.ts';
import { parseTargetInfo, type TargetInfo } from '../../spec/openwrt/target-info.ts';

/** An unpacked ImageBuilder. */
export interface ImageBuilderFolder {
  readonly info: TargetInfo;
  readonly release: string;
  readonly manager: 'opkg' | 'apk';
  /** On servers; with apk the URLs of indexes. */
  readonly feeds: readonly Pick<FeedLine, 'name' | 'url'>[];
  readonly keys: readonly string[];
  /** Files of packages in its own packages/. */
  readonly packages: readonly string[];
  /** Whether its images are called `openwrt-RELEASE-...`. */
  readonly versionInNames: boolean;
  /** CONFIG_CLEAN_IPKG: nothing of opkg's database stays but what the device itself needs. */
  readonly cleansIpkg: boolean;
  /** `r28739-d9340319c6`; empty when it does not say. */
  readonly revision: string;
  /** Its folder with kernels, build_dir/target-ARCH/linux-BOARD; undefined where there is none. */
  readonly kernelFolder: string | undefined;
  /** Of its sources, by name; what a feed does not tell is asked here. */
  readonly sources: ReadonlyMap<string, SourcePackage>;
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
  const manager =
    /^CONFIG_USE_APK=y$/mu.test(config) || (await ctx.fs.exists(join(folder, 'repositories'))) ? 'apk' : 'opkg';
  const versionMk = await text('include/version.mk');
  const packages = join(folder, 'packages');
  const names = (await ctx.fs.exists(packages)) ? await ctx.fs.readDirectory(packages) : [];
  const ending = manager === 'apk' ? '.apk' : '.ipk';
  const keys = join(folder, 'keys');
  return {
    info: { ...info, architecture: setting(config, 'TARGET_ARCH_PACKAGES') ?? info.architecture },
    release: setting(config, 'VERSION_NUMBER') ?? versionOf(versionMk, 'VERSION_NUMBER') ?? 'snapshots',
    manager,
    feeds: manager === 'apk' ? apkFeeds(await text('repositories')) : await opkgFeeds(folder, text),
    keys: (await ctx.fs.exists(keys)) ? [keys] : [],
    packages: names
      .filter(({ name }) => name.endsWith(ending))
      .map(({ name }) => join(packages, name))
      .sort(),
    versionInNames: /^CONFIG_VERSION_FILENAMES=y$/mu.test(config),
    cleansIpkg: /^CONFIG_CLEAN_IPKG=y$/mu.test(config),
    revision: setting(config, 'VERSION_CODE') ?? versionOf(versionMk, 'VERSION_CODE') ?? '',
    sources: parsePackageInfo(await text('.packageinfo')),
    kernelFolder: await findKernelFolder(ctx, join(folder, 'build_dir')),
  };
}

async function opkgFeeds(folder: string, text: (name: string) => Promise<string>): Promise<readonly FeedLine[]> {
  const conf = parseFeedsConf(await text('repositories.conf'), join(folder, 'repositories.conf'));
  return conf.feeds.filter(({ url }) => /^https?:/u.test(url));
}

/** `repositories`: one URL of an index a line; a path is its own folder, whose packages are read as files. */
function apkFeeds(text: string): readonly Pick<FeedLine, 'name' | 'url'>[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^https?:/u.test(line))
    .map((url) => {
      const folder = url.split('/').at(-2) ?? '';
      return { name: `openwrt_${url.includes('/targets/') ? 'core' : folder}`, url };
    });
}

/** build_dir/target-ARCH/linux-BOARD_SUBTARGET. */
async function findKernelFolder(ctx: Context, buildDir: string): Promise<string | undefined> {
  for (const prefix of ['target-', 'linux-']) {
    if (!(await ctx.fs.exists(buildDir))) return undefined;
    const entries = (await ctx.fs.readDirectory(buildDir)).filter((entry) => entry.isDirectory());
    const found = entries.map(({ name }) => name).filter((name) => name.startsWith(prefix));
    const [first] = found.sort();
    if (first === undefined) return undefined;
    buildDir = join(buildDir, first);
  }
  return buildDir;
}

/** `CONFIG_NAME="value"`, where it is set and not empty. */
function setting(config: string, name: string): string | undefined {
  const value = new RegExp(`^CONFIG_${name}="(.+)"$`, 'mu').exec(config)?.[1];
  return value === undefined || value === '' ? undefined : value;
}

/** `VERSION_NUMBER:=$(if $(VERSION_NUMBER),$(VERSION_NUMBER),23.05.5)`. */
function versionOf(versionMk: string, name: string): string | undefined {
  const pattern = new RegExp(`^${name}:=\\$\\(if \\$\\(${name}\\),\\$\\(${name}\\),(.+)\\)$`, 'mu');
  return pattern.exec(versionMk)?.[1];
}
