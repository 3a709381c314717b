import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { readPublicKey } from '../../src/crypto/public-keys.ts';
import { apkFacts, flipped, indexFacts } from '../support/apk-v3-facts.ts';
import { seededRandom, seedOffset } from '../support/random.ts';
import { whole } from '../support/extent.ts';

const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');
const present = existsSync(realdata);

interface Subject {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly facts: (bytes: Uint8Array) => Promise<string>;
}

/** Packages and indexes in every compression, signed with both kinds of keys. */
function subjects(): readonly Subject[] {
  if (!present) return [];
  return [
    ['alpine/v3', 'one-1.0-r0.apk'],
    ['alpine/v3', 'two-2.3_rc1~deadbee-r4.apk'],
    ['alpine/v3', 'three-0.0.1_p20240101-r12.apk'],
    ['alpine/v3', 'Packages.adb'],
    ['openwrt/mossdef-apk', 'sunwait-0.9.1-r2.apk'],
    ['openwrt/mossdef-apk', 'packages.adb'],
  ].map(([folder = '', name = '']) => {
    const place = join(realdata, folder);
    const pems = readdirSync(place).filter((one) => one.endsWith('.pem'));
    const trust = { keys: pems.map((one) => readPublicKey(readFileSync(join(place, one)), one)) };
    const facts = name.endsWith('.apk') ? apkFacts : indexFacts;
    return { name, bytes: readFileSync(join(place, name)), facts: (bytes) => facts(bytes, trust) };
  });
}

const all = subjects();
const [everyBytes, places] = whole ? [16 * 1024, 2000] : [4096, 500];
const flips = whole ? 20_000 : 5000;

test.each(all.map((subject) => [subject.name, subject] as const))(
  `%s cut short: at every byte up to ${String(everyBytes)} and at ${String(places)} places beyond`,
  async (_, { bytes, facts }) => {
    expect(await facts(bytes)).not.toMatch(/^KP/u);
    const near = Math.min(bytes.length, everyBytes);
    for (let length = 0; length < near; length += 1) expect(await facts(bytes.subarray(0, length))).toMatch(/^KP/u);
    if (bytes.length === near) return;
    const step = Math.max(1, Math.floor((bytes.length - near) / places));
    for (let length = near; length < bytes.length; length += step) {
      expect(await facts(bytes.subarray(0, length))).toMatch(/^KP/u);
    }
  },
  1_800_000,
);

test.each(all.map((subject, index) => [subject.name, subject, index] as const))(
  `%s with a bit flipped: an error or the same facts, ${String(flips)} times over all`,
  async (_, { bytes, facts }, index) => {
    const truth = await facts(bytes);
    const random = seededRandom(100 + index + seedOffset);
    for (let round = 0; round < flips / all.length; round += 1) {
      const outcome = await facts(flipped(bytes, random));
      expect(outcome === truth || outcome.startsWith('KP')).toBe(true);
    }
  },
  1_800_000,
);

test('the folder with real data', (context) => {
  context.skip(!present, 'the folder with real data is absent');
  expect(all).toHaveLength(6);
});
