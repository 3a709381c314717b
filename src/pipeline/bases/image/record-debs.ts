import { createHash } from 'node:crypto';
import { comparePaths, encodePath } from '../../../codec/path-text.ts';
import { parentsOf } from '../../../tree/paths.ts';
import type { Node } from '../../../tree/node.ts';
import type { FetchedPackage } from '../base-feed.ts';
import { databaseFolder, databaseText, filesOf, type DatabaseFile, type Recording } from './database-files.ts';

const home = 'var/lib/dpkg';

/**
 * dpkg's database with further packages (dpkg(1), "Files"; deb-control(5)): paragraphs in `status` and files in `info/`, or, as
 * distroless images have it, a file for each package in `status.d/`.
 */
export async function dpkgRecords(recording: Recording): Promise<readonly DatabaseFile[]> {
  if (recording.packages.length === 0) return [];
  const status = await databaseText(recording, `${home}/status`);
  if (status !== undefined) return await intoStatus(recording, status);
  const folder = databaseFolder(recording.tree, `${home}/status.d`);
  if (folder === undefined) return [];
  const files: DatabaseFile[] = [];
  for (const pkg of recording.packages) {
    const { name } = pkg.locked;
    const text = paragraph(pkg.payload.control, undefined);
    files.push({ path: `${folder}/${name}`, mode: 0o644, bytes: Buffer.from(text) });
    files.push({ path: `${folder}/${name}.md5sums`, mode: 0o644, bytes: await md5sums(recording, name) });
  }
  return files;
}

async function intoStatus(
  recording: Recording,
  status: { readonly path: string; readonly text: string },
): Promise<readonly DatabaseFile[]> {
  const { tree, packages } = recording;
  const info = databaseFolder(tree, `${home}/info`);
  const files: DatabaseFile[] = [];
  const paragraphs: string[] = [];
  for (const { locked, payload } of packages) {
    paragraphs.push(paragraph(payload.control, await conffileLines(recording, payload.conffiles)));
    if (info === undefined) continue;
    // One package may be there for several architectures, and then its files in info/ say which.
    const isSame = payload.control.get('multi-arch') === 'same';
    const stem = `${info}/${locked.name}${isSame ? `:${locked.architecture}` : ''}`;
    files.push({ path: `${stem}.list`, mode: 0o644, bytes: fileList(filesOf(tree, locked.name)) });
    files.push({ path: `${stem}.md5sums`, mode: 0o644, bytes: await md5sums(recording, locked.name) });
    for (const [script, text] of payload.scripts) {
      const mode = /^(?:pre|post)(?:inst|rm)$|^config$/u.test(script) ? 0o755 : 0o644;
      files.push({ path: `${stem}.${script}`, mode, bytes: Buffer.from(text) });
    }
    const conffiles = payload.conffiles.map((path) => `/${path}\n`).join('');
    if (conffiles !== '') files.push({ path: `${stem}.conffiles`, mode: 0o644, bytes: Buffer.from(conffiles) });
  }
  const text = `${status.text.trimEnd()}\n\n${paragraphs.join('\n')}\n`;
  return [{ path: status.path, mode: 0o644, bytes: encodePath(text) }, ...files];
}

/** With a status line behind the name for `status`; files of `status.d` have none. */
function paragraph(control: FetchedPackage['payload']['control'], status: readonly string[] | undefined): string {
  const lines = [...control].flatMap(([name, value]) => {
    const line = `${title(name)}: ${value.replaceAll('\n', '\n ')}`;
    return name === 'package' && status !== undefined ? [line, 'Status: install ok installed'] : [line];
  });
  return [...lines, ...(status ?? []), ''].join('\n');
}

/** `installed-size` is `Installed-Size`. */
function title(name: string): string {
  return name.replaceAll(/(?:^|-)[a-z]/gu, (letter) => letter.toUpperCase());
}

async function conffileLines({ tree, store }: Recording, conffiles: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const path of conffiles) {
    const node = tree.get(path);
    if (node?.type === 'file') lines.push(` /${path} ${await md5(store, node)}`);
  }
  return lines.length === 0 ? [] : ['Conffiles:', ...lines];
}

/** dpkg lists the folders above its files, too, and the root as `/.`. */
function fileList(nodes: readonly Node[]): Uint8Array {
  const paths = new Set(nodes.flatMap(({ path }) => [...parentsOf(path), path]));
  paths.delete('');
  const sorted = [...paths].toSorted(comparePaths).map((path) => `/${path}\n`);
  return encodePath(['/.\n', ...sorted].join(''));
}

async function md5sums({ tree, store }: Recording, name: string): Promise<Uint8Array> {
  const lines: string[] = [];
  for (const node of filesOf(tree, name)) {
    if (node.type === 'file') lines.push(`${await md5(store, node)}  ${node.path}\n`);
  }
  return encodePath(lines.toSorted((a, b) => comparePaths(a.slice(34), b.slice(34))).join(''));
}

async function md5(store: Recording['store'], node: Extract<Node, { type: 'file' }>): Promise<string> {
  const hash = createHash('md5');
  for await (const piece of store.open(node.content)) hash.update(piece);
  return hash.digest('hex');
}
