import type { Command } from 'commander';
import { relative, resolve } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { ApkoRequest } from '../../pipeline/apko/request.ts';
import type { Call, CommandModule, Outcome } from '../command.ts';
import { addRegistryOptions } from '../registry-options.ts';
import { formatBytes } from '../ui/bytes.ts';
import { formatTable } from '../ui/table.ts';

export const apkoCommand: CommandModule = {
  configure(command) {
    const builder = configured(command, 'build', 'Build an image from an apko.yaml', 'build')
      .argument('<tag>', 'name of the image, such as hello:1')
      .argument('<output>', 'an archive for docker load, or a folder that exists, for an OCI layout');
    imageOptions(builder);
    const publisher = configured(
      command,
      'publish',
      'Build an image from an apko.yaml and send it to a registry',
      'build',
    );
    imageOptions(publisher.argument('<tag...>', 'names of the image, such as ghcr.io/me/hello:1'))
      .option('--image-refs <file>', 'write every image and the index, with their digests, into this file')
      .option('--local', "into docker or podman instead: the image of this machine's architecture");
    addRegistryOptions(publisher);
    configured(command, 'lock', 'Write down which packages an apko.yaml installs', 'lock')
      .option('--arch <list>', 'x86_64,aarch64, host or all (default: those of the file, else all)')
      .option('--output <file>', 'where to (default: beside the file, NAME.lock.json)');
    configured(command, 'show-config', 'Show an apko.yaml with its includes', 'show');
    configured(command, 'show-packages', 'Show which packages an apko.yaml installs', 'show')
      .option('--arch <list>', 'x86_64,aarch64, host or all (default: those of the file, else all)')
      .option(
        '--format <format>',
        'name-version, name=version, packagelock, ..., or a text with {{ .Name }}',
        'name-version',
      );
    for (const [name, what] of [
      ['build-minirootfs', 'tar, compressed when its name ends in .gz'],
      ['build-cpio', 'cpio, compressed when its name ends in .gz'],
    ] as const) {
      configured(command, name, `Build a root file system as ${name === 'build-cpio' ? 'cpio' : 'tar'}`, 'build')
        .argument('<output>', what)
        .option('--build-arch <name>', 'the architecture to build for', 'host')
        .option('--sbom-path <folder>', 'accepted for compatibility');
    }
  },
  async run(call): Promise<Outcome> {
    const name = call.command.slice('apko '.length);
    if (name === 'build') return await build(call);
    if (name === 'publish') return await publish(call);
    if (name === 'lock') return await lock(call);
    if (name === 'show-config') return await showConfig(call);
    if (name === 'show-packages') return await showPackages(call);
    return await rootfs(call, name === 'build-cpio' ? 'cpio' : 'tar');
  },
};

/** Options of the commands that make images. */
function imageOptions(command: Command): Command {
  return command
    .option('--arch <list>', 'x86_64,aarch64, host or all (default: those of the file, else all)')
    .option('--annotations <list>', 'annotations of the image, as KEY:VALUE', repeated)
    .option('--lockfile <file>', 'install what this lock file says')
    .option('--format <name>', 'tar')
    .option('--sbom [flag]', 'write documents about the contents: sbom-ARCH.spdx.json and sbom-index.spdx.json', true)
    .option('--no-sbom', 'do not write them')
    .option('--sbom-path <folder>', 'where to (default: the working directory)')
    .option('--sbom-formats <list>', 'spdx, the only one that there is', 'spdx')
    .option('--vcs [flag]', 'accepted for compatibility; write vcs-url into the file');
}

/** Of a flag that may be given several times, each time with one word, as by apko: what follows may be an argument. */
function repeated(word: string, before: readonly string[] = []): readonly string[] {
  return [...before, word];
}

/** The options that apko has on that kind of command, under apko's names. */
function configured(parent: Command, name: string, summary: string, kind: 'build' | 'lock' | 'show'): Command {
  const command = parent
    .command(name)
    .summary(summary)
    .description(`${summary}.`)
    .argument('<config>', 'the apko.yaml')
    .option('-C, --workdir <folder>', 'where relative paths count from (default: here)')
    .option('-k, --keyring-append <place>', 'further keys: files or URLs', repeated)
    .option('-r, --repository-append <place>', 'further repositories', repeated)
    .option('-b, --build-repository-append <place>', 'further repositories, for the build only', repeated)
    .option('--include-paths <folder>', 'where else to look for files of the configuration', repeated)
    .option('--offline', 'use only what is in the store')
    .option('--cache-dir <folder>', 'accepted for compatibility; KILOPY_STORE says where the store is');
  if (kind !== 'show') command.option('--ignore-signatures', 'read repositories without a trusted signature');
  if (kind !== 'build') return command;
  return command
    .option('-p, --package-append <name>', 'further packages', repeated)
    .option('--build-date <time>', 'least time of the image, as 2026-01-31T12:00:00Z')
    .option('--max-apkindex-decompressed-size <bytes>', 'limit of one index (0: default, -1: none)')
    .option('--max-apk-control-size <bytes>', 'accepted for compatibility; the limit is 16 MiB')
    .option('--max-apk-data-size <bytes>', 'limit of one package (0: default, -1: none)')
    .option('--max-http-response-size <bytes>', 'limit of one answer (0: default, -1: none)');
}

function request({ ctx, args, options }: Call): ApkoRequest {
  const list = (name: string): readonly string[] =>
    ((options[name] as readonly string[] | undefined) ?? []).flatMap((text) => text.split(','));
  const text = (name: string): string | undefined => options[name] as string | undefined;
  const arch = text('buildArch') ?? text('arch');
  return {
    file: args[0] ?? '',
    workdir: resolve(ctx.cwd, text('workdir') ?? '.'),
    includePaths: list('includePaths'),
    archs: arch === undefined ? [] : arch.split(','),
    keyringAppend: list('keyringAppend'),
    repositoryAppend: list('repositoryAppend'),
    buildRepositoryAppend: list('buildRepositoryAppend'),
    packageAppend: list('packageAppend'),
    annotations: Object.fromEntries(list('annotations').map(annotation)),
    ignoreSignatures: options.ignoreSignatures === true,
    offline: options.offline === true,
    lockfile: text('lockfile'),
    sbomPath: sbomPath(options),
    buildDate: text('buildDate'),
  };
}

/** Commands without the option write none. */
function sbomPath({ sbom, sbomFormats, sbomPath: path }: Call['options']): string | undefined {
  if (sbom === undefined || sbom === false || sbom === 'false' || sbomFormats === '') return undefined;
  if (sbomFormats === 'spdx') return (path as string | undefined) ?? '.';
  throw new KilopyError('KP1001', `"${String(sbomFormats)}" is no format of documents about contents`, {
    fix: 'write --sbom-formats spdx',
  });
}

function annotation(text: string): readonly [string, string] {
  const at = text.indexOf(':');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new KilopyError('KP1001', `"${text}" is no annotation`, { fix: 'write --annotations KEY:VALUE' });
}

/** The context with the limits of the command line. */
function limited({ ctx, options }: Call): Call['ctx'] {
  const limit = (name: string, known: number): number => {
    const text = options[name] as string | undefined;
    if (text === undefined || text === '0') return known;
    if (text === '-1') return Number.MAX_SAFE_INTEGER;
    if (/^\d{1,15}$/.test(text)) return Number(text);
    throw new KilopyError('KP1001', `"${text}" is no number of bytes`, { fix: 'write a whole number, 0 or -1' });
  };
  const { limits } = ctx;
  return {
    ...ctx,
    limits: {
      ...limits,
      indexBytes: limit('maxApkindexDecompressedSize', limits.indexBytes),
      packageBytes: limit('maxApkDataSize', limits.packageBytes),
      responseBytes: limit('maxHttpResponseSize', limits.responseBytes),
    },
  };
}

function checkFormat({ format }: Call['options']): void {
  if (format === undefined || format === 'tar') return;
  throw new KilopyError('KP2107', `layers in the format ${String(format)} are not built`, {
    fix: 'write --format tar',
  });
}

async function build(call: Call): Promise<Outcome> {
  const { args, options, style } = call;
  checkFormat(options);
  const { apkoBuild } = await import('../../pipeline/apko/build.ts');
  const ctx = limited(call);
  const { output, sboms, index, images } = await apkoBuild(ctx, request(call), args[1] ?? '', args[2] ?? '');
  const rows = images.flatMap(({ architecture, layers }) =>
    layers.map(({ diffId, rawBytes, sizeBytes }) => [
      architecture.name,
      formatBytes(rawBytes),
      formatBytes(sizeBytes),
      diffId,
    ]),
  );
  const head = ['', 'on disk', 'on the wire', 'layer'].map((text) => style.dim(text));
  const data = {
    output,
    sboms,
    digest: index.digest,
    images: images.map(({ architecture, manifest, layers }) => ({
      architecture: architecture.name,
      digest: manifest.digest,
      layers: layers.map(({ digest, diffId, sizeBytes, rawBytes }) => ({ digest, diffId, sizeBytes, rawBytes })),
    })),
  };
  const documents = sboms.map((path) => `${relative(ctx.cwd, path)}\n`).join('');
  const table = formatTable([head, ...rows], [1, 2]);
  return { data, text: `${style.bold(relative(ctx.cwd, output) || '.')}\n\n${table}\n${documents}` };
}

/** Only the reference with its digest is printed, as by apko: other programs take it from there. */
async function publish(call: Call): Promise<Outcome> {
  const { args, options } = call;
  checkFormat(options);
  const { apkoPublish } = await import('../../pipeline/apko/publish.ts');
  const published = await apkoPublish(limited(call), request(call), {
    tags: args.slice(1),
    local: options.local === true,
    imageRefs: options.imageRefs as string | undefined,
    plainHttp: options.plainHttp as string[],
  });
  return { data: { ...published }, text: `${published.reference}\n` };
}

async function lock(call: Call): Promise<Outcome> {
  const { apkoLock } = await import('../../pipeline/apko/lock.ts');
  const { formatApkoLock } = await import('../../pipeline/apko/lock-file.ts');
  const wanted = request(call);
  const value = await apkoLock(call.ctx, wanted);
  const name = (call.options.output as string | undefined) ?? `${wanted.file.replace(/\.[^./]*$/, '')}.lock.json`;
  const output = resolve(wanted.workdir, name);
  await call.ctx.fs.writeAtomic(output, formatApkoLock(value));
  const { packages } = value.contents;
  return { data: { output, packages }, text: `${name}: ${String(packages.length)} packages\n` };
}

async function showConfig(call: Call): Promise<Outcome> {
  const { apkoConfig } = await import('../../pipeline/apko/show-config.ts');
  const { config, yaml } = await apkoConfig(call.ctx, request(call));
  return { data: { config }, text: yaml };
}

async function showPackages(call: Call): Promise<Outcome> {
  const { apkoPackages, formatPackages } = await import('../../pipeline/apko/show-packages.ts');
  const shown = await apkoPackages(call.ctx, request(call));
  return { data: { architectures: shown }, text: formatPackages(shown, String(call.options.format)) };
}

async function rootfs(call: Call, format: 'tar' | 'cpio'): Promise<Outcome> {
  const { apkoRootfs } = await import('../../pipeline/apko/build-rootfs.ts');
  const { output, architecture, sizeBytes } = await apkoRootfs(
    limited(call),
    request(call),
    format,
    call.args[1] ?? '',
  );
  const text = `${relative(call.ctx.cwd, output)} for ${architecture}: ${formatBytes(sizeBytes)} bytes\n`;
  return { data: { output, architecture, sizeBytes }, text };
}
