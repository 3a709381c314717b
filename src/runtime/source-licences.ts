import { readTarStream } from '../codec/tar/read-tar-stream.ts';
import type { Context } from '../io/context.ts';
import { decompress } from '../store/decompress.ts';
import type { Store } from '../store/store.ts';
import type { DebianSource } from './debian-source.ts';

const rule = '-'.repeat(78);

/** What Debian says of the licences of source packages (`debian/copyright`), one after the other under their names. */
export async function sourceLicences(
  ctx: Context,
  store: Store,
  sources: readonly DebianSource[],
): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const { name, version, files } of sources) {
    // Somebody's own tarball has none.
    const archive = files.find((file) => file.name.endsWith('.debian.tar.xz'));
    if (archive === undefined) continue;
    const bytes = await store.read(archive.blob);
    const chunks = decompress(ctx, 'xz', once(bytes), ctx.limits.indexBytes);
    for await (const { header, body } of readTarStream(chunks)) {
      if (header.path !== 'debian/copyright') continue;
      const parts: Uint8Array[] = [];
      for await (const part of body) parts.push(part);
      const text = Buffer.concat(parts).toString();
      texts.push(underRule(`${name} ${version}`, text));
    }
  }
  return texts;
}

/** A text under its title. */
export function underRule(title: string, text: string): string {
  return `${rule}\n${title}\n${rule}\n\n${text.trimEnd()}\n`;
}

// oxlint-disable-next-line require-await -- a stream of one piece
async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
