import { join, resolve } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { digestOf } from '../../emit/measure.ts';
import type { Context } from '../../io/context.ts';
import type { ApkoArchitecture } from '../../spec/apko/architectures.ts';
import type { Store } from '../../store/store.ts';
import type { Digest } from '../../values/digest.ts';
import type { ApkoPackage } from './apko-package.ts';
import type { ApkoBaseImage, ApkoLayer } from './image.ts';

/** `contents.baseimage`: the image and the packages that are in it. */
export interface OpenedBase {
  readonly image: ApkoBaseImage;
  readonly packages: readonly ApkoPackage[];
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

/**
 * Reads the base of one architecture from an OCI layout in a folder; its layers are put into the store, every digest is
 * compared. Throws KP2105 for missing files, KP7401 for what is no layout, KP7404 for damage.
 */
export async function openBase(
  ctx: Context,
  store: Store,
  workdir: string,
  base: { readonly image?: string; readonly apkindex?: string },
  architecture: ApkoArchitecture,
): Promise<OpenedBase> {
  const folder = resolve(workdir, base.image ?? '');
  const read = async (path: string): Promise<Uint8Array> => {
    try {
      return await ctx.fs.readFile(path);
    } catch (cause) {
      throw new KilopyError('KP2105', `there is no ${path}`, { where: 'contents.baseimage', cause });
    }
  };
  const blob = async ({ digest }: Pick<Descriptor, 'digest'>): Promise<Uint8Array> => {
    const bytes = await read(join(folder, 'blobs', digest.replace(':', '/')));
    if (digestOf(bytes) === digest) return bytes;
    throw new KilopyError('KP7404', `${digest} of the base image is not what its name says`, { where: folder });
  };

  const found = await findImage(json(await read(join(folder, 'index.json'))));
  const diffIds = found.config.rootfs?.diff_ids ?? [];
  const layers: ApkoLayer[] = [];
  for (const [i, { mediaType, digest, size }] of found.layers.entries()) {
    const ref = await store.put(await blob({ digest }));
    layers.push({ ...ref, sizeBytes: size, mediaType, diffId: diffIds[i] ?? digest, rawBytes: 0 });
  }
  const list = join(resolve(workdir, base.apkindex ?? ''), architecture.apk, 'APKINDEX');
  const packages = parseBasePackages(Buffer.from(await read(list)).toString('utf8'));
  return { image: { config: found.config, layers }, packages };

  async function findImage(index: unknown, depth: number = 0): Promise<FoundImage> {
    const { manifests = [] } = index as { manifests?: readonly Descriptor[] };
    for (const entry of manifests) {
      if (entry.mediaType.includes('index') || entry.mediaType.includes('manifest.list')) {
        if (depth < 4) return await findImage(json(await blob(entry)), depth + 1);
        continue;
      }
      const manifest = json(await blob(entry)) as { config: Descriptor; layers: readonly Descriptor[] };
      const config = json(await blob(manifest.config)) as FoundImage['config'];
      if (config.architecture === architecture.oci.architecture) return { config, layers: manifest.layers };
    }
    throw new KilopyError('KP7401', `the base image has nothing for ${architecture.name}`, { where: folder });
  }
}

function json(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString('utf8'));
}

interface FoundImage {
  readonly config: { readonly architecture?: string; readonly rootfs?: { readonly diff_ids?: readonly Digest[] } };
  readonly layers: readonly Descriptor[];
}

/**
 * The records of an APKINDEX with files, as apko reads them back: owners, modes and checksums of files are lost, `i:[]`
 * becomes a list with the word `[]`, and a last record without an empty line behind it is passed over.
 */
export function parseBasePackages(text: string): readonly ApkoPackage[] {
  const records = text.split('\n\n');
  return records.slice(0, -1).flatMap((record) => {
    const fields = new Map<string, string>();
    const entries: ApkoPackage['entries'][number][] = [];
    let folder = '';
    for (const line of record.split('\n')) {
      const value = line.slice(2);
      if (line.startsWith('F:')) folder = value;
      if (line.startsWith('F:') && value !== '') entries.push(entryOf('directory', value, 0o755));
      else if (line.startsWith('R:'))
        entries.push(entryOf('file', folder === '' ? value : `${folder}/${value}`, 0o644));
      else if (line !== '') fields.set(line.slice(0, 1), value);
    }
    const fieldText = (key: string): string => fields.get(key) ?? '';
    const list = (key: string): readonly string[] => (fields.has(key) ? fieldText(key).split(' ') : []);
    if (fieldText('P') === '') return [];
    return [
      {
        name: fieldText('P'),
        version: fieldText('V'),
        architecture: fieldText('A'),
        description: fieldText('T'),
        license: fieldText('L'),
        origin: fieldText('o'),
        maintainer: fieldText('m'),
        url: fieldText('U'),
        commit: fieldText('c'),
        depends: list('D'),
        provides: list('p'),
        replaces: list('r'),
        installIf: list('i'),
        triggers: [],
        providerPriority: Number(fieldText('k')),
        buildTime: Number(fieldText('t')),
        sizeBytes: Number(fieldText('S')),
        installedSizeBytes: Number(fieldText('I')),
        checksum: fieldText('C'),
        entries,
        scripts: new Map(),
      },
    ];
  });
}

const noContent = { digest: 'sha256:', sizeBytes: 0 } as const;

function entryOf(type: 'directory' | 'file', path: string, mode: number): ApkoPackage['entries'][number] {
  const common = { path, mode, uid: 0, gid: 0, mtimeSeconds: 0 };
  const node = type === 'file' ? ({ ...common, type, content: noContent } as const) : ({ ...common, type } as const);
  return { node, checksum: undefined };
}
