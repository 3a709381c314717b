import { describe, expect, test } from 'vitest';
import { spdxId } from './document.ts';
import { declaredLicence } from './licence.ts';
import { mergeLicences, readPackageDocument } from './package-document.ts';

const maker = 'Organization: Maker';

function document(change: object = {}): string {
  return JSON.stringify({
    documentDescribes: ['SPDXRef-a'],
    packages: [
      { SPDXID: 'SPDXRef-OperatingSystem', name: 'system' },
      { SPDXID: 'SPDXRef-a', name: 'a', filesAnalyzed: true, hasFiles: ['SPDXRef-File-x'], versionInfo: '1' },
      { SPDXID: 'SPDXRef-b', name: 'b', supplier: 'Organization: Other' },
    ],
    relationships: [
      { spdxElementId: 'SPDXRef-a', relationshipType: 'DESCRIBED_BY', relatedSpdxElement: 'SPDXRef-b' },
      { spdxElementId: 'SPDXRef-a', relationshipType: 'CONTAINS', relatedSpdxElement: 'SPDXRef-File-x' },
    ],
    ...change,
  });
}

describe('the document that a package brings', () => {
  test('what is described, and what relationships lead to; files left out, makers filled in', () => {
    const found = readPackageDocument(document(), maker);
    expect(found?.roots).toEqual(['SPDXRef-a']);
    expect(
      found?.packages.map(({ name, filesAnalyzed, originator, supplier }) => [
        name,
        filesAnalyzed,
        originator,
        supplier,
      ]),
    ).toEqual([
      ['a', false, maker, maker],
      ['b', false, maker, 'Organization: Other'],
    ]);
    expect(found?.relationships).toHaveLength(1);
  });

  test('a relationship DESCRIBES counts as well as the list', () => {
    const relationships = [
      { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: 'SPDXRef-b' },
    ];
    expect(readPackageDocument(document({ documentDescribes: undefined, relationships }), maker)?.roots).toEqual([
      'SPDXRef-b',
    ]);
  });

  test.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['null', 'null'],
    ['nothing described', document({ documentDescribes: [] })],
    ['something described that is not there', document({ documentDescribes: ['SPDXRef-c'] })],
    [
      'a relationship to what is not there',
      document({
        relationships: [{ spdxElementId: 'SPDXRef-a', relationshipType: 'CONTAINS', relatedSpdxElement: 'SPDXRef-c' }],
      }),
    ],
    ['members of other kinds', document({ packages: 3, relationships: 'x' })],
  ])('%s is no document', (_, text) => {
    expect(readPackageDocument(text, maker)).toBeUndefined();
  });

  test('relationships in a circle end', () => {
    const relationships = [
      { spdxElementId: 'SPDXRef-a', relationshipType: 'X', relatedSpdxElement: 'SPDXRef-b' },
      { spdxElementId: 'SPDXRef-b', relationshipType: 'X', relatedSpdxElement: 'SPDXRef-a' },
    ];
    expect(readPackageDocument(document({ relationships }), maker)?.packages).toHaveLength(2);
  });
});

test.each([
  ['MIT', 'MIT'],
  ['GPL-2.0-only AND (MIT OR BSD-2-Clause)', 'GPL-2.0-only AND (MIT OR BSD-2-Clause)'],
  ['Apache-2.0 WITH LLVM-exception', 'Apache-2.0 WITH LLVM-exception'],
  ['', 'NOASSERTION'],
  ['custom', 'LicenseRef-custom'],
  ['MIT BSD', 'LicenseRef-MITC32BSD'],
])('the licence "%s" is declared as %s', async (text, expected) => {
  const { licenseDeclared, extracted } = await declaredLicence(text);
  expect(licenseDeclared).toBe(expected);
  expect(extracted.map(({ extractedText }) => extractedText)).toEqual(expected.startsWith('LicenseRef-') ? [text] : []);
});

function licence(licenseId: string, extractedText: string): { licenseId: string; extractedText: string } {
  return { licenseId, extractedText };
}

test('licences of several documents: each identifier once, the first text', () => {
  expect(mergeLicences([licence('a', '1'), licence('b', '2'), licence('a', '3')])).toEqual({
    hasExtractedLicensingInfos: [licence('a', '1'), licence('b', '2')],
  });
  expect(mergeLicences([])).toEqual({});
});

test('identifiers have letters, digits, dots and hyphens only', () => {
  expect(spdxId('sha256:ab')).toBe('sha256-ab');
  expect(spdxId('c++-1.0_rc1~x-r0')).toBe('cC43C43-1.0C95rc1C126x-r0');
  expect(spdxId('ä')).toBe('C195C164');
});
