import type { InspectedImage, InspectResult } from '../../pipeline/inspect.ts';
import type { Style } from '../command.ts';
import { formatBytes } from './bytes.ts';
import { printable } from './printable.ts';
import { formatTable } from './table.ts';

const kinds: Readonly<Record<InspectResult['kind'], string>> = {
  'oci-archive': 'OCI archive',
  'oci-layout': 'OCI layout',
  'docker-archive': 'docker archive',
  'rootfs-tar': 'root file system archive',
  cpio: 'root file system, cpio archive',
  ext4: 'root file system, ext4 image',
  squashfs: 'root file system, squashfs image',
  folder: 'root file system in a folder',
  deb: 'Debian package',
};

/** Configuration, layers, packages, biggest files, and what kilopy would drop; one image after the other. */
export function inspectText({ kind, images }: InspectResult, path: string, top: number, style: Style): string {
  const count = images.length === 1 ? '' : `, ${String(images.length)} images`;
  const blocks = images.map((image) => imageText(image, top, style));
  return `${style.bold(printable(path))}: ${kinds[kind]}${count}\n${blocks.join('')}`;
}

function imageText(image: InspectedImage, top: number, style: Style): string {
  const { name, platform, system, files, sizeBytes } = image;
  const facts = [
    ['image', platform === undefined || platform === name ? printable(name) : `${printable(name)} for ${platform}`],
    ...(system === undefined ? [] : [['system', printable(system)]]),
    ...startRows(image),
    ...controlRows(image),
    ['on disk', `${formatBytes(sizeBytes)} in ${String(files)} files`],
  ];
  const sections = [
    formatTable(facts.map(([key = '', value = '']) => [style.dim(key), value])),
    layersText(image, style),
    packagesText(image, top, style),
    biggestText(image, top, style),
    explainedText(image, style),
    droppableText(image, style),
  ];
  return `\n${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

function startRows({ start }: InspectedImage): string[][] {
  if (start === undefined) return [];
  const rows: [string, string][] = [
    ['entrypoint', list(start.entrypoint)],
    ['cmd', list(start.cmd)],
    ['env', list(start.env)],
    ['user', printable(start.user ?? 'root')],
    ['workdir', printable(start.workdir ?? '')],
    ['ports', list(start.ports)],
    ['volumes', list(start.volumes)],
    ['stop signal', printable(start.stopSignal ?? '')],
  ];
  return rows.filter(([, value]) => value !== '');
}

function controlRows({ control }: InspectedImage): string[][] {
  if (control === undefined) return [];
  const wanted = ['package', 'version', 'architecture', 'depends', 'pre-depends', 'recommends', 'installed-size'];
  return wanted.flatMap((name) => (control[name] === undefined ? [] : [[name, printable(control[name])]]));
}

function list(values: readonly string[]): string {
  return printable(values.map(quoted).join(' '));
}

function quoted(word: string): string {
  return /^[\w./@%+=:,-]+$/u.test(word) ? word : `'${word}'`;
}

function layersText({ layers }: InspectedImage, style: Style): string {
  const rows = layers.map(({ digest, rawBytes, sizeBytes }) => [
    rawBytes === undefined ? '-' : formatBytes(rawBytes),
    sizeBytes === undefined ? '-' : formatBytes(sizeBytes),
    digest === undefined ? '-' : digest.slice(0, 19),
  ]);
  if (layers.every(({ rawBytes, sizeBytes }) => rawBytes === undefined && sizeBytes === undefined)) return '';
  return formatTable([['as tar', 'compressed', 'layer'].map((text) => style.dim(text)), ...rows], [0, 1]);
}

function packagesText({ packages }: InspectedImage, top: number, style: Style): string {
  if (packages.length === 0) return '';
  const managers = [...new Set(packages.map(({ manager }) => manager))].join(', ');
  const biggest = packages.toSorted((a, b) => (b.sizeBytes ?? 0) - (a.sizeBytes ?? 0));
  const rows = biggest
    .slice(0, top)
    .map(({ name, version, sizeBytes }) => [
      sizeBytes === undefined ? '-' : formatBytes(sizeBytes),
      printable(`${name} ${version}`),
    ]);
  const title = [style.dim('on disk'), style.dim(`package (${String(packages.length)}, ${managers})`)];
  return formatTable([title, ...rows, ...more(packages.length - rows.length, style)], [0]);
}

function biggestText({ biggest, files }: InspectedImage, top: number, style: Style): string {
  if (biggest.length === 0) return '';
  const rows = biggest
    .slice(0, top)
    .map(({ path, sizeBytes, package: owner }) => [
      formatBytes(sizeBytes),
      `/${printable(path)}${owner === undefined ? '' : `  ${style.dim(printable(owner))}`}`,
    ]);
  const title = ['on disk', 'file'].map((text) => style.dim(text));
  return formatTable([title, ...rows, ...more(files - rows.length, style)], [0]);
}

/** Paths by what explains them. */
function explainedText({ explained }: InspectedImage, style: Style): string {
  if (explained === undefined) return '';
  const { paths, byPackage, byPass, unexplained } = explained;
  const share = paths === 0 ? 0 : (unexplained.length / paths) * 100;
  const rows = [
    [String(byPackage), 'package'],
    ...Object.entries(byPass).map(([name, count]) => [String(count), `step ${name}`]),
    [
      String(unexplained.length),
      `unexplained (${share.toFixed(1)} %)  ${style.dim(unexplained.slice(0, 10).map(printable).join(' '))}`,
    ],
  ];
  return formatTable([['paths', 'explained by'].map((text) => style.dim(text)), ...rows], [0]);
}

function droppableText({ droppable, sizeBytes }: InspectedImage, style: Style): string {
  if (droppable.length === 0) return 'kilopy would drop nothing that its rules know.';
  const total = droppable.reduce((sum, one) => sum + one.sizeBytes, 0);
  const rows = droppable.map((one) => [
    formatBytes(one.sizeBytes),
    one.name,
    style.dim(`${String(one.files)} files: ${one.why}`),
  ]);
  const share = sizeBytes === 0 ? 0 : Math.round((total / sizeBytes) * 100);
  const end = [formatBytes(total), style.bold('together'), `${String(share)} % of the image`];
  return formatTable([['on disk', 'what kilopy would drop'].map((text) => style.dim(text)), ...rows, end], [0]);
}

function more(count: number, style: Style): string[][] {
  return count > 0 ? [['', style.dim(`${String(count)} more`)]] : [];
}
