import { noAssertion, purlReference, spdxId } from '../../report/spdx/document.ts';
import { declaredLicence } from '../../report/spdx/licence.ts';
import { readPackageDocument, type PackageDocument } from '../../report/spdx/package-document.ts';
import type { Context } from '../../io/context.ts';
import type { ApkoPackage } from './apko-package.ts';
import { supplierOf, type Release } from './release.ts';
import type { RootFiles } from './root-files.ts';
import { query } from './sbom-parts.ts';

const folder = 'var/lib/db/sbom';

/**
 * What a package says of itself in `/var/lib/db/sbom` (melange writes it there), else what its .PKGINFO says. apko leaves
 * packages without a document out.
 */
export async function describePackage(
  ctx: Context,
  root: RootFiles,
  pkg: ApkoPackage,
  release: Release,
): Promise<PackageDocument> {
  const { name, version } = pkg;
  const supplier = supplierOf(release);
  for (const path of [`${name}-${version}`, `${name}-${version.replace(/-r\d+$/u, '')}`, name]) {
    const place = `${folder}/${path}.spdx.json`;
    const text = await root.read(place);
    if (text === undefined) continue;
    const document = readPackageDocument(text, supplier);
    if (document !== undefined) return document;
    ctx.emit({ type: 'warning', text: `/${place} is no SPDX document that describes ${name}; .PKGINFO stands in` });
    break;
  }
  const { licenseDeclared, extracted } = await declaredLicence(pkg.license);
  const id = `SPDXRef-Package-apk-${spdxId(`${name}-${version}`)}`;
  const [space, encodedName, encodedVersion] = [release.id, name, version].map(encodeURIComponent);
  const described = {
    SPDXID: id,
    name,
    versionInfo: version,
    filesAnalyzed: false,
    licenseConcluded: noAssertion,
    licenseDeclared,
    description: pkg.description === '' ? undefined : pkg.description,
    downloadLocation: noAssertion,
    originator: supplier,
    supplier,
    copyrightText: noAssertion,
    primaryPackagePurpose: 'APPLICATION',
    externalRefs: [
      purlReference(
        `pkg:apk/${space ?? ''}/${encodedName ?? ''}@${encodedVersion ?? ''}?${query({ arch: pkg.architecture })}`,
      ),
    ],
  };
  return { roots: [id], packages: [described], relationships: [], licences: extracted };
}
