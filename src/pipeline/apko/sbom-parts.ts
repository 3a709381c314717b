import { noAssertion, purlReference, spdxId } from '../../report/spdx/document.ts';
import type { SpdxPackage, SpdxRelationship } from '../../report/spdx/document.ts';
import { version } from '../../io/version.ts';

/** What the documents of images and of the index have in common. */
export const creators: readonly string[] = [`Tool: kilopy-${version}`];

export const namespace = 'https://spdx.org/spdxdocs/apko/';

/** An image or an index, named by its digest. */
export function container(id: string, digest: string, supplier: string, more: Partial<SpdxPackage>): SpdxPackage {
  const { description, sourceInfo, externalRefs } = more;
  return {
    SPDXID: id,
    name: digest,
    versionInfo: digest,
    filesAnalyzed: false,
    description,
    downloadLocation: noAssertion,
    supplier,
    sourceInfo,
    primaryPackagePurpose: 'CONTAINER',
    checksums: [{ algorithm: 'SHA256', checksumValue: digest.slice('sha256:'.length) }],
    externalRefs,
  };
}

export function relation(from: string, type: string, to: string): SpdxRelationship {
  return { spdxElementId: from, relationshipType: type, relatedSpdxElement: to };
}

export function contains(from: string, to: string): SpdxRelationship {
  return relation(from, 'CONTAINS', to);
}

/** Packages by their identifier; the first of equal ones stays. */
export function onceEach(packages: readonly SpdxPackage[]): readonly SpdxPackage[] {
  const seen = new Set<string>();
  return packages.filter(({ SPDXID }) => !seen.has(SPDXID) && seen.add(SPDXID));
}

/** Qualifiers of a package URL, sorted, with everything but letters, digits, `-`, `.`, `_` and `~` escaped. */
export function query(qualifiers: Readonly<Record<string, string>>): string {
  const keys = Object.keys(qualifiers).sort();
  return keys.map((key) => `${key}=${encodeURIComponent(qualifiers[key] ?? '')}`).join('&');
}

/** `registry.example/team/hello:1` to `hello`. */
export function imageName(tag: string, otherwise: string): string {
  const name = /(?:^|\/)([a-z0-9]+(?:[._-]+[a-z0-9]+)*)(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$/u.exec(tag)?.[1];
  return name ?? otherwise;
}

/** `git+ssh://github.com/ORG/NAME.git@COMMIT`: where the configuration comes from. */
export function sourceOf(
  vcsUrl: string | undefined,
  parent: string,
  supplier: string,
): { readonly packages: readonly SpdxPackage[]; readonly relationships: readonly SpdxRelationship[] } {
  if (vcsUrl === undefined || vcsUrl === '') return { packages: [], relationships: [] };
  const at = vcsUrl.indexOf('@');
  const commit = at === -1 ? undefined : vcsUrl.slice(at + 1);
  const name = (at === -1 ? vcsUrl : vcsUrl.slice(0, at))
    .replace(/^git\+ssh:\/\//u, '')
    .replace(/^git:\/\//u, '')
    .replace(/^https:\/\//u, '');
  const [, owner, repository] = /^github\.com\/([^/]+)\/(.+)$/u.exec(name) ?? [];
  const source: SpdxPackage = {
    SPDXID: `SPDXRef-Package-${spdxId(vcsUrl)}`,
    name,
    versionInfo: commit,
    filesAnalyzed: false,
    description: 'Image configuration source',
    downloadLocation: vcsUrl,
    supplier,
    primaryPackagePurpose: 'SOURCE',
    checksums: commit === undefined ? undefined : [{ algorithm: 'SHA1', checksumValue: commit }],
    externalRefs:
      owner === undefined || repository === undefined
        ? undefined
        : [purlReference(githubPurl(owner, repository, commit))],
  };
  return { packages: [source], relationships: [relation(parent, 'GENERATED_FROM', source.SPDXID)] };
}

function githubPurl(owner: string, repository: string, commit: string | undefined): string {
  const name = repository.replace(/\.git$/u, '').toLowerCase();
  return `pkg:github/${owner.toLowerCase()}/${name}${commit === undefined ? '' : `@${commit}`}`;
}
