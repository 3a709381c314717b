import { relative } from 'node:path';
import type { ArtifactRecord, BuildResult } from '../../pipeline/build-request.ts';
import { addBuildOptions, buildRequest, joinLists } from '../build-options.ts';
import type { Call, CommandModule, Outcome } from '../command.ts';
import { outputFormats } from '../../spec/outputs.ts';
import { formatBytes, formatSize } from '../ui/bytes.ts';
import { formatTable } from '../ui/table.ts';

export const buildCommand: CommandModule = {
  configure(command) {
    addBuildOptions(command)
      .option('--output <list>', `${Object.keys(outputFormats).join(', ')}, firmware (default: oci)`, joinLists)
      .option('--budget <list>', 'largest sizes, such as oci=2.2M,tar.gz=2M; more ends with status 3')
      .option('--out-dir <folder>', 'where the outputs go', 'dist')
      .option('--compress <level>', 'default, or max: smaller and slower', 'default')
      .option(
        '--device <name>',
        'a device of `kilopy devices`: its processor is the target, and what is built has to fit it',
      )
      .option('--machine <name>', 'a machine that boots, for --output firmware; kilopy machines lists them')
      .option('--kernel <name>', 'of firmware: debian, the kernel that Debian has compiled; without it one of ours')
      .option('--form <list>', 'of firmware: initramfs, disk, single (default: initramfs)')
      .option('--disk-size <size>', 'of firmware: disk.img, as 64M; the partition for data has what is more')
      .option('--dry-run', 'only list what would be downloaded');
  },
  async run(call): Promise<Outcome> {
    const request = buildRequest(call);
    if (call.options.output === 'firmware' || call.options.machine !== undefined) {
      const { buildFirmwareCommand } = await import('../build-firmware.ts');
      return await buildFirmwareCommand(call);
    }
    if (call.options.dryRun === true) {
      const { planDownloads } = await import('../../pipeline/plan-downloads.ts');
      const plan = await planDownloads(call.ctx, request);
      return { data: { ...plan }, text: downloadsText(plan.downloads) };
    }
    const { build } = await import('../../pipeline/build.ts');
    const result = await build(call.ctx, request);
    return { data: { ...result }, text: buildText(result, call) };
  },
};

function downloadsText(
  downloads: readonly {
    readonly label: string;
    readonly url: string;
    readonly sizeBytes: number;
    readonly stored: boolean;
  }[],
): string {
  const missing = downloads.filter((file) => !file.stored);
  if (missing.length === 0) return 'Nothing would be downloaded: everything is in the store.\n';
  const total = missing.reduce((sum, file) => sum + file.sizeBytes, 0);
  const rows = missing.map((file) => [formatBytes(file.sizeBytes), file.label, file.url]);
  return `${formatTable([...rows, [formatBytes(total), `${String(missing.length)} files`, '']], [0])}\n`;
}

/** What was made, how big it is, what is big in it, and what to do next. */
export function buildText(result: BuildResult, { ctx, style }: Pick<Call, 'ctx' | 'style'>): string {
  const show = (path: string): string => relative(ctx.cwd, path) || '.';
  const head = result.upToDate ? `${style.bold(result.name)} is up to date` : style.bold(result.name);
  const rows = result.artifacts.map((artifact) => [
    show(artifact.path),
    formatBytes(artifact.rawBytes),
    isCompressed(artifact) ? formatBytes(wireBytes(artifact)) : '-',
  ]);
  const lines = [
    `${head} for ${result.targets.join(', ')} on ${result.base}`,
    '',
    formatTable([['output', 'on disk', 'on the wire'].map((text) => style.dim(text)), ...rows], [1, 2]),
  ];
  if (result.biggest.length > 0) {
    const [first] = result.targets;
    const list = result.biggest.slice(0, 3).map(({ origin, sizeBytes }) => `${origin} ${formatSize(sizeBytes)}`);
    lines.push('', `biggest${result.targets.length > 1 ? ` on ${first ?? ''}` : ''}: ${list.join(', ')}`);
  }
  const [target] = result.targets;
  const dropped = target === undefined ? undefined : result.dropped[target];
  if (dropped !== undefined && dropped.files > 0) {
    lines.push(
      `left out: ${String(dropped.files)} files that the app does not reach, ${formatSize(dropped.sizeBytes)} (slim: none keeps them)`,
    );
  }
  const archive = result.artifacts.find((artifact) => artifact.format === 'oci');
  if (archive !== undefined) lines.push('', `docker load -i ${quote(show(archive.path))}`);
  return `${lines.join('\n')}\n`;
}

function isCompressed(artifact: ArtifactRecord): boolean {
  return artifact.layers.length > 0 || artifact.sizeBytes < artifact.rawBytes;
}

/** What a registry would send: layers, configurations and manifests; an archive's own padding is not sent. */
function wireBytes(artifact: ArtifactRecord): number {
  return artifact.wireBytes ?? artifact.sizeBytes;
}

function quote(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
