import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recipeOf } from '../../test/support/apk-repository.ts';
import { scratch } from '../../test/support/cli.ts';
import { readSigningKey } from '../crypto/signing-key.ts';
import { writeApkV2 } from '../emit/apk/write-apk-v2.ts';
import { writeIndexV2 } from '../emit/apk/write-index-v2.ts';
import { createContext } from '../io/create-context.ts';
import type { Context } from '../io/context.ts';
import type { InspectedApk } from './inspected-apk.ts';
import { inspectApkV2, isApkV2 } from './inspect-apk-v2.ts';

async function place(): Promise<{ readonly ctx: Context; readonly apk: Buffer }> {
  const folder = scratch();
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = readSigningKey(privateKey.export({ type: 'pkcs8', format: 'pem' }), 'me.rsa.pub');
  const recipe = recipeOf({
    name: 'greeter',
    version: '1.0-r0',
    description: 'says: hello',
    depends: ['musl', 'cmd:x>~1'],
    triggers: ['/usr/lib/*'],
    scripts: new Map([['post-install', '#!/bin/sh\necho done\n']]),
    content: { 'usr/bin/greeter': 'x' },
  });
  const written = await writeApkV2(recipe, [key], 'sha256');
  writeFileSync(join(folder, 'greeter.apk'), written.bytes);
  writeFileSync(join(folder, 'APKINDEX.tar.gz'), await writeIndexV2([written], 'x86_64', 'ours', [key], 'sha256'));
  writeFileSync(join(folder, 'me.rsa.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  const ctx = { ...createContext({ emit: () => undefined, signal: new AbortController().signal }), cwd: folder };
  return { ctx, apk: Buffer.from(written.bytes) };
}

async function linesOf({ lines }: InspectedApk): Promise<string> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all.join('\n');
}

test('a package of version 2 is shown with the names of adbdump', async () => {
  const { ctx } = await place();
  expect(await isApkV2(ctx, 'greeter.apk')).toBe(true);
  const shown = await linesOf(await inspectApkV2(ctx, 'greeter.apk', ['me.rsa.pub']));
  expect(shown.replaceAll(/[0-9a-f]{40,}/gu, 'HASH').split('\n')).toEqual([
    '# apk package, version 2',
    'info:',
    '  name: greeter',
    '  version: 1.0-r0',
    '  description: "says: hello"',
    '  arch: x86_64',
    '  license: MIT',
    '  origin: greeter',
    '  build-time: 1700000000',
    '  installed-size: 1',
    '  depends: # 2 items',
    '    - musl',
    '    - "cmd:x>~1"',
    '  datahash: HASH',
    'paths:',
    '  - {name: usr, type: directory, mode: 0755, user: 0, group: 0}',
    '  - {name: usr/bin, type: directory, mode: 0755, user: 0, group: 0}',
    '  - {name: usr/bin/greeter, type: file, mode: 0755, user: 0, group: 0, size: 1, hashes: HASH}',
    'scripts:',
    '  post-install: |',
    '    #!/bin/sh',
    '    echo done',
    'triggers: # 1 items',
    '  - /usr/lib/*',
    '# sig RSA sha256 me.rsa.pub: OK',
  ]);
  expect(await linesOf(await inspectApkV2(ctx, 'greeter.apk'))).toMatch(/: UNTRUSTED signature$/u);
});

test('an index of version 2 is shown as its text, with whose signature it has', async () => {
  const { ctx } = await place();
  expect(await isApkV2(ctx, 'APKINDEX.tar.gz')).toBe(true);
  const text = await linesOf(await inspectApkV2(ctx, 'APKINDEX.tar.gz', ['me.rsa.pub']));
  expect(text).toMatch(/^# apk index, version 2: ours\nC:Q[12]/u);
  expect(text).toContain('\nP:greeter\nV:1.0-r0\n');
  expect(text).toMatch(/\n# sig RSA sha256 me\.rsa\.pub: OK$/u);
});

test('a package that is cut short or changed names itself', async () => {
  const { ctx, apk } = await place();
  writeFileSync(join(ctx.cwd, 'cut.apk'), apk.subarray(0, -5));
  await expect(inspectApkV2(ctx, 'cut.apk')).rejects.toMatchObject({ code: 'KP5072', where: 'cut.apk' });
  apk[20] = (apk[20] ?? 0) ^ 1;
  writeFileSync(join(ctx.cwd, 'bad.apk'), apk);
  const shown = inspectApkV2(ctx, 'bad.apk', ['me.rsa.pub']);
  await expect(shown).rejects.toMatchObject({ where: 'bad.apk' });
});

test('so does one whose fault shows while its lines are read', async () => {
  const { ctx } = await place();
  const small = { ...ctx, limits: { ...ctx.limits, packageBytes: 100 } };
  const inspected = await inspectApkV2(small, 'greeter.apk');
  await expect(linesOf(inspected)).rejects.toMatchObject({ where: expect.stringMatching(/^greeter\.apk/u) });
});
