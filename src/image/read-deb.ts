import { readAr } from '../codec/ar.ts';
import { parseDeb822, type Paragraph } from '../codec/deb822.ts';
import { readTarStream } from '../codec/tar/read-tar-stream.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import type { Tree } from '../tree/node.ts';
import { plainChunks } from './plain-chunks.ts';
import { readRootfsTar } from './read-rootfs-tar.ts';
import type { ContentSink } from './content-sink.ts';

export interface ReadDeb {
  readonly control: Paragraph;
  readonly tree: Tree;
  /** Of data.tar as it lies in the package. */
  readonly dataBytes: number;
}

/**
 * A Debian binary package (deb(5)) as a tree, to look at: nothing of it is verified, so nothing of it may be built from.
 * Throws KP5060 for what is no such package, and as `applyLayer` does.
 */
export async function readDeb(ctx: Context, bytes: Uint8Array, blobs: ContentSink, source: string): Promise<ReadDeb> {
  const members = [...readAr(bytes)];
  const [controlTar, dataTar] = ['control.tar', 'data.tar'].map((stem) =>
    members.find(({ name }) => name === stem || name.startsWith(`${stem}.`)),
  );
  if (members[0]?.name !== 'debian-binary' || controlTar === undefined || dataTar === undefined)
    throw unreadable(source, `its members are ${members.map(({ name }) => name).join(', ') || 'none'}`);
  const control = await readControl(ctx, controlTar.body, source);
  const tree = await readRootfsTar(ctx, once(dataTar.body), blobs, source);
  return { control, tree, dataBytes: dataTar.body.length };
}

async function readControl(ctx: Context, body: Uint8Array, source: string): Promise<Paragraph> {
  const entries = readTarStream(plainChunks(ctx, once(body)), { source, limits: ctx.limits });
  for await (const { header, body: content } of entries) {
    if (header.path !== './control' && header.path !== 'control') continue;
    const parts: Uint8Array[] = [];
    for await (const part of content) parts.push(part.slice());
    const [paragraph] = parseDeb822(Buffer.concat(parts).toString('utf8'), `${source}: control`);
    if (paragraph !== undefined) return paragraph;
  }
  throw unreadable(source, 'it has no control file');
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function unreadable(source: string, why: string): KilopyError {
  return new KilopyError('KP5060', `${source} is not a Debian package that can be read`, { where: source, why });
}
