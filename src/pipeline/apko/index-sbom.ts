import { noAssertion, purlReference, spdxDocument, spdxId } from '../../report/spdx/document.ts';
import type { SpdxDocument, SpdxPackage } from '../../report/spdx/document.ts';
import { indexType, manifestType, type JsonDocument } from './image.ts';
import type { DescribedImage } from './image-sbom.ts';
import { supplierOf } from './release.ts';
import { container, creators, imageName, namespace, onceEach, query, relation, sourceOf } from './sbom-parts.ts';

/** The document over all architectures. */
export function indexDocument(
  index: JsonDocument,
  images: readonly DescribedImage[],
  tag: string,
  vcsUrl: string | undefined,
): SpdxDocument {
  const suppliers = new Set(images.map(({ release }) => supplierOf(release)));
  const [supplier = noAssertion] = suppliers.size === 1 ? suppliers : [];
  const own = container(`SPDXRef-Package-${spdxId(index.digest)}`, index.digest, supplier, {
    description: 'Multi-arch image index',
    sourceInfo: 'Generated at image build time by kilopy apko',
    ...refer(imageName(tag, 'index'), index.digest, { mediaType: indexType }),
  });
  const variants = images.map(({ image: { manifest, architecture } }) => {
    const qualifiers = { arch: architecture.oci.architecture, mediaType: manifestType, os: 'linux' };
    const reference = refer(imageName(tag, 'image'), manifest.digest, qualifiers);
    return container(`SPDXRef-Package-${spdxId(manifest.digest)}`, manifest.digest, supplier, reference);
  });
  const source = sourceOf(vcsUrl, own.SPDXID, supplier);
  return {
    ...spdxDocument(
      `sbom-${index.digest}`,
      namespace,
      Math.max(...images.map(({ image }) => image.createdSeconds)),
      creators,
    ),
    documentDescribes: [own.SPDXID],
    packages: onceEach([own, ...variants, ...source.packages]),
    relationships: [
      ...variants.map(({ SPDXID }) => relation(own.SPDXID, 'VARIANT_OF', SPDXID)),
      ...source.relationships,
    ],
  };
}

function refer(name: string, digest: string, qualifiers: Readonly<Record<string, string>>): Partial<SpdxPackage> {
  return { externalRefs: [purlReference(`pkg:oci/${name}@${digest}?${query(qualifiers)}`)] };
}
