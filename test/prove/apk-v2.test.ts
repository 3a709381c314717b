import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { readPublicKey } from '../../src/crypto/public-keys.ts';
import { readIndexV2 } from '../../src/feed/apk/v2/index.ts';
import { openApkV2, unpackApkV2 } from '../../src/feed/apk/v2/package.ts';
import { readSignatures } from '../../src/feed/apk/v2/segments.ts';
import { defaultLimits } from '../../src/io/limits.ts';
import { flipped, memoryStore, onlyOurs } from '../support/apk-v3-facts.ts';
import { seededRandom, seedOffset } from '../support/random.ts';
import { whole } from '../support/extent.ts';

const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');
const alpine = join(realdata, 'alpine');
const present = existsSync(realdata);

interface Subject {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Where the parts of the file begin. */
  readonly boundaries: readonly number[];
  readonly facts: (bytes: Uint8Array) => Promise<string>;
}

/** A package as an index binds it: by the SHA-1 of its control segment. */
function packageSubject(path: string): Subject {
  const bytes = readFileSync(join(alpine, path));
  const { control, data } = openApkV2(bytes, { untrustedBecause: 'a test' }, path).segments;
  const hex = createHash('sha1').update(bytes.subarray(control.start, control.end)).digest('hex');
  const options = { trust: { checksum: { algorithm: 'sha1', hex } }, limits: defaultLimits } as const;
  return {
    name: path,
    bytes,
    boundaries: [control.start, control.end, data.end],
    facts: async (given) => {
      try {
        const { entries, control: fields, scripts } = await unpackApkV2(memoryStore(), given, options, 'x', 'x.apk');
        return inspect({ entries, fields, scripts }, { depth: 9, maxArrayLength: null, maxStringLength: null });
      } catch (error) {
        return onlyOurs(error);
      }
    },
  };
}

function indexSubject(path: string, keyFolder: string): Subject {
  const bytes = readFileSync(join(alpine, path, 'APKINDEX.tar.gz'));
  const folder = join(alpine, keyFolder);
  const pems = readdirSync(folder).filter((name) => name.endsWith('.pub'));
  const keys = pems.map((name) => readPublicKey(readFileSync(join(folder, name)), name));
  return {
    name: path,
    bytes,
    boundaries: [readSignatures(bytes, path).end],
    facts: async (given) => {
      try {
        // Of several signatures one suffices: which one it was is not part of the content.
        return await Promise.resolve(readIndexV2(given, { keys }, defaultLimits, 'x.tar.gz').text);
      } catch (error) {
        return onlyOurs(error);
      }
    },
  };
}

const all = present
  ? [
      packageSubject('packages/hello-wolfi-2.12.1-r0.apk'),
      packageSubject('packages/alpine-baselayout-3.4.0-r0.apk'),
      packageSubject('packages/replaces-0.0.1-r0.apk'),
      packageSubject('apko/packages/x86_64/custom-ca-certs-1-1.0.0-r0.apk'),
      indexSubject('signing', 'signing/keys'),
      indexSubject('rsa256', 'rsa256'),
    ]
  : [];
const flips = whole ? 20_000 : 5000;

/** Every length up to 16 KiB, around each boundary, and 2 000 beyond; on CI fewer. */
function lengths({ bytes, boundaries }: Subject): readonly number[] {
  const near = Math.min(bytes.length, whole ? 16 * 1024 : 4096);
  const wanted = new Set(Array.from({ length: near }, (_, length) => length));
  for (const boundary of boundaries) for (let off = -16; off <= 16; off += 1) wanted.add(boundary + off);
  const step = Math.max(1, Math.floor((bytes.length - near) / (whole ? 2000 : 500)));
  for (let length = near; length < bytes.length; length += step) wanted.add(length);
  return [...wanted].filter((length) => length >= 0 && length < bytes.length);
}

test.each(all.map((subject) => [subject.name, subject] as const))(
  '%s cut short is refused, or has the same verified content',
  async (_, subject) => {
    const truth = await subject.facts(subject.bytes);
    expect(truth).not.toMatch(/^KP/u);
    for (const length of lengths(subject)) {
      const outcome = await subject.facts(subject.bytes.subarray(0, length));
      if (outcome !== truth && !outcome.startsWith('KP'))
        throw new Error(`cut to ${String(length)} gives another tree`);
    }
  },
  600_000,
);

test.each(all.map((subject, index) => [subject.name, subject, index] as const))(
  `%s with a bit flipped: an error or the same content, ${String(flips)} times over all`,
  async (_, { bytes, facts }, index) => {
    const truth = await facts(bytes);
    expect(truth).not.toMatch(/^KP/u);
    const random = seededRandom(200 + index + seedOffset);
    for (let round = 0; round < flips / all.length; round += 1) {
      const outcome = await facts(flipped(bytes, random));
      if (outcome !== truth && !outcome.startsWith('KP')) throw new Error(`round ${String(round)} gives another tree`);
    }
  },
  600_000,
);

test('the folder with real data', (context) => {
  context.skip(!present, 'the folder with real data is absent');
  expect(all).toHaveLength(6);
});
