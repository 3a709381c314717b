import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { encodeGzip } from '../../src/codec/gzip/encode-gzip.ts';

/** The figures that Part 1 must reach, on 5 MB of this machine's own programs in place of Debian's closure. */
const wantedBytes = 5_000_000;

test.each([
  ['default', 1.015],
  ['max', 0.97],
] as const)('%s is at most %f times gzip -9', async (level, most) => {
  const bytes = programs();
  const theirs = execFileSync('gzip', ['-9n'], { input: bytes, maxBuffer: 2 ** 30 }).length;
  const ours = await encodeGzip(bytes, level);
  expect(gunzipSync(ours).equals(bytes)).toBe(true);
  expect(ours.length / theirs).toBeLessThanOrEqual(most);
});

function programs(): Buffer {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for (const name of readdirSync('/usr/bin').sort()) {
    const path = join('/usr/bin', name);
    const stat = lstatSync(path);
    if (!stat.isFile() || stat.size < 50_000 || stat.size > 1_000_000) continue;
    const bytes = readFileSync(path);
    if (bytes.subarray(0, 4).toString('latin1') !== '\x7fELF' || sizeBytes + bytes.length > wantedBytes) continue;
    parts.push(bytes);
    sizeBytes += bytes.length;
  }
  return Buffer.concat(parts);
}
