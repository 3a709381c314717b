import type { SpdxDocument, SpdxLicence, SpdxPackage, SpdxRelationship } from './document.ts';

/** The part of a document that a package brings about itself, and the elements in it that stand for the package. */
export interface PackageDocument {
  readonly roots: readonly string[];
  readonly packages: readonly SpdxPackage[];
  readonly relationships: readonly SpdxRelationship[];
  readonly licences: readonly SpdxLicence[];
}

const packageTexts = [
  'SPDXID',
  'name',
  'versionInfo',
  'licenseConcluded',
  'licenseDeclared',
  'description',
  'downloadLocation',
  'originator',
  'supplier',
  'sourceInfo',
  'copyrightText',
  'attributionText',
  'primaryPackagePurpose',
] as const;

/**
 * Reads what belongs to the described elements of a document: they, and everything that relationships lead to from them,
 * without single files. `filesAnalyzed` becomes false because of that, and who made a package is filled in where older
 * writers left it out.
 *
 * @param maker originator of packages that name none
 * @returns undefined when it is no SPDX document that describes a package, or refers to what is not in it
 */
export function readPackageDocument(text: string, maker: string): PackageDocument | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const document = record(value);
  const packages = list(document.packages).map((each) => packageOf(record(each), maker));
  const relationships = list(document.relationships).flatMap((each) => relationshipOf(record(each)));
  const byId = new Map(packages.map((each) => [each.SPDXID, each]));
  const described = new Set([
    ...list(document.documentDescribes),
    ...relationships
      .filter(({ spdxElementId, relationshipType }) => {
        return spdxElementId === 'SPDXRef-DOCUMENT' && relationshipType === 'DESCRIBES';
      })
      .map(({ relatedSpdxElement }) => relatedSpdxElement),
  ]);
  const roots = [...byId.keys()].filter((id) => described.has(id));
  if (roots.length === 0) return undefined;
  const wanted = reachable(roots, relationships);
  if ([...wanted].some((id) => !byId.has(id))) return undefined;
  return {
    roots,
    packages: packages.filter(({ SPDXID }) => wanted.has(SPDXID)),
    relationships: relationships.filter(({ spdxElementId }) => wanted.has(spdxElementId)),
    licences: list(document.hasExtractedLicensingInfos).flatMap((each) => {
      const { licenseId, extractedText } = record(each);
      return typeof licenseId === 'string' && typeof extractedText === 'string' ? [{ licenseId, extractedText }] : [];
    }),
  };
}

/** The licences of several documents, each identifier once; the first text stays. */
export function mergeLicences(all: readonly SpdxLicence[]): Partial<Pick<SpdxDocument, 'hasExtractedLicensingInfos'>> {
  const first = new Map(all.toReversed().map((each) => [each.licenseId, each]));
  const ids = [...new Set(all.map(({ licenseId }) => licenseId))];
  return ids.length === 0 ? {} : { hasExtractedLicensingInfos: ids.flatMap((id) => first.get(id) ?? []) };
}

function reachable(roots: readonly string[], relationships: readonly SpdxRelationship[]): ReadonlySet<string> {
  const next = new Map<string, string[]>();
  for (const { spdxElementId: from, relatedSpdxElement: to } of relationships) {
    const known = next.get(from);
    if (known === undefined) next.set(from, [to]);
    else known.push(to);
  }
  const found = new Set(roots);
  // A set gives also what is added while it is walked.
  for (const id of found) for (const to of next.get(id) ?? []) found.add(to);
  return found;
}

function packageOf(fields: Readonly<Record<string, unknown>>, maker: string): SpdxPackage {
  const texts = new Map<string, string>();
  for (const key of packageTexts) {
    const value = fields[key];
    if (typeof value === 'string' && value !== '') texts.set(key, value);
  }
  const text = (key: (typeof packageTexts)[number]): string | undefined => texts.get(key);
  const originator = text('originator') ?? maker;
  const checksums = list(fields.checksums).flatMap((each) => {
    const { algorithm, checksumValue } = record(each);
    return typeof algorithm === 'string' && typeof checksumValue === 'string' ? [{ algorithm, checksumValue }] : [];
  });
  const references = list(fields.externalRefs).flatMap((each) => {
    const { referenceCategory, referenceLocator, referenceType } = record(each);
    return [referenceCategory, referenceLocator, referenceType].every((one) => typeof one === 'string')
      ? [{ referenceCategory, referenceLocator, referenceType } as NonNullable<SpdxPackage['externalRefs']>[number]]
      : [];
  });
  return {
    SPDXID: text('SPDXID') ?? '',
    name: text('name') ?? '',
    versionInfo: text('versionInfo'),
    filesAnalyzed: false,
    licenseConcluded: text('licenseConcluded'),
    licenseDeclared: text('licenseDeclared'),
    description: text('description'),
    downloadLocation: text('downloadLocation') ?? '',
    originator,
    supplier: text('supplier') ?? originator,
    sourceInfo: text('sourceInfo'),
    copyrightText: text('copyrightText'),
    attributionText: text('attributionText'),
    primaryPackagePurpose: text('primaryPackagePurpose'),
    checksums: checksums.length === 0 ? undefined : checksums,
    externalRefs: references.length === 0 ? undefined : references,
  };
}

function relationshipOf(fields: Readonly<Record<string, unknown>>): readonly SpdxRelationship[] {
  const { spdxElementId, relationshipType, relatedSpdxElement } = fields;
  if (typeof spdxElementId !== 'string' || typeof relationshipType !== 'string') return [];
  if (typeof relatedSpdxElement !== 'string' || relatedSpdxElement.startsWith('SPDXRef-File-')) return [];
  return [{ spdxElementId, relationshipType, relatedSpdxElement }];
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
