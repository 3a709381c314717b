import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { dumpAdb } from '../../src/codec/adb/dump-adb.ts';
import { readAdb } from '../../src/codec/adb/read-adb.ts';
import { encodePath } from '../../src/codec/path-text.ts';

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
    expect((await dumpOf(readFileSync(file))).toString('latin1'), file).toBe(readFileSync(yaml, 'latin1'));
  }
});
