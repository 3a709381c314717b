import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSigningKey } from '../../src/crypto/signing-key.ts';
import { writeApkV3 } from '../../src/emit/apk/write-apk-v3.ts';
import { writeIndexV3 } from '../../src/emit/apk/write-index-v3.ts';
import { recipeOf } from '../support/apk-repository.ts';
import { runCli, scratch } from '../support/cli.ts';
import { deadNetwork } from '../support/recorded-mirror.ts';

/** apk-tools 3, which Debian does not have: `KILOPY_APK3` names the program, built from its source by hand. */
const apk = process.env.KILOPY_APK3 ?? '';

test.skipIf(!existsSync(apk))(
  'apk-tools 3 takes the index of a service by its key, installs the .apk, and refuses both when a byte is changed (KILOPY_APK3)',
  async () => {
    const folder = scratch();
    const app = join(folder, 'app');
    const keys = join(folder, 'keys');
    mkdirSync(join(app, 'lib'), { recursive: true });
    mkdirSync(keys);
    writeFileSync(join(app, 'main.py'), 'import more\nprint("hello")\n');
    writeFileSync(join(app, 'lib/more.py'), 'x = 1\n');
    writeFileSync(join(app, 'kilopy.yaml'), 'name: greeter\nbase: debian\nenv: {PORT: "8080"}\n');
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    writeFileSync(join(keys, 'private-key.pem'), pem);
    const words = ['build', '.', '--base', 'debian', '--offline', '--output', 'openwrt-service'];
    const env = { ...deadNetwork, SOURCE_DATE_EPOCH: '1700000000', KILOPY_OPENWRT_KEYS: keys };
    expect(await runCli(words, { cwd: app, env })).toMatchObject({ status: 0 });

    // The other half of a router: OpenWrt's MicroPython, by name.
    const key = readSigningKey(pem, 'private-key.pem');
    const stub = writeApkV3(recipeOf({ name: 'micropython', version: '1.23.0-r1', architecture: 'noarch' }), [key]);
    const openwrt = join(folder, 'openwrt');
    mkdirSync(openwrt);
    writeFileSync(join(openwrt, 'micropython-1.23.0-r1.apk'), stub.bytes);
    writeFileSync(join(openwrt, 'packages.adb'), writeIndexV3([stub], 'noarch', 'openwrt', [key]));

    const dist = join(app, 'dist');
    function install(place: string, withKey = true): { status: number | null; root: string; said: string } {
      const root = scratch();
      mkdirSync(join(root, 'etc/apk/keys'), { recursive: true });
      if (withKey)
        writeFileSync(join(root, 'etc/apk/keys/mine.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
      const repositories = [openwrt, place].flatMap((one) => ['--repository', join(one, 'packages.adb')]);
      const options = ['--root', root, '--arch', 'mipsel_24kc', '--initdb', '--no-scripts', '--no-cache'];
      const { status, stdout, stderr } = spawnSync(apk, [...options, ...repositories, 'add', 'greeter'], {
        encoding: 'utf8',
      });
      return { status, root, said: stdout + stderr };
    }

    const good = install(dist);
    expect(good).toMatchObject({ status: 0, said: expect.stringContaining('greeter') as string });
    const inRoot = (path: string): string => readFileSync(join(good.root, path), 'utf8');
    expect(inRoot('usr/lib/kilopy/greeter/main.py')).toBe('import more\nprint("hello")\n');
    expect(inRoot('etc/config/greeter')).toContain("option port '8080'");
    expect(inRoot('lib/apk/packages/greeter.list').split('\n')).toContain('/etc/init.d/greeter');
    expect(inRoot('etc/apk/world')).toBe('greeter\n');
    expect(inRoot('lib/apk/db/installed')).toMatch(/^P:greeter$/mu);
    const audit = spawnSync(apk, ['--root', good.root, 'audit', '--full'], { encoding: 'utf8' });
    expect(audit.status).toBe(0);
    expect(audit.stdout).not.toMatch(/^[UX!] .*kilopy/mu);

    const stranger = install(dist, false);
    expect(stranger.said).toContain('UNTRUSTED');
    expect(existsSync(join(stranger.root, 'usr/lib/kilopy'))).toBe(false);
    for (const ending of ['packages.adb', '.apk']) {
      const bad = join(scratch(), 'bad');
      cpSync(dist, bad, { recursive: true });
      const file = join(bad, readdirSync(bad).find((name) => name.endsWith(ending)) ?? '');
      const bytes = readFileSync(file);
      const at = bytes.length >> 1;
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      writeFileSync(file, bytes);
      expect(install(bad).status, ending).not.toBe(0);
    }
  },
  240_000,
);
