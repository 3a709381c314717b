import { parseDeb822 } from '../codec/deb822.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import { httpArchive } from '../feed/deb/archive-access.ts';
import { fetchRelease, suiteFolder } from '../feed/deb/fetch-release.ts';
import { debIndexSources } from '../feed/deb/sources.ts';
import { debVersionRules } from '../feed/deb/version.ts';
import type { Context } from '../io/context.ts';
import { decompress } from '../store/decompress.ts';
import { downloadAll } from '../store/download.ts';
import type { Store } from '../store/store.ts';
import type { BlobRef } from '../values/blob.ts';
import type { DebianState } from './debian-root.ts';

/** A source package of Debian, all its files verified and in the store. */
export interface DebianSource {
  readonly name: string;
  readonly version: string;
  readonly files: readonly { readonly name: string; readonly blob: BlobRef }[];
}

/** Where a source package is. */
interface SourceEntry {
  readonly archive: string;
  readonly folder: string;
  readonly version: string;
  readonly files: readonly { readonly name: string; readonly ref: BlobRef }[];
}

const list = 'main/source/Sources.xz';
const kind = 'deb-source-1';
const lastKind = 'deb-source-last-1';

/**
 * The newest version of a source package in a suite with its updates and security fixes.
 *
 * @throws KilopyError KP5053 when no archive of the suite has it, and those of trust and network
 */
export async function fetchDebianSource(
  ctx: Context,
  store: Store,
  name: string,
  suite: string,
  { snapshot, update = false }: DebianState = {},
): Promise<DebianSource> {
  let best: SourceEntry | undefined;
  for (const source of await debIndexSources(ctx, { suite, snapshot })) {
    const archive = httpArchive(ctx, store, source.archive, { offline: store.offline, locked: !update });
    const { release } = await fetchRelease(ctx, archive, source);
    const ref = release.files.get(list);
    if (ref === undefined) continue;
    const key = `${ref.digest} ${name}`;
    let text = await store.recall(kind, key);
    if (text === undefined) {
      const content = await archive.content(`${suiteFolder(source.suite)}${list}`, ref, `sources of ${source.suite}`);
      text = Buffer.from(
        content === undefined ? '' : await findParagraph(decompress(ctx, 'xz', content, ctx.limits.indexBytes), name),
      );
      await store.remember(kind, key, text);
    }
    const entry = readEntry(Buffer.from(text).toString(), source.archive);
    if (entry !== undefined && (best === undefined || debVersionRules.compare(entry.version, best.version) > 0))
      best = entry;
  }
  if (best === undefined)
    throw new KilopyError('KP5053', `${suite} has no source package ${name}`, { data: { name, suite } });
  const { archive, folder, version, files } = best;
  const blobs = await downloadAll(
    ctx,
    store,
    files.map((file) => ({ url: `${archive}/${folder}/${file.name}`, label: file.name, ...file.ref })),
  );
  const source: DebianSource = {
    name,
    version,
    files: files.flatMap((file, i) => (blobs[i] === undefined ? [] : [{ name: file.name, blob: blobs[i] }])),
  };
  if (snapshot === undefined) await rememberLast(store, suite, source);
  return source;
}

/**
 * Which version of a source package `fetchDebianSource` found last, as `sourceIdentity` writes it; costs no network. Undefined when none was asked
 * for, or only as of a day.
 */
export async function lastDebianSource(store: Store, name: string, suite: string): Promise<string | undefined> {
  const bytes = await store.recall(lastKind, `${suite} ${name}`);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}

async function rememberLast(store: Store, suite: string, source: DebianSource): Promise<void> {
  const text = sourceIdentity(source);
  if ((await lastDebianSource(store, source.name, suite)) === text) return;
  await store.remember(lastKind, `${suite} ${source.name}`, Buffer.from(text));
}

/** Version and files, for a recipe. */
export function sourceIdentity({ version, files }: DebianSource): string {
  return [version, ...files.map(({ name, blob }) => `${name} ${blob.digest}`)].join('\n');
}

/**
 * Without detached signatures: Debian's own index, which is signed, has the hash of every file.
 *
 * @throws KilopyError KP9212 for the old form of source packages, whose patches nobody here would apply
 */
export function archivesOf({ name: source, files }: DebianSource): readonly (readonly [string, BlobRef])[] {
  const diff = files.find(({ name }) => name.endsWith('.diff.gz'));
  if (diff !== undefined)
    throw new KilopyError('KP9212', `Debian's patches to ${source} are in a form that kilopy does not apply`, {
      where: diff.name,
    });
  return files.filter(({ name }) => /\.tar\.\w+$/.test(name)).map(({ name, blob }) => [name, blob]);
}

/** The text between empty lines that begins with the package's name: 50 MB are not worth parsing. */
async function findParagraph(chunks: AsyncIterable<Uint8Array>, name: string): Promise<string> {
  const start = `Package: ${name}\n`;
  const found: string[] = [];
  let open = '';
  for await (const chunk of chunks) {
    const paragraphs = (open + Buffer.from(chunk).toString('latin1')).split('\n\n');
    open = paragraphs.pop() ?? '';
    for (const text of paragraphs) if (text.startsWith(start)) found.push(text);
  }
  if (open.startsWith(start)) found.push(open);
  return found.join('\n\n');
}

function readEntry(text: string, archive: string): SourceEntry | undefined {
  const entries = parseDeb822(text, 'Sources').map((paragraph) => ({
    archive,
    folder: paragraph.get('directory') ?? '',
    version: paragraph.get('version') ?? '',
    files: (paragraph.get('checksums-sha256') ?? '').split('\n').flatMap((line) => {
      const [hash = '', size = '', file = ''] = line.trim().split(/\s+/);
      return hash === '' ? [] : [{ name: file, ref: { digest: `sha256:${hash}` as const, sizeBytes: Number(size) } }];
    }),
  }));
  return entries.sort((a, b) => debVersionRules.compare(b.version, a.version))[0];
}
