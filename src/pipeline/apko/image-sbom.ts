import { noAssertion, purlReference, spdxDocument, spdxId } from '../../report/spdx/document.ts';
import type { SpdxDocument, SpdxLicence, SpdxPackage } from '../../report/spdx/document.ts';
import { mergeLicences } from '../../report/spdx/package-document.ts';
import type { Context } from '../../io/context.ts';
import type { ApkoRoot } from './images.ts';
import { manifestType, type ApkoImage } from './image.ts';
import { describePackage } from './package-sbom.ts';
import { supplierOf, type Release } from './release.ts';
import { container, contains, creators, imageName, namespace, onceEach, query, sourceOf } from './sbom-parts.ts';

/** An image and the root file system that it was made of. */
export interface DescribedImage {
  readonly root: ApkoRoot;
  readonly image: ApkoImage;
  readonly release: Release;
}

/** The document of one architecture: the image, its layers, the system, its packages. */
export async function imageDocument(
  ctx: Context,
  { root, image, release }: DescribedImage,
  tag: string,
  vcsUrl: string | undefined,
): Promise<SpdxDocument> {
  const supplier = supplierOf(release);
  const { digest } = image.manifest;
  const { architecture } = image.architecture.oci;
  const place = (of: string, mediaType: string): string =>
    `pkg:oci/${imageName(tag, 'image')}@${of}?${query({ arch: architecture, mediaType, os: 'linux' })}`;
  const own = container(`SPDXRef-Package-Image-${spdxId(digest)}`, digest, supplier, {
    description: 'apko container image',
    externalRefs: [purlReference(place(digest, manifestType))],
  });
  const layers = image.layers.map((layer): SpdxPackage => ({
    SPDXID: `SPDXRef-Package-ImageLayer-${spdxId(layer.digest)}`,
    name: layer.digest,
    versionInfo: release.version,
    filesAnalyzed: false,
    description: 'apko operating system layer',
    downloadLocation: noAssertion,
    supplier,
    primaryPackagePurpose: 'CONTAINER',
    externalRefs: [purlReference(place(layer.digest, layer.mediaType))],
  }));
  const system: SpdxPackage = {
    SPDXID: `SPDXRef-OperatingSystem-${spdxId(release.id)}`,
    name: release.id,
    versionInfo: release.version,
    filesAnalyzed: false,
    description: 'Operating System',
    downloadLocation: noAssertion,
    supplier,
    primaryPackagePurpose: 'OPERATING_SYSTEM',
  };
  const source = sourceOf(vcsUrl, own.SPDXID, supplier);
  const packages: SpdxPackage[] = [own, ...layers, system, ...source.packages];
  const relationships = [...layers.map(({ SPDXID }) => contains(own.SPDXID, SPDXID)), ...source.relationships];
  const licences: SpdxLicence[] = [];
  for (const pkg of [...(root.base?.packages ?? []), ...root.packages]) {
    const described = await describePackage(ctx, root.root, pkg, release);
    packages.push(...described.packages);
    relationships.push(...described.relationships, ...described.roots.map((id) => contains(own.SPDXID, id)));
    licences.push(...described.licences);
  }
  return {
    ...spdxDocument(`sbom-${image.layers[0]?.digest ?? digest}`, namespace, image.createdSeconds, creators),
    documentDescribes: [own.SPDXID],
    packages: onceEach(packages),
    relationships,
    ...mergeLicences(licences),
  };
}
