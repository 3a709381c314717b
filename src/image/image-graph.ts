import { KilopyError } from '../errors/kilopy-error.ts';
import type { GraphDescriptor, GraphDocument, ImageGraph } from '../values/image-graph.ts';
import { imageIndex, imageManifest, parseDocument, type Descriptor } from './image-documents.ts';
import { indexTypes, manifestTypes } from './find-manifest.ts';

/** Gives the bytes of a manifest or index, compared with the digest. */
export type ReadDocument = (descriptor: GraphDescriptor) => Promise<Uint8Array>;

/** Deeper nesting of indexes than this is a circle or a joke, and so is an image with more layers. */
const maxDepth = 4;
const maxBlobs = 2000;
/** One layer as it is sent. */
const maxLayerBytes = 4 * 2 ** 30;

/**
 * Everything that an image is made of, from its root on. Attestations and signatures that an index names are a part of
 * it; what is neither manifest nor index is refused.
 *
 * @param source for messages
 * @throws KilopyError KP6109, KP6111, KP6112, KP7401
 */
export async function readGraph(root: GraphDescriptor, read: ReadDocument, source: string): Promise<ImageGraph> {
  const documents = new Map<string, GraphDocument>();
  await addDocument(documents, root, read, source, 0);
  const graph = { root, documents: [...documents.values()] };
  const blobs = graph.documents.flatMap((document) => document.blobs);
  if (blobs.length > maxBlobs) throw malformed(source, `it names ${String(blobs.length)} layers`);
  return graph;
}

async function addDocument(
  documents: Map<string, GraphDocument>,
  descriptor: GraphDescriptor,
  read: ReadDocument,
  source: string,
  depth: number,
): Promise<void> {
  const { mediaType, digest, sizeBytes } = descriptor;
  if (documents.has(digest)) return;
  if (depth > maxDepth) throw malformed(source, 'its indexes lie in each other too deep');
  const bytes = await read(descriptor);
  if (indexTypes.test(mediaType)) {
    const index = parseDocument(imageIndex, bytes, digest, source);
    const children = (index.manifests ?? []).map(graphDescriptor);
    for (const child of children) await addDocument(documents, child, read, source, depth + 1);
    documents.set(digest, { descriptor: { mediaType, digest, sizeBytes }, bytes, blobs: [], children });
  } else if (manifestTypes.test(mediaType)) {
    const { config, layers } = parseDocument(imageManifest, bytes, digest, source);
    for (const layer of layers) checkLayer(layer, source);
    const blobs = [config, ...layers].map(graphDescriptor);
    documents.set(digest, { descriptor: { mediaType, digest, sizeBytes }, bytes, blobs, children: [] });
  } else throw malformed(source, `it names ${digest}, which is ${mediaType}`);
}

export function graphDescriptor({ mediaType, digest, size }: Descriptor): GraphDescriptor {
  return { mediaType, digest, sizeBytes: size };
}

function checkLayer({ mediaType, digest, size }: Descriptor, source: string): void {
  if (/nondistributable|\.foreign\./u.test(mediaType)) {
    throw new KilopyError('KP6109', `${source} has a layer that is not in the registry`, {
      where: source,
      why: `${digest} is ${mediaType}`,
    });
  }
  if (size > maxLayerBytes) {
    throw new KilopyError('KP6111', `${source} has a layer of ${String(size)} bytes`, {
      where: source,
      why: `${digest} is larger than ${String(maxLayerBytes)} bytes`,
      data: { digest, sizeBytes: size },
    });
  }
}

function malformed(source: string, why: string): KilopyError {
  return new KilopyError('KP6112', `${source} is no image that can be understood`, { where: source, why });
}
