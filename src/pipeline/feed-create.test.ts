import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { makeApkFeed } from '../../test/support/apk-feed.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import { createContext } from '../io/create-context.ts';
import { createFeed, type FeedCreateRequest, type FeedCreateResult } from './feed-create.ts';
import { createKey } from './feed-key.ts';
import { parsePackageYaml } from './package-yaml.ts';

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function write(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kilopy-feed-'));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

async function create(folder: string, more: Partial<FeedCreateRequest> = {}): Promise<FeedCreateResult> {
  const ctx = createContext({ cwd: folder, env: {} });
  if (!(await ctx.fs.exists(join(folder, 'k.ec')))) await createKey(ctx, 'k', 'ec');
  const request: FeedCreateRequest = {
    folder: 'packages',
    keys: ['k.ec'],
    formats: ['v3'],
    outDir: 'out',
    architectures: ['x86_64', 'aarch64'],
    description: '',
    hash: 'sha256',
  };
  return await createFeed(ctx, { ...request, ...more });
}

async function digests(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder, { recursive: true }))
    .filter((name) => /\.(?:apk|adb|gz)$/u.test(name))
    .toSorted();
  const hashes = names.map(async (name) => {
    const hash = createHash('sha256').update(await readFile(join(folder, name)));
    return `${name} ${hash.digest('hex')}`;
  });
  return await Promise.all(hashes);
}

test('the same folders give the same bytes, whatever their modes and times', async () => {
  const { folder, ctx } = await makeApkFeed();
  folders.push(folder);
  const before = await digests(join(folder, 'feed'));
  expect(before).toHaveLength(6);
  await rm(join(folder, 'feed'), { recursive: true });
  const file = join(folder, 'packages/hello/files/etc/hello.conf');
  await chmod(file, 0o600);
  await utimes(file, 1, 2);
  const request = {
    folder: 'packages',
    outDir: 'feed',
    architectures: [],
    description: 'test feed',
    hash: 'sha256',
  } as const;
  await createFeed(ctx, { ...request, keys: ['me.rsa'], formats: ['v2'] });
  await createFeed(ctx, { ...request, keys: ['me.rsa', 'me.ec'], formats: ['v3'] });
  expect(await digests(join(folder, 'feed'))).toEqual(before);
});

test('packages of noarch stand in the folder of every architecture', async () => {
  const folder = await write({ 'packages/a/kilopy-package.yaml': 'name: a\nversion: 1.10\n' });
  const { files, packages } = await create(folder);
  expect(files.map(({ path }) => path)).toEqual([
    'out/v3/aarch64/a-1.10.apk',
    'out/v3/aarch64/Packages.adb',
    'out/v3/x86_64/a-1.10.apk',
    'out/v3/x86_64/Packages.adb',
    'out/k.ec.pub',
  ]);
  expect(packages).toEqual([{ name: 'a', version: '1.10', architecture: 'noarch' }]);
  await expect(create(folder, { architectures: [] })).rejects.toMatchObject({ code: 'KP5253' });
});

type Refusal = readonly [what: string, code: string, files: Record<string, string>, more: Partial<FeedCreateRequest>];

const good = { 'packages/a/kilopy-package.yaml': 'name: a\nversion: 1-r0\n' };

test.each<Refusal>([
  ['no folder', 'KP5253', {}, {}],
  ['no package', 'KP5253', { 'packages/a/x': '' }, {}],
  ['the same package twice', 'KP5253', { ...good, 'packages/b/kilopy-package.yaml': 'name: a\nversion: 2\n' }, {}],
  [
    'a script that is not there',
    'KP5253',
    { 'packages/a/kilopy-package.yaml': 'name: a\nversion: 1\nscripts: {post-install: x.sh}\n' },
    {},
  ],
  [
    'triggers without a script',
    'KP5253',
    { 'packages/a/kilopy-package.yaml': 'name: a\nversion: 1\ntriggers: [/usr]\n' },
    {},
  ],
  ['a mode of nothing', 'KP5253', { 'packages/a/kilopy-package.yaml': 'name: a\nversion: 1\nmodes: {x: 755}\n' }, {}],
  ['no key', 'KP5250', good, { keys: ['other.rsa'] }],
  ['a public key', 'KP5250', { ...good, 'other.rsa.pub': '-----BEGIN PUBLIC KEY-----' }, { keys: ['other.rsa.pub'] }],
  ['a key that is none', 'KP5250', { ...good, 'other.rsa': 'rubbish' }, { keys: ['other.rsa'] }],
  [
    'a certificate for a key',
    'KP5250',
    { ...good, 'other.rsa': '-----BEGIN CERTIFICATE-----' },
    { keys: ['other.rsa'] },
  ],
  ['an EC key for version 2', 'KP5250', good, { formats: ['v2'] }],
])('%s is %s', async (_, code, files, more) => {
  await expect(create(await write(files), more)).rejects.toMatchObject({ code });
});

test('all faults of kilopy-package.yaml are reported, each with its place', () => {
  const text = 'name: a/b\nversion: 1..2\ndepend: [x]\ndepends: ["a b", c]\nproviderPriority: high\n';
  const faults = ((): readonly KilopyError[] => {
    try {
      parsePackageYaml(text, 'p/kilopy-package.yaml');
      return [];
    } catch (error) {
      return error instanceof KilopyError ? [error, ...error.others] : [];
    }
  })();
  const places = faults.map(({ code, where }) => `${code} ${String((where as { line: number }).line)}`);
  expect(places).toEqual(['KP5253 1', 'KP5253 2', 'KP2002 3', 'KP5253 4', 'KP2003 5']);
});

test('a key is never overwritten and is nobody else’s to read', async () => {
  const folder = await write({});
  const ctx = createContext({ cwd: folder, env: {} });
  const made = await createKey(ctx, 'me', 'ec');
  expect(made).toMatchObject({ privateFile: 'me.ec', publicFile: 'me.ec.pub' });
  expect((await stat(join(folder, 'me.ec'))).mode & 0o777).toBe(0o600);
  await expect(createKey(ctx, 'me.ec', 'ec')).rejects.toMatchObject({ code: 'KP5251', where: 'me.ec' });
});

test('a key that is none is called as its file is', async () => {
  const folder = await write({ ...good, 'other.rsa': 'rubbish' });
  await expect(create(folder, { keys: ['other.rsa'] })).rejects.toMatchObject({
    message: 'other.rsa has no private key in PEM',
    where: 'other.rsa',
  });
});
