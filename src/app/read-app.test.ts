import { createServer } from 'node:net';
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { memoryBlobs } from '../../test/support/memory-blobs.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import { createContext } from '../io/create-context.ts';
import type { App } from './app.ts';
import { appNodes } from './app-nodes.ts';
import { readApp, type AppSettings } from './read-app.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kilopy app '));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function write(...files: readonly string[]): Promise<void> {
  for (const path of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), `# ${path}\n`);
  }
}

function read(settings: Partial<AppSettings> = {}): Promise<App> {
  const all = { folder, entry: 'main.py', include: [], exclude: [], ...settings };
  return readApp(createContext(), memoryBlobs(), all);
}

async function failure(settings: Partial<AppSettings> = {}): Promise<KilopyError> {
  const error: unknown = await read(settings).catch((caught: unknown) => caught);
  if (!(error instanceof KilopyError)) throw new Error('no KilopyError', { cause: error });
  return error;
}

function paths(app: App): string[] {
  return app.files.map((file) => file.path);
}

test('takes what a program may need, and leaves out what none can', async () => {
  await write(
    'main.py',
    'lib/a.py',
    'data/x.json',
    'README.md',
    'a b\nc.txt',
    `${'n'.repeat(252)}.py`,
    'pkg/dist/x',
    'testing.py',
  );
  await write('.git/config', '.env', '__pycache__/a.pyc', 'pkg/b.pyc', 'kilopy.yaml', 'kilopy.lock', 'test_main.py');
  await write(
    'tests/a.py',
    'dist/main.oci.tar',
    'main.py~',
    '#main.py#',
    'x.swp',
    'pkg/test_b.py',
    'node_modules/x/index.js',
  );
  const app = await read();
  expect(paths(app)).toEqual([
    'README.md',
    'a b\nc.txt',
    'data/x.json',
    'lib/a.py',
    'main.py',
    `${'n'.repeat(252)}.py`,
    'pkg/dist/x',
    'testing.py',
  ]);
  expect(app.leftOut).toContain('.git');
  expect(app.leftOut).toContain('test_main.py');
});

test.each<[include: string[], exclude: string[], expected: string[]]>([
  [['**'], [], ['data/x.json', 'main.py', 'web/a.css']],
  [['main.py', 'web'], [], ['main.py', 'web/a.css']],
  [['**/*.py'], [], ['main.py']],
  [[], ['web'], ['data/x.json', 'main.py']],
  [[], ['**/*.{css,json}'], ['main.py']],
  [['main.py', '.well-known/**'], [], ['.well-known/key', 'main.py']],
  [['**', '.well-known'], [], ['.well-known/key', 'data/x.json', 'main.py', 'web/a.css']],
  [['**', '.well-known'], ['.well-known'], ['data/x.json', 'main.py', 'web/a.css']],
])('include %j exclude %j', async (include, exclude, expected) => {
  await write('main.py', 'data/x.json', 'web/a.css', '.well-known/key', '.git/HEAD');
  expect(paths(await read({ include, exclude }))).toEqual(expected);
});

test('what the build itself reads stays out of the image, unless it is asked for by name', async () => {
  await write('main.py', 'keys/feed.asc', 'data/x.json');
  const inputs = [join(folder, 'keys/feed.asc'), '/elsewhere/other.asc'];
  expect(paths(await read({ inputs }))).toEqual(['data/x.json', 'main.py']);
  expect(paths(await read({ inputs, include: ['**', 'keys/feed.asc'] }))).toContain('keys/feed.asc');
});

test('same content gives the same nodes, whatever the times, modes and place', async () => {
  const results = [];
  for (const mode of [0o600, 0o664]) {
    await write('main.py', 'lib/a.py', 'run.sh');
    await chmod(join(folder, 'main.py'), mode);
    await chmod(join(folder, 'run.sh'), mode | 0o100);
    await utimes(join(folder, 'main.py'), mode, mode);
    results.push(appNodes(await read(), { root: 'app', mtimeSeconds: 7 }));
    await rm(folder, { recursive: true });
    folder = await mkdtemp(join(tmpdir(), 'kilopy-'));
  }
  expect(results[0]).toEqual(results[1]);
  expect(results[0]?.map((node) => [node.path, node.type, node.mode.toString(8), node.mtimeSeconds])).toEqual([
    ['app', 'directory', '755', 7],
    ['app/lib', 'directory', '755', 7],
    ['app/lib/a.py', 'file', '644', 7],
    ['app/main.py', 'file', '644', 7],
    ['app/run.sh', 'file', '755', 7],
  ]);
  expect(results[0]?.[2]?.origin).toEqual({ kind: 'app', file: 'lib/a.py' });
});

test('every folder above the application becomes a node', async () => {
  await write('main.py');
  const nodes = appNodes(await read(), { root: 'srv/www', mtimeSeconds: 0 });
  expect(nodes.map((node) => node.path)).toEqual(['srv', 'srv/www', 'srv/www/main.py']);
});

test('links inside the folder are followed, folders too', async () => {
  await write('main.py', 'shared/a.py');
  await symlink('main.py', join(folder, 'alias.py'));
  await symlink('shared', join(folder, 'lib'));
  expect(paths(await read())).toEqual(['alias.py', 'lib/a.py', 'main.py', 'shared/a.py']);
});

test.each([
  ['/etc/passwd', 'that is outside'],
  ['..', 'that is outside'],
  ['nothing', 'there is nothing'],
  ['.', 'that is a folder above it'],
  ['loop', 'it cannot be read'],
])('a link to %s is an error', async (target, why) => {
  await write('main.py');
  await symlink(target, join(folder, 'loop'));
  const error = await failure();
  expect(error.code).toBe(target === 'loop' ? 'KP3003' : 'KP3004');
  expect(error.why).toContain(why);
  expect(error.where).toEqual({ file: 'loop' });
});

test('files that cannot be used are reported together', async () => {
  await write('main.py');
  await writeFile(Buffer.concat([Buffer.from(`${folder}/bad`), Buffer.from([0xff])]), '');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve));
  try {
    const error = await failure();
    expect([error, ...error.others].map(({ code, why }) => [code, why])).toEqual([
      ['KP3003', 'its name is not UTF-8'],
      ['KP3003', 'it is a socket'],
    ]);
    expect((await read({ exclude: ['socket', 'bad?'] })).files).toHaveLength(1);
  } finally {
    server.close();
  }
});

test.each([10, 9 * 2 ** 20])(
  'a file of %i bytes that cannot be read is a fault of the application',
  async (sizeBytes) => {
    await write('main.py');
    await writeFile(join(folder, 'data'), Buffer.alloc(sizeBytes));
    const ctx = createContext();
    const denied = new Error('EACCES: permission denied');
    const fs = {
      ...ctx.fs,
      readFile: (path: string) => (path.endsWith('data') ? Promise.reject(denied) : ctx.fs.readFile(path)),
      async *readStream(path: string) {
        yield* ctx.fs.readStream(path);
        throw denied;
      },
    };
    const settings = { folder, entry: 'main.py', include: [], exclude: [] };
    await expect(readApp({ ...ctx, fs }, memoryBlobs(), settings)).rejects.toMatchObject({
      code: 'KP3003',
      cause: denied,
    });
    const full = new Error('ENOSPC');
    const store = { ...memoryBlobs(), put: () => Promise.reject(full), putStream: () => Promise.reject(full) };
    await expect(readApp(ctx, store, settings)).rejects.toBe(full);
  },
);

test('a file over the limit is refused', async () => {
  await write('main.py');
  const ctx = createContext();
  const small = { ...ctx, limits: { ...ctx.limits, fileBytes: 3 } };
  const settings = { folder, entry: 'main.py', include: [], exclude: [] };
  await expect(readApp(small, memoryBlobs(), settings)).rejects.toMatchObject({ code: 'KP3003' });
});

test.each<[present: string[], settings: Partial<AppSettings>, fix: RegExp]>([
  [[], {}, /kilopy new/],
  [['app.txt'], {}, /kilopy new/],
  [['server.py'], {}, /entry: server\.py/],
  [['a.py', 'b.py', 'man.py'], {}, /entry: man\.py/],
  [['test_main.py'], { entry: 'test_main.py' }, /include: \["test_main\.py"\]/],
  [['main.py'], { exclude: ['*.py'] }, /include/],
])('no entry point: %j %j', async (present, settings, fix) => {
  await write(...present);
  const error = await failure(settings);
  expect(error.code).toBe('KP3002');
  expect(error.fix).toMatch(fix);
});

test('a folder that is not there, and a file instead of a folder', async () => {
  await write('greeter/main.py', 'web.py', 'main.py');
  const absent = await failure({ folder: join(folder, 'greter') });
  expect(absent).toMatchObject({ code: 'KP3001', fix: `did you mean ${join(folder, 'greeter')}?` });
  expect(await failure({ folder: join(folder, 'main.py') })).toMatchObject({
    code: 'KP3001',
    fix: `name the folder: ${folder}`,
  });
  expect((await failure({ folder: join(folder, 'web.py') })).fix).toContain('app: {entry: web.py}');
});
