import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { memoryBlobs } from '../../test/support/memory-blobs.ts';
import { createContext } from '../io/create-context.ts';
import { launcherSource } from './launcher.ts';
import { createCompiler } from './micropython-compiler.ts';
import { newProject, templates } from './new-project.ts';
import { readApp } from './read-app.ts';

let cwd: string;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'kilopy-new-'));
});
afterEach(async () => {
  await rm(cwd, { recursive: true, force: true });
});

test.each(Object.keys(templates))(
  '%s: what is written is an application that MicroPython accepts',
  async (template) => {
    const ctx = createContext({ cwd });
    const project = await newProject(ctx, 'my-app', template);
    expect(project).toMatchObject({ name: 'my-app', folder: join(cwd, 'my-app') });
    expect((await readdir(project.folder)).sort()).toEqual(project.files);
    const app = await readApp(ctx, memoryBlobs(), { folder: 'my-app', entry: 'main.py', include: [], exclude: [] });
    expect(app.files.map(({ path }) => path)).toEqual(['main.py']);
    const compile = createCompiler();
    for (const path of project.files.filter((file) => file.endsWith('.py'))) {
      expect(await compile(await readFile(join(project.folder, path)))).toBeUndefined();
    }
  },
);

test.each(['http', 'cron'] as const)('%s has a kilopy.yaml of a few lines', (template) => {
  const yaml = templates[template].files('my-app')['kilopy.yaml'] ?? '';
  expect(yaml.split('\n').length).toBeLessThanOrEqual(8);
  expect(yaml).toContain('name: my-app\n');
});

test('the launcher is accepted by MicroPython', async () => {
  expect(await createCompiler()(Buffer.from(launcherSource))).toBeUndefined();
});

test.each(['hello', 'http'] as const)('examples/%s is what the template gives', async (name) => {
  const folder = join(import.meta.dirname, '../../examples', name);
  const files = templates[name].files(name);
  const present = (await readdir(folder)).filter((file) => !['dist', 'kilopy.lock'].includes(file));
  expect(present.sort()).toEqual(Object.keys(files).sort());
  for (const [path, text] of Object.entries(files)) expect(await readFile(join(folder, path), 'utf8')).toBe(text);
});

test.each<[folder: string, template: string, expected: object]>([
  ['My App', 'hello', { code: 'KP3008', fix: '`kilopy new my-app`' }],
  ['.', 'hello', { code: 'KP3008' }],
  ['app', 'htp', { code: 'KP3008', fix: 'did you mean `--template http`?' }],
  ['app', 'constructor', { code: 'KP3008', fix: 'choose one of hello, http, cron' }],
  ['taken', 'hello', { code: 'KP3007', message: 'taken is a file' }],
])('new %s --template %s is refused', async (folder, template, expected) => {
  await writeFile(join(cwd, 'taken'), '');
  await expect(
    newProject(createContext({ cwd: folder === '.' ? '/tmp/..' : cwd }), folder, template),
  ).rejects.toMatchObject(expected);
  expect(await readdir(cwd)).toEqual(['taken']);
});

test('a folder with something in it is left alone, an empty one is used', async () => {
  const ctx = createContext({ cwd });
  await ctx.fs.makeDirectory(join(cwd, 'app'));
  await newProject(ctx, 'app');
  await expect(newProject(ctx, 'app')).rejects.toMatchObject({ code: 'KP3007', why: 'it has .gitignore' });
});
