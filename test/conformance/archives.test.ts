import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readElf } from '../../src/codec/elf/read-elf.ts';
import { KilopyError } from '../../src/errors/kilopy-error.ts';
import { gunzipMembers } from '../../src/codec/gzip/gunzip-members.ts';
import { readTar } from '../../src/codec/tar/read-tar.ts';

const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');
const files = existsSync(realdata) ? readdirSync(realdata, { recursive: true, encoding: 'utf8' }).sort() : [];

test('every tar of go-containerregistry is listed as GNU tar lists it', (context) => {
  context.skip(files.length === 0, 'the folder with real data is absent');
  const archives = files.filter((file) => file.startsWith('oci/') && file.endsWith('.tar'));
  expect(archives.length).toBeGreaterThan(10);
  for (const archive of archives) {
    const path = join(realdata, archive);
    const theirs = execFileSync('tar', ['--quoting-style=literal', '-tf', path]).toString().split('\n').filter(Boolean);
    expect([...readTar(readFileSync(path))].map(({ header }) => header.path)).toEqual(theirs);
  }
});

test('every Alpine package of version 2 has the members and entries that tar finds', (context) => {
  context.skip(files.length === 0, 'the folder with real data is absent');
  const packages = files.filter((file) => file.startsWith('alpine/packages') && file.endsWith('.apk'));
  expect(packages.length).toBeGreaterThan(2);
  for (const file of packages) {
    const bytes = readFileSync(join(realdata, file));
    const members = [...gunzipMembers(bytes)];
    expect(Buffer.concat(members.map(({ content }) => content)).equals(gunzipSync(bytes))).toBe(true);
    const ours = members.flatMap(({ content }) =>
      [...readTar(content, { endMarker: 'optional' })].map(({ header }) => header.path),
    );
    const theirs = execFileSync('tar', ['-tzf', join(realdata, file)], { stdio: ['ignore', 'pipe', 'ignore'] });
    expect(ours).toEqual(theirs.toString().split('\n').filter(Boolean));
  }
});

test('programs of OpenWrt for little-endian MIPS', (context) => {
  context.skip(files.length === 0, 'the folder with real data is absent');
  const file = files.find((one) => /\/busybox_.*_mipsel_24kc\.ipk$/.test(one));
  const outer = [...gunzipMembers(readFileSync(join(realdata, file!)))][0]!.content;
  const data = [...readTar(outer)].find(({ header }) => header.path.endsWith('data.tar.gz'))!.body;
  const busybox = [...readTar([...gunzipMembers(data)][0]!.content)].find(({ header }) =>
    header.path.endsWith('/busybox'),
  )!;
  expect(readElf(busybox.body)).toMatchObject({
    machine: 'mips',
    byteOrder: 'little',
    class: 32,
    abi: { float: 'soft', mips: { abi: 'o32', isa: 'mips32r2' } },
    interpreter: '/lib/ld-musl-mipsel-sf.so.1',
  });
});

test('a genuine package with any bit flipped is an error or the same package', (context) => {
  context.skip(files.length === 0, 'the folder with real data is absent');
  const file = files.find((one) => one.startsWith('alpine/packages') && /\/hello-2.*\.apk$/.test(one))!;
  const bytes = readFileSync(join(realdata, file));
  const whole = digestOfContents(bytes);
  for (let sample = 0; sample < 1500; sample++) {
    const bit = Math.floor((sample / 1500) * bytes.length * 8);
    const damaged = Buffer.from(bytes);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    expect(['KP4001', 'KP4002', whole]).toContain(outcome(damaged));
  }
  for (let cut = 0; cut < bytes.length; cut += 171) expect(outcome(bytes.subarray(0, cut))).not.toBe(whole);
});

function outcome(bytes: Uint8Array): string {
  try {
    return digestOfContents(bytes);
  } catch (error) {
    if (error instanceof KilopyError) return error.code;
    throw error;
  }
}

/** Of all that a reader of the package sees. */
function digestOfContents(bytes: Uint8Array): string {
  const hash = createHash('sha256');
  for (const { content } of gunzipMembers(bytes)) {
    for (const { header, body } of readTar(content, { endMarker: 'optional' })) {
      hash.update(`${header.type} ${header.path} ${String(header.mode)} ${header.linkTarget}\n`).update(body);
    }
  }
  return hash.digest('hex');
}
