import type { DiffResult, ImagePairDiff } from '../../pipeline/diff-images.ts';
import type { PathChange } from '../../report/image-diff.ts';
import type { Style } from '../command.ts';
import { formatBytes } from './bytes.ts';
import { printable } from './printable.ts';
import { formatTable } from './table.ts';

/** `+` added, `-` removed, `~` changed, with both values of what changed. */
export function diffText({ same, images }: DiffResult, style: Style): string {
  if (same) return 'The two are the same: paths, types, modes, owners, contents, links and extended attributes.\n';
  const several = images.length > 1;
  return images.map((pair) => pairText(pair, several, style)).join('\n');
}

function pairText({ name, changes, packages, config }: ImagePairDiff, named: boolean, style: Style): string {
  const lines = named ? [style.bold(printable(name))] : [];
  if (changes.length === 0 && config.length === 0) lines.push('the same');
  for (const change of changes) lines.push(changeLine(change, style));
  for (const { what, before, after } of config) lines.push(`~ ${what}: ${printable(before)} -> ${printable(after)}`);
  if (packages.length > 0) {
    const rows = packages.map(({ name: own, before, after, paths, deltaBytes }) => [
      delta(deltaBytes),
      printable(own),
      before === after ? printable(after ?? '') : `${printable(before ?? 'absent')} -> ${printable(after ?? 'absent')}`,
      style.dim(`${String(paths)} paths`),
    ]);
    lines.push('', formatTable([['bytes', 'package', 'version'].map((text) => style.dim(text)), ...rows], [0]));
  }
  const count = (kind: PathChange['kind']): string => String(changes.filter((one) => one.kind === kind).length);
  const total = changes.reduce((sum, one) => sum + one.deltaBytes, 0);
  const sums = `${count('added')} added, ${count('removed')} removed, ${count('changed')} changed, ${delta(total)} bytes`;
  return `${lines.join('\n')}\n\n${sums}\n`;
}

function changeLine({ kind, path, details, deltaBytes }: PathChange, style: Style): string {
  const name = `/${printable(path)}`;
  if (kind === 'added') return `${style.green('+')} ${name}  ${style.dim(delta(deltaBytes))}`;
  if (kind === 'removed') return `${style.red('-')} ${name}  ${style.dim(delta(deltaBytes))}`;
  const parts = details.map(({ what, before, after }) => `${what} ${printable(before)} -> ${printable(after)}`);
  return `${style.yellow('~')} ${name}  ${style.dim(parts.join('; '))}`;
}

function delta(bytes: number): string {
  return bytes < 0 ? `-${formatBytes(-bytes)}` : `+${formatBytes(bytes)}`;
}
