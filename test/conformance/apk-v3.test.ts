import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { dumpAdb } from '../../src/codec/adb/dump-adb.ts';
import { readAdb } from '../../src/codec/adb/read-adb.ts';
import { encodePath } from '../../src/codec/path-text.ts';
import { verifyAdb } from '../../src/crypto/adb-signature.ts';
import { readPublicKey } from '../../src/crypto/public-keys.ts';

const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');
const present = existsSync(realdata);
const limits = { databaseBytes: 2 ** 26, totalBytes: 2 ** 28 };

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function dumpOf(bytes: Uint8Array): Promise<Buffer> {
  const lines: Uint8Array[] = [];
  for await (const line of dumpAdb(await readAdb(once(bytes), limits), () => 'UNTRUSTED signature'))
    lines.push(encodePath(`${line}\n`));
  return Buffer.concat(lines);
}

function dumps(): readonly (readonly [file: string, yaml: string])[] {
  const v3 = join(realdata, 'alpine/v3');
  const mossdef = join(realdata, 'openwrt/mossdef-apk');
  return [
    ...list(v3, '.yaml').map((yaml) => [join(v3, yaml.slice(0, -5)), join(v3, yaml)] as const),
    ...list(join(mossdef, 'expected'), '.yaml').map(
      (yaml) => [join(mossdef, yaml.slice(0, -5)), join(mossdef, 'expected', yaml)] as const,
    ),
  ];
}

function list(folder: string, end: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(end));
}

test('packages and indexes of version 3 are dumped byte for byte as adbdump of apk-tools dumps them', async (context) => {
  context.skip(!present, 'the folder with real data is absent');
  const pairs = dumps();
  expect(pairs.length).toBe(20);
  for (const [file, yaml] of pairs) {
    expect((await dumpOf(readFileSync(file))).toString('latin1')).toBe(readFileSync(yaml, 'latin1'));
  }
});

test('signatures of ECDSA and RSA hold, and do not once a byte of the database or the signature is changed', async (context) => {
  context.skip(!present, 'the folder with real data is absent');
  const folders = [
    'alpine/v3',
    'openwrt/mossdef-apk',
    ...list(join(realdata, 'openwrt/dichgrem-zzz/apk'), '').map((arch) => `openwrt/dichgrem-zzz/apk/${arch}`),
  ];
  let checked = 0;
  for (const folder of folders.map((one) => join(realdata, one))) {
    const keys = list(folder, '.pem').map((name) => readPublicKey(readFileSync(join(folder, name)), name));
    for (const name of [...list(folder, '.apk'), ...list(folder, '.adb')]) {
      const file = await readAdb(once(readFileSync(join(folder, name))), limits);
      // The packages of this feed are not signed: only its index vouches for them.
      if (file.signatures.length === 0) continue;
      expect(verifyAdb(file, keys, name).verdict.kind).toBe('signature');
      expect(() => verifyAdb(file, [], name)).toThrow(expect.objectContaining({ code: 'KP5001' }));
      const database = Uint8Array.from(file.database);
      database[checked % database.length]! ^= 1 << (checked % 8);
      expect(() => verifyAdb({ ...file, database }, keys, name)).toThrow(expect.objectContaining({ code: 'KP5002' }));
      const [signature] = file.signatures;
      const bytes = Uint8Array.from(signature!.bytes);
      bytes[bytes.length - 1 - (checked % 30)]! ^= 1 << (checked % 8);
      const signatures = [{ ...signature!, bytes }];
      expect(() => verifyAdb({ ...file, signatures }, keys, name)).toThrow(expect.objectContaining({ code: 'KP5002' }));
      checked += 1;
    }
  }
  expect(checked).toBe(4 + 16 + 7);
});
