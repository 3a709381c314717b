import { posix } from 'node:path';
import { writeRomfs, type RomfsFile } from '../codec/romfs.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { FileNode, Tree } from '../tree/node.ts';
import { sortedNodes } from '../tree/sort.ts';
import type { BlobSource } from '../values/blob.ts';
import type { Artifact } from './artifact.ts';
import { binArguments, binEnvironment } from './bin-start.ts';
import type { EmitTarget, ImageSettings } from './emit-input.ts';
import { digestOf } from './measure.ts';
import { outputFileName } from './oci-names.ts';
import type { Output } from './output.ts';

const extension = 'bin';
const mediaType = 'application/x-executable';

/** Ends the archive; a runtime that looks for one has these bytes among its constants (device/micropython/archive.c). */
const magic = Buffer.from('kilopy\u0001\n');

/** Where the application is in the image, and where the runtime mounts the archive. */
const root = 'app/';

/** Runtime and application in one static ELF file per target. */
export const bin: Output = {
  extension,
  mediaType,
  perTarget: true,
  async emit(_ctx, { settings, targets, blobs }) {
    const artifacts: Artifact[] = [];
    for (const target of targets) {
      const bytes = await program(target, settings, blobs);
      artifacts.push({
        format: 'bin',
        fileName: outputFileName(settings.name, target.target.fileLabel, extension),
        targets: [target.target.name],
        mediaType,
        digest: digestOf(bytes),
        sizeBytes: bytes.length,
        rawBytes: bytes.length,
        layers: [],
        write: (ctx, path) => ctx.fs.writeAtomic(path, bytes, 0o755),
      });
    }
    return artifacts;
  },
};

/**
 * The runtime, the application as ROMFS, the text (environment variables, an empty one, arguments, each with a NUL), and
 * the trailer: sizes of ROMFS and text, 32 bits each, and the magic.
 */
async function program({ target, tree }: EmitTarget, settings: ImageSettings, blobs: BlobSource): Promise<Uint8Array> {
  const runtime = await readRuntime(tree, settings, blobs, target.name);
  const rom = writeRomfs(await applicationFiles(tree, blobs));
  const words = [...binEnvironment(settings), '', ...binArguments(settings)];
  const text = Buffer.from(words.map((word) => `${word}\0`).join(''));
  const sizes = Buffer.alloc(8);
  sizes.writeUInt32LE(rom.length, 0);
  sizes.writeUInt32LE(text.length, 4);
  return Buffer.concat([runtime, rom, text, sizes, magic]);
}

async function readRuntime(
  tree: Tree,
  { entrypoint }: ImageSettings,
  blobs: BlobSource,
  target: string,
): Promise<Uint8Array> {
  const node = tree.get((entrypoint.find((word) => word.endsWith('/micropython')) ?? '').slice(1));
  const bytes = node?.type === 'file' ? Buffer.from(await blobs.read(node.content)) : Buffer.alloc(0);
  if (bytes.includes(magic)) return bytes;
  throw new KilopyError('KP3101', `the MicroPython of this base cannot carry an application (${target})`, {
    why: 'it is linked to libraries of its distribution, and does not look for an application in its own file',
    fix: 'use base: static, whose runtimes are made for it',
  });
}

/** Everything below /app. What lies elsewhere cannot come along: there is no root file system. */
async function applicationFiles(tree: Tree, blobs: BlobSource): Promise<RomfsFile[]> {
  const files: RomfsFile[] = [];
  for (const node of sortedNodes(tree)) {
    if (!node.path.startsWith(root)) {
      if (node.origin.kind === 'overlay' && node.type !== 'directory') throw outside(node.path, node.origin.where);
      continue;
    }
    const file = node.type === 'symlink' ? followed(tree, node.path) : node;
    if (file?.type === 'file')
      files.push({ path: node.path.slice(root.length), content: await blobs.read(file.content) });
  }
  return files;
}

function outside(path: string, where: KilopyError['where']): KilopyError {
  return new KilopyError('KP3102', `/${path} cannot be in a single file`, {
    where,
    why: 'the output bin has the application and nothing else: there is no root file system around it',
    fix: `put it below /app, such as /app/${path.slice(path.lastIndexOf('/') + 1)}, or build an image`,
  });
}

/** ROMFS has no links: the content stands in for one. A link out of the application leads to nothing there. */
function followed(tree: Tree, path: string): FileNode | undefined {
  let at = path;
  for (let steps = 0; steps < 40; steps++) {
    const node = tree.get(at);
    if (node?.type === 'file') return node.path.startsWith(root) ? node : undefined;
    if (node?.type !== 'symlink') return undefined;
    at = posix.resolve('/', posix.dirname(at), node.target).slice(1);
  }
  return undefined;
}
