import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { formatInstalled, parseInstalled } from '../../src/codec/apk-installed.ts';
import { formatScriptsTar, formatTriggers, parseScriptsTar, parseTriggers } from '../../src/codec/apk-scripts.ts';
import { readTar } from '../../src/codec/tar/read-tar.ts';

const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');
const installed = join(realdata, 'alpine/installed');
const present = existsSync(realdata);

/** The database files of both minirootfs, beside those that lie open. */
function minirootfs(name: string): readonly Buffer[] {
  return ['x86_64', 'armv7'].map((arch) => {
    const tar = gunzipSync(readFileSync(join(realdata, `alpine/minirootfs/alpine-minirootfs-3.20.3-${arch}.tar.gz`)));
    const entry = [...readTar(tar)].find(({ header }) => header.path === `./lib/apk/db/${name}`);
    return Buffer.from(entry!.body);
  });
}

test('installed databases are written back byte for byte', (context) => {
  context.skip(!present, 'the folder with real data is absent');
  const files = ['redis-operator-compat', 'wolfi-base', 'root-db/installed'];
  const all = [...files.map((name) => readFileSync(join(installed, name))), ...minirootfs('installed')];
  for (const bytes of all) {
    const packages = parseInstalled(bytes, 'installed');
    expect(packages.length).toBeGreaterThan(13);
    expect(Buffer.from(formatInstalled(packages)).equals(bytes)).toBe(true);
  }
  const [first] = parseInstalled(readFileSync(join(installed, 'root-db/installed')), 'installed');
  expect(first).toMatchObject({ name: 'alpine-baselayout-data', version: '3.2.0-r22' });
  expect(first!.folders[0]!.files.find(({ name }) => name === 'shadow')).toEqual({
    name: 'shadow',
    acl: '0:42:640',
    checksum: 'Q1ltrPIAW2zHeDiajsex2Bdmq3uqA=',
  });
});

test('the database with attributes of a folder behind a file is refused', (context) => {
  context.skip(!present, 'the folder with real data is absent');
  const bytes = readFileSync(join(installed, 'bad-top-level-perms'));
  expect(() => parseInstalled(bytes, 'installed')).toThrow(
    expect.objectContaining({ code: 'KP5254', where: { file: 'installed', line: 16 } }),
  );
});

test('scripts.tar and triggers are written back byte for byte', (context) => {
  context.skip(!present, 'the folder with real data is absent');
  for (const bytes of [readFileSync(join(installed, 'root-db/scripts.tar')), ...minirootfs('scripts.tar')]) {
    const scripts = parseScriptsTar(bytes, 'scripts.tar');
    expect(scripts.length).toBeGreaterThan(6);
    expect(Buffer.from(formatScriptsTar(scripts)).equals(bytes)).toBe(true);
  }
  for (const bytes of [readFileSync(join(installed, 'root-db/triggers')), ...minirootfs('triggers')]) {
    const triggers = parseTriggers(bytes);
    expect(triggers[0]!.globs).toContain('/usr/bin');
    expect(Buffer.from(formatTriggers(triggers)).equals(bytes)).toBe(true);
  }
});
