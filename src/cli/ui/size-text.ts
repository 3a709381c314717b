import type { FileSize, OwnerSize, SizeReport } from '../../report/size-report.ts';
import type { Style } from '../command.ts';
import { formatBytes } from './bytes.ts';
import { printable } from './printable.ts';
import { formatTable } from './table.ts';

export type SizeView = 'package' | 'file' | 'origin';

/** Files below each owner in the view by package. */
const filesBelow = 3;

/** Sizes of one image as a tree or list, biggest first. */
export function sizeText(
  image: SizeReport & { readonly name: string; readonly platform: string | undefined },
  view: SizeView,
  top: number,
  style: Style,
): string {
  const { name, platform, layers, total } = image;
  const title = platform === undefined || platform === name ? name : `${name} for ${platform}`;
  const head = [
    style.bold(printable(title)),
    ...layers.map(({ name: layer, rawBytes, sizeBytes }) => {
      const sizes = [
        rawBytes === undefined ? [] : [`${formatBytes(rawBytes)} as tar`],
        sizeBytes === undefined ? [] : [`${formatBytes(sizeBytes)} compressed`],
      ].flat();
      return style.dim(`layer ${printable(layer.slice(0, 19))}: ${sizes.join(', ') || 'not packed'}`);
    }),
  ];
  if (total.wireBytes !== undefined)
    head.push(style.dim('compressed: own deflate size of each file, scaled so that the column adds up to the layer'));
  const rows = [
    ['on disk', 'compressed', view === 'file' ? 'file' : view].map((text) => style.dim(text)),
    ...rowsOf(image, view, top, style),
    [formatBytes(total.sizeBytes), wire(total.wireBytes), style.bold(`all ${String(total.files)} files`)],
  ];
  return `${head.join('\n')}\n\n${formatTable(rows, [0, 1])}\n`;
}

function rowsOf(image: SizeReport, view: SizeView, top: number, style: Style): string[][] {
  if (view === 'file') {
    const shown = image.files
      .slice(0, top)
      .map((file) => fileRow(file, `${path(file)}  ${style.dim(ownerName(file.owner))}`));
    return [...shown, ...more(image.files.slice(top), 'files', '', style)];
  }
  if (view === 'origin') return originRows(image, style);
  const shown = image.owners.slice(0, top).flatMap((owner) => {
    const files = image.files.filter((file) => isOf(file, owner));
    const below = files.slice(0, filesBelow).map((file) => fileRow(file, `  ${style.dim(path(file))}`));
    return [ownerRow(owner), ...below, ...more(files.slice(filesBelow), 'files', '  ', style)];
  });
  return [...shown, ...more(image.owners.slice(top), 'packages and others', '', style)];
}

const kinds: Readonly<Record<OwnerSize['kind'], string>> = {
  package: 'packages',
  dependency: 'dependencies of the application',
  app: 'application',
  overlay: 'files: of kilopy.yaml',
  image: 'layers of the image',
  pass: 'kilopy’s own steps',
  hidden: 'hidden by later layers',
};

/** Kinds of origin, and below each what came from it. */
function originRows({ owners }: SizeReport, style: Style): string[][] {
  const totals = Object.entries(kinds).flatMap(([kind, title]) => {
    const members = owners.filter((owner) => owner.kind === kind);
    return members.length === 0 ? [] : [{ title, members, ...sums(members) }];
  });
  return totals
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
    .flatMap(({ title, members, sizeBytes, wireBytes }) => [
      [formatBytes(sizeBytes), wire(wireBytes), title],
      ...(members.length === 1 && members[0]?.kind !== 'package' ? [] : members).map((owner) => {
        const [disk = '', packed = '', name = ''] = ownerRow(owner);
        return [disk, packed, `  ${style.dim(name)}`];
      }),
    ]);
}

function sums(rows: readonly Pick<OwnerSize, 'sizeBytes' | 'wireBytes'>[]): Pick<OwnerSize, 'sizeBytes' | 'wireBytes'> {
  const known = rows.flatMap(({ wireBytes }) => wireBytes ?? []);
  return {
    sizeBytes: rows.reduce((sum, row) => sum + row.sizeBytes, 0),
    wireBytes: known.length === 0 ? undefined : known.reduce((a, b) => a + b, 0),
  };
}

function more(
  rest: readonly Pick<OwnerSize, 'sizeBytes' | 'wireBytes'>[],
  what: string,
  indent: string,
  style: Style,
): string[][] {
  if (rest.length === 0) return [];
  const { sizeBytes, wireBytes } = sums(rest);
  return [[formatBytes(sizeBytes), wire(wireBytes), `${indent}${style.dim(`${String(rest.length)} more ${what}`)}`]];
}

function isOf({ owner }: FileSize, { kind, name }: OwnerSize): boolean {
  return owner.kind === kind && owner.name === name;
}

function ownerRow(owner: OwnerSize): string[] {
  return [formatBytes(owner.sizeBytes), wire(owner.wireBytes), ownerName(owner)];
}

function ownerName({ name, version }: Pick<OwnerSize, 'name' | 'version'>): string {
  return printable(version === undefined ? name : `${name} ${version}`);
}

function fileRow(file: FileSize, name: string): string[] {
  return [formatBytes(file.sizeBytes), wire(file.wireBytes), name];
}

function path(file: FileSize): string {
  return `/${printable(file.path)}`;
}

function wire(bytes: number | undefined): string {
  return bytes === undefined ? '-' : formatBytes(bytes);
}
