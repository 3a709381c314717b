/**
 * An SPDX 2.3 document, as JSON (https://spdx.github.io/spdx-spec/v2.3/). Only what this writer uses; members stand in
 * the order in which they are written.
 */
export interface SpdxDocument {
  readonly SPDXID: 'SPDXRef-DOCUMENT';
  readonly name: string;
  readonly spdxVersion: 'SPDX-2.3';
  readonly creationInfo: {
    /** RFC 3339, UTC, whole seconds. */
    readonly created: string;
    readonly creators: readonly string[];
    readonly licenseListVersion: string;
  };
  readonly dataLicense: 'CC0-1.0';
  readonly documentNamespace: string;
  readonly documentDescribes: readonly string[];
  readonly packages: readonly SpdxPackage[];
  readonly relationships: readonly SpdxRelationship[];
  readonly hasExtractedLicensingInfos?: readonly SpdxLicence[];
}

export interface SpdxPackage {
  readonly SPDXID: string;
  readonly name: string;
  readonly versionInfo?: string | undefined;
  readonly filesAnalyzed: boolean;
  readonly licenseConcluded?: string | undefined;
  readonly licenseDeclared?: string | undefined;
  readonly description?: string | undefined;
  readonly downloadLocation: string;
  readonly originator?: string | undefined;
  readonly supplier?: string | undefined;
  readonly sourceInfo?: string | undefined;
  readonly copyrightText?: string | undefined;
  readonly attributionText?: string | undefined;
  readonly primaryPackagePurpose?: string | undefined;
  readonly checksums?: readonly SpdxChecksum[] | undefined;
  readonly externalRefs?: readonly SpdxReference[] | undefined;
}

export interface SpdxChecksum {
  readonly algorithm: string;
  readonly checksumValue: string;
}

export interface SpdxReference {
  readonly referenceCategory: string;
  readonly referenceLocator: string;
  readonly referenceType: string;
}

export interface SpdxRelationship {
  readonly spdxElementId: string;
  readonly relationshipType: string;
  readonly relatedSpdxElement: string;
}

/** A licence that is not on SPDX's list. */
export interface SpdxLicence {
  readonly licenseId: string;
  readonly extractedText: string;
}

export const noAssertion = 'NOASSERTION';

/** A document without packages yet. */
export function spdxDocument(
  name: string,
  documentNamespace: string,
  createdSeconds: number,
  creators: readonly string[],
): Omit<SpdxDocument, 'documentDescribes' | 'packages' | 'relationships'> {
  return {
    SPDXID: 'SPDXRef-DOCUMENT',
    name,
    spdxVersion: 'SPDX-2.3',
    creationInfo: {
      created: new Date(createdSeconds * 1000).toISOString().replace('.000Z', 'Z'),
      creators,
      licenseListVersion: '3.27',
    },
    dataLicense: 'CC0-1.0',
    documentNamespace,
  };
}

/** Letters, digits, `.` and `-` stay (clause 7.2); a colon becomes `-`, any other byte `C` and its number. */
export function spdxId(text: string): string {
  return Buffer.from(text.replaceAll(':', '-'), 'utf8')
    .toString('latin1')
    .replaceAll(/[^a-zA-Z0-9.-]/gu, (byte) => `C${String(byte.charCodeAt(0))}`);
}

export function purlReference(locator: string): SpdxReference {
  return { referenceCategory: 'PACKAGE-MANAGER', referenceLocator: locator, referenceType: 'purl' };
}
