import type { Command } from 'commander';
import { resolve } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { ImageBuilderRequest } from '../../pipeline/imagebuilder/request.ts';
import type { Call, CommandModule, Outcome } from '../command.ts';
import { compatOf } from '../compat-of.ts';
import { formatBytes } from '../ui/bytes.ts';
import { formatTable } from '../ui/table.ts';

const verbs: readonly (readonly [name: string, summary: string])[] = [
  ['image', 'Make the root file system of an OpenWrt image'],
  ['info', 'Show a target: its default packages and profiles'],
  ['manifest', 'List the packages that an image would have'],
  ['package_depends', 'List what PACKAGE depends on'],
  ['package_whatdepends', 'List what depends on PACKAGE'],
];

export const imagebuilderCommand: CommandModule = {
  configure(command) {
    for (const [name, summary] of verbs) configured(command, name, summary);
  },
  async run(call): Promise<Outcome> {
    const verb = call.command.slice('imagebuilder '.length);
    const request = await requestOf(call, verb);
    if (verb === 'image') return await image(call, request);
    const questions = await import('../../pipeline/imagebuilder/questions.ts');
    if (verb === 'info') {
      const builder = await questions.builderInfo(call.ctx, request);
      const { board, architecture, release, kernelVersion, defaultPackages, profiles } = builder;
      return {
        data: { target: board, architecture, release, kernelVersion, defaultPackages, profiles },
        text: questions.infoText(builder),
      };
    }
    if (verb === 'manifest') {
      const { packages, text } = await questions.builderManifest(call.ctx, request);
      return { data: { packages }, text };
    }
    const direction = verb === 'package_depends' ? 'depends' : 'whatdepends';
    const names = await questions.builderDepends(call.ctx, request, direction);
    return {
      data: { package: request.words.PACKAGE, [direction]: names },
      text: names.map((name) => `${name}\n`).join(''),
    };
  },
};

function configured(parent: Command, name: string, summary: string): void {
  parent
    .command(name)
    .summary(summary)
    .description(
      `${summary}, with the words of OpenWrt's ImageBuilder: PROFILE, PACKAGES, FILES, BIN_DIR, EXTRA_IMAGE_NAME, DISABLED_SERVICES, ROOTFS_PARTSIZE, ADD_LOCAL_KEY, ROOTFS_FILESYSTEM, VERSION_FILENAMES; PACKAGE for the last two.`,
    )
    .argument('[words...]', 'WORD=VALUE, such as PACKAGES="micropython -dnsmasq"')
    .option('--release <name>', 'release of OpenWrt, such as 23.05.5')
    .option('--target <name>', 'target and subtarget, such as malta/be')
    .option('--device <name>', 'a device of `kilopy devices`: its target, profile and limits')
    .option('--from <folder>', 'an unpacked ImageBuilder: its target, profiles, feeds and packages')
    .option('--mirror <url>', "another server than OpenWrt's")
    .option('--feed <place>', 'only this feed, a folder or URL with Packages; may be repeated', append)
    .option('--keys <place>', 'a file or folder with public keys that may sign the feeds; may be repeated', append)
    .option('--allow-untrusted', 'read feeds without a trusted signature')
    .option('--compat <name>', 'opkg: choose as the real opkg does, with its faults')
    .option('--set <name=value>', 'a value for templates of FILES; may be repeated', append)
    .option('--offline', 'use only what is in the store');
}

function append(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

async function image(call: Call, request: ImageBuilderRequest): Promise<Outcome> {
  const { ctx, style } = call;
  const { buildImage } = await import('../../pipeline/imagebuilder/image.ts');
  const outDir = resolve(ctx.cwd, request.words.BIN_DIR ?? 'dist');
  const result = await buildImage(ctx, request, outDir);
  const rows = result.files.map(({ path, sizeBytes }) => [formatBytes(sizeBytes), path]);
  const { enabled, disabled } = result.services;
  const services = disabled.length === 0 ? '' : `, without ${disabled.join(', ')}`;
  const said = `${String(result.packages.length)} packages, ${String(enabled.length)} services${services}`;
  return { data: { ...result }, text: `${formatTable(rows)}\n\n${style.dim(said)}\n` };
}

async function requestOf({ ctx, args, options }: Call, verb: string): Promise<ImageBuilderRequest> {
  const { parseWords } = await import('../../spec/openwrt/words.ts');
  const words = parseWords(args, verb);
  const path = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : resolve(ctx.cwd, text);
  const { checkUrl } = await import('../../spec/check-url.ts');
  const mirror = options.mirror as string | undefined;
  const files = path(words.FILES);
  return {
    words: { ...words, ...(files === undefined ? {} : { FILES: files }) },
    release: options.release as string | undefined,
    board: options.target as string | undefined,
    device: options.device as string | undefined,
    from: path(options.from as string | undefined),
    mirror: mirror === undefined ? undefined : checkUrl(mirror, { file: '--mirror' }),
    feeds: (options.feed as string[] | undefined) ?? [],
    keys: (options.keys as string[] | undefined)?.map((key) => resolve(ctx.cwd, key)),
    allowUntrusted: options.allowUntrusted === true,
    offline: options.offline === true,
    compat: compatOf(options.compat as string | undefined),
    values: Object.fromEntries(((options.set as string[] | undefined) ?? []).map(pair)),
  };
}

function pair(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  throw new KilopyError('KP1001', `"${text}" is not NAME=VALUE`, { fix: 'write --set NAME=VALUE' });
}
