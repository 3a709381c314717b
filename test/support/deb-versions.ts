import * as fc from 'fast-check';

const piece: fc.Arbitrary<string> = fc.constantFrom(
  '0',
  '1',
  '00',
  '10',
  '9',
  '2147483648',
  'a',
  'z',
  'A',
  'rc',
  '~',
  '~~',
  '+',
  '.',
  '-',
  ':',
  '+b1',
  '~bpo12',
  'dfsg',
  '_',
);
const epoch: fc.Arbitrary<string> = fc.constantFrom(
  '',
  '',
  '',
  '0:',
  '1:',
  '01:',
  '2147483647:',
  '2147483648:',
  'a:',
  ':',
);

/** Debian versions, most of them valid, made of few pieces so that two of them are often nearly equal. */
export const arbitraryDebVersion: fc.Arbitrary<string> = fc
  .tuple(epoch, fc.constantFrom('0', '1', '1.2', ''), fc.array(piece, { maxLength: 5 }))
  .map(([prefix, start, pieces]) => prefix + start + pieces.join(''));

/** Two versions, in two thirds of the cases one made of the other by a small change. */
export const arbitraryDebVersionPair: fc.Arbitrary<readonly [string, string]> = fc.oneof(
  fc.tuple(arbitraryDebVersion, arbitraryDebVersion),
  fc.tuple(arbitraryDebVersion, piece).map(([version, added]) => [version, version + added] as const),
  fc.tuple(arbitraryDebVersion, fc.nat(), piece).map(([version, seed, put]) => {
    const at = seed % (version.length + 1);
    return [version, version.slice(0, at) + put + version.slice(at + (seed % 2))] as const;
  }),
);
