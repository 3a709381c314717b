import { decodePath } from '../codec/path-text.ts';
import type { Limits } from '../io/limits.ts';
import type { FileNode, Node, Tree } from '../tree/node.ts';
import { joinPath } from '../tree/paths.ts';
import type { Origin } from '../values/origin.ts';
import type { ContentSink } from './content-sink.ts';
import { imageFileError, type ImagePlace } from './image-file-error.ts';

export interface GrowSettings {
  readonly blobs: ContentSink;
  /** Name of the image in origins and messages. */
  readonly source: string;
  readonly limits: Pick<Limits, 'entries' | 'fileBytes' | 'packageBytes'>;
}

/** What every kind of node has from its inode. */
export interface NodeFacts extends Pick<Node, 'mode' | 'uid' | 'gid' | 'mtimeSeconds'> {
  readonly xattrs?: ReadonlyMap<string, Uint8Array> | undefined;
}

/** Paths together; what is deeper or longer was made to fill memory. */
const maxPathBytes = 256 * 2 ** 20;
const nameBytesLimit = 255;
const layer = 'rootfs';

/**
 * The tree of an image while it is read: bounds on entries, names and contents, and hard links. Contents go into the sink as they
 * are read.
 */
export class GrowingTree {
  readonly #nodes = new Map<string, Node>();
  readonly #firstNames = new Map<string, string>();
  readonly #settings: GrowSettings;
  readonly #origin: Origin & { readonly kind: 'image' };
  #pathBytes = 0;
  #contentBytes = 0;

  constructor(settings: GrowSettings) {
    this.#settings = settings;
    this.#origin = { kind: 'image', reference: settings.source, layer };
  }

  get tree(): Tree {
    return this.#nodes;
  }

  /**
   * The path of an entry of a folder.
   *
   * @throws KilopyError KP4013 for a name that cannot be, KP4011 for one that is there already
   */
  pathOf(folder: string, name: Uint8Array, place: ImagePlace): string {
    const fault = faultOfName(name);
    const path = joinPath(folder, decodePath(name));
    if (fault !== undefined) {
      const inFolder = { ...place, entry: folder };
      throw imageFileError(
        'KP4013',
        inFolder,
        `the name ${JSON.stringify(decodePath(name.subarray(0, 300)))} ${fault}`,
      );
    }
    if (this.#nodes.has(path)) {
      throw imageFileError('KP4011', { ...place, entry: path }, 'two entries of a folder have the same name');
    }
    return path;
  }

  folder(path: string, facts: NodeFacts, place: ImagePlace): void {
    this.#add({ ...this.#common(path, facts), type: 'directory' }, place);
  }

  symlink(path: string, facts: NodeFacts, target: Uint8Array, place: ImagePlace): void {
    if (target.length === 0 || target.includes(0))
      throw imageFileError('KP4011', { ...place, entry: path }, 'a symbolic link leads to nothing that has a name');
    this.#add({ ...this.#common(path, facts), type: 'symlink', target: decodePath(target) }, place);
  }

  device(
    path: string,
    facts: NodeFacts,
    device: 'char' | 'block' | 'fifo',
    numbers: { readonly major: number; readonly minor: number },
    place: ImagePlace,
  ): void {
    const { major, minor } = device === 'fifo' ? { major: 0, minor: 0 } : numbers;
    this.#add({ ...this.#common(path, facts), type: 'device', device, major, minor }, place);
  }

  /** Whether a file with this key has a name already, of which the new path becomes another one. */
  link(path: string, key: string, place: ImagePlace): boolean {
    const first = this.#firstNames.get(key);
    const node = first === undefined ? undefined : this.#nodes.get(first);
    if (first === undefined || node?.type !== 'file') return false;
    const shared: FileNode = { ...node, inode: `${layer}:${key}` };
    this.#nodes.set(first, shared);
    this.#add({ ...shared, path }, place);
    return true;
  }

  /**
   * @param key of its inode, where it may have other names
   * @param open reads the content, which has exactly `sizeBytes`
   */
  async file(
    path: string,
    facts: NodeFacts,
    key: string | undefined,
    sizeBytes: number,
    open: () => AsyncIterable<Uint8Array>,
    place: ImagePlace,
  ): Promise<void> {
    const { limits, blobs } = this.#settings;
    this.#contentBytes += sizeBytes;
    const inFile = { ...place, entry: path };
    if (sizeBytes > limits.fileBytes)
      throw imageFileError('KP4003', inFile, `the file is larger than ${String(limits.fileBytes)} bytes`);
    if (this.#contentBytes > limits.packageBytes)
      throw imageFileError('KP4003', inFile, `the files have more than ${String(limits.packageBytes)} bytes together`);
    const content = await blobs.putStream(open(), path, layer);
    if (content.sizeBytes !== sizeBytes) throw imageFileError('KP4011', inFile, 'a file has not the size that it says');
    this.#add({ ...this.#common(path, facts), type: 'file', content }, place);
    if (key !== undefined) this.#firstNames.set(key, path);
  }

  #common(path: string, { mode, uid, gid, mtimeSeconds, xattrs }: NodeFacts): Omit<Node, 'type'> & NodeCommon {
    const common = { path, mode, uid, gid, mtimeSeconds, origin: this.#origin };
    return xattrs === undefined || xattrs.size === 0 ? common : { ...common, xattrs };
  }

  #add(node: Node, place: ImagePlace): void {
    const { limits } = this.#settings;
    this.#pathBytes += node.path.length;
    const at = { ...place, entry: node.path.slice(0, 4096) };
    if (this.#nodes.size >= limits.entries)
      throw imageFileError('KP4003', at, `the image has more than ${String(limits.entries)} entries`);
    if (this.#pathBytes > maxPathBytes) throw imageFileError('KP4003', at, 'the paths of the image are too long');
    this.#nodes.set(node.path, node);
  }
}

type NodeCommon = Pick<Node, 'path' | 'mode' | 'uid' | 'gid' | 'mtimeSeconds' | 'origin'>;

function faultOfName(name: Uint8Array): string | undefined {
  if (name.length === 0) return 'is empty';
  if (name.length > nameBytesLimit) return `has ${String(name.length)} bytes, and 255 are allowed`;
  if (name.includes(0)) return 'has a zero byte';
  if (name.includes(0x2f)) return 'has a slash';
  if (name[0] === 0x2e && (name.length === 1 || (name.length === 2 && name[1] === 0x2e))) return 'leads elsewhere';
  return undefined;
}
