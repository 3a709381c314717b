import { noAssertion, spdxId, type SpdxLicence } from './document.ts';

/** What a package says of its licence, as SPDX takes it. */
export interface DeclaredLicence {
  readonly licenseDeclared: string;
  /** The text stands in the document where it is no expression of SPDX. */
  readonly extracted: readonly SpdxLicence[];
}

/** `MIT AND BSD-2-Clause` stays; `custom` and other words of a distribution become a `LicenseRef-` with that text. */
export async function declaredLicence(text: string): Promise<DeclaredLicence> {
  const licence = text.trim();
  if (licence === '') return { licenseDeclared: noAssertion, extracted: [] };
  const { default: parse } = await import('spdx-expression-parse');
  try {
    parse(licence);
    return { licenseDeclared: licence, extracted: [] };
  } catch {
    const licenseId = `LicenseRef-${spdxId(licence)}`;
    return { licenseDeclared: licenseId, extracted: [{ licenseId, extractedText: licence }] };
  }
}
