import { createHash } from 'node:crypto';
import { encodeGzip } from '../../codec/gzip/encode-gzip.ts';
import { writeTar, type TarWriteEntry } from '../../codec/tar/write-tar.ts';
import type { RecipeNode } from '../apk/apk-recipe.ts';

/** Everything that goes into an .ipk. Two equal recipes make equal packages. */
export interface IpkRecipe {
  /** Fields of the control file in OpenWrt's order, without Installed-Size and Description, which are added. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly description: string;
  /** Absolute paths of configuration. */
  readonly conffiles: readonly string[];
  /** By name: `postinst`, `prerm` and the like. */
  readonly scripts: ReadonlyMap<string, string>;
  /** Sorted by path, every parent present and before what is in it; the root is not listed. */
  readonly nodes: readonly RecipeNode[];
  readonly mtimeSeconds: number;
}

/** A package that was made, as an index describes it. */
export interface WrittenIpk {
  readonly recipe: IpkRecipe;
  /** Package_Version_Architecture.ipk. */
  readonly fileName: string;
  /** The control file as it is in the package. */
  readonly control: string;
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** A package as OpenWrt's ipkg-build makes it: three members in a tar, all of them compressed with gzip. */
export async function writeIpk(recipe: IpkRecipe): Promise<WrittenIpk> {
  const { mtimeSeconds } = recipe;
  const dataTar = await tarOf([rootEntry(mtimeSeconds), ...recipe.nodes.map((node) => dataEntry(node, mtimeSeconds))]);
  const data = await encodeGzip(dataTar);
  const control = formatControl(recipe, dataTar.length);
  const files = [
    file('./control', control, 0o644, mtimeSeconds),
    ...(recipe.conffiles.length > 0
      ? [file('./conffiles', `${recipe.conffiles.join('\n')}\n`, 0o644, mtimeSeconds)]
      : []),
    ...[...recipe.scripts].map(([name, text]) => file(`./${name}`, text, 0o755, mtimeSeconds)),
  ].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const outer = await tarOf([
    file('./debian-binary', '2.0\n', 0o644, mtimeSeconds),
    file('./data.tar.gz', data, 0o644, mtimeSeconds),
    file('./control.tar.gz', await encodeGzip(await tarOf([rootEntry(mtimeSeconds), ...files])), 0o644, mtimeSeconds),
  ]);
  const bytes = await encodeGzip(outer);
  const value = (name: string): string => recipe.fields.find(([field]) => field === name)?.[1] ?? '';
  return {
    recipe,
    fileName: `${value('Package')}_${value('Version')}_${value('Architecture')}.ipk`,
    control,
    bytes,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

function formatControl({ fields, description }: IpkRecipe, installedBytes: number): string {
  const lines = [...fields.filter(([, value]) => value !== ''), ['Installed-Size', String(installedBytes)] as const];
  const [first = '', ...more] = description.split('\n');
  // An empty line would end the paragraph.
  const text = [first, ...more.map((line) => (line === '' ? ' .' : ` ${line}`))].join('\n');
  return `${lines.map(([name, value]) => `${name}: ${value}\n`).join('')}Description:  ${text}\n`;
}

async function tarOf(entries: readonly TarWriteEntry[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of writeTar(entries)) parts.push(part);
  return Buffer.concat(parts);
}

function rootEntry(mtimeSeconds: number): TarWriteEntry {
  return { type: 'directory', path: '', mode: 0o755, uid: 0, gid: 0, mtimeSeconds };
}

function file(path: string, content: string | Uint8Array, mode: number, mtimeSeconds: number): TarWriteEntry {
  const body = typeof content === 'string' ? Buffer.from(content) : content;
  return { type: 'file', path, mode, uid: 0, gid: 0, mtimeSeconds, sizeBytes: body.length, body };
}

function dataEntry(node: RecipeNode, mtimeSeconds: number): TarWriteEntry {
  const common = { path: `./${node.path}`, mode: node.mode, uid: 0, gid: 0, mtimeSeconds };
  if (node.type === 'directory') return { ...common, type: 'directory' };
  if (node.type === 'symlink') return { ...common, type: 'symlink', linkTarget: node.target };
  if (node.hardLinkOf !== undefined) return { ...common, type: 'hardlink', linkTarget: `./${node.hardLinkOf}` };
  return { ...common, type: 'file', sizeBytes: node.content.length, body: node.content };
}
