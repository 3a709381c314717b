import { needsPadding } from '../../crypto/usign.ts';
import type { WrittenIpk } from './write-ipk.ts';

/** Fields that OpenWrt keeps out of its index (package/Makefile). */
const leftOut = /^(?:Maintainer|LicenseFiles|Source|SourceName|Require|SourceDateEpoch)/u;

/**
 * The text of Packages: of each package its control data, with where it is before the description. Sorted by file name, as
 * ipkg-make-index does, and with the two lines that old versions of usign need.
 */
export function writePackages(packages: readonly WrittenIpk[]): string {
  const text = packages
    .toSorted((a, b) => (a.fileName < b.fileName ? -1 : 1))
    .map(({ control, fileName, bytes, sha256 }) => {
      const where = `Filename: ${fileName}\nSize: ${String(bytes.length)}\nSHA256sum: ${sha256}\n`;
      const kept = control.split('\n').filter((line) => !leftOut.test(line));
      const description = kept.findIndex((line) => line.startsWith('Description:'));
      return `${kept.slice(0, description).join('\n')}\n${where}${kept.slice(description).join('\n')}\n`;
    })
    .join('');
  return needsPadding(Buffer.byteLength(text)) ? `${text}\n\n` : text;
}
