import { gzipSync } from 'node:zlib';
import { writeTar, type TarWriteEntry } from '../../src/codec/tar/write-tar.ts';
import { collect } from './collect.ts';

/** Fields of a control file, in the order written. Package, Version and Architecture must be among them. */
export type ControlFields = Readonly<Record<string, string>>;

/** Content by path, without a leading slash; or any entries of a tar, for what a decent package does not hold. */
export type DebContent = Readonly<Record<string, string | Uint8Array>> | readonly TarWriteEntry[];

/** A Debian binary package, made in memory: control.tar.gz and data.tar. Files get mode 0644, or 0755 below a `bin`. */
export async function makeDeb(
  control: ControlFields,
  content: DebContent = {},
  scripts: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> {
  const controlText = formatControl(control);
  const controlTar = await makeTar({ control: controlText, ...scripts });
  return makeAr([
    ['debian-binary', Buffer.from('2.0\n')],
    ['control.tar.gz', gzipSync(controlTar)],
    ['data.tar', await makeTar(content)],
  ]);
}

export function formatControl(fields: ControlFields): string {
  return `${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')}\n`;
}

/** An ar archive as dpkg-deb writes it. */
export function makeAr(members: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const parts: Uint8Array[] = [Buffer.from('!<arch>\n')];
  for (const [name, body] of members) {
    const fields = [name.padEnd(16), '0'.padEnd(12), '0'.padEnd(6), '0'.padEnd(6), '100644'.padEnd(8)];
    parts.push(Buffer.from(`${fields.join('')}${String(body.length).padEnd(10)}\`\n`), body);
    if (body.length % 2 === 1) parts.push(Buffer.from('\n'));
  }
  return Buffer.concat(parts);
}

/** A tar with `./` before every path and with the folders that the paths need. */
export async function makeTar(content: DebContent): Promise<Uint8Array> {
  return await collect(writeTar(isEntries(content) ? content : [...entriesOf(content)]));
}

function isEntries(content: DebContent): content is readonly TarWriteEntry[] {
  return Array.isArray(content);
}

const common = { uid: 0, gid: 0, mtimeSeconds: 1_700_000_000 };

function* entriesOf(content: Readonly<Record<string, string | Uint8Array>>): Generator<TarWriteEntry> {
  const folders = new Set<string>();
  yield { type: 'directory', path: '.', mode: 0o755, ...common };
  for (const [path, value] of Object.entries(content)) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join('/');
      if (!folders.has(folder)) yield { type: 'directory', path: `./${folder}`, mode: 0o755, ...common };
      folders.add(folder);
    }
    const body = typeof value === 'string' ? Buffer.from(value) : value;
    const mode = parts.at(-2)?.endsWith('bin') === true ? 0o755 : 0o644;
    yield { type: 'file', path: `./${path}`, mode, ...common, sizeBytes: body.length, body };
  }
}
