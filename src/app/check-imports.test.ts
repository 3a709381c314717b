import { expect, test } from 'vitest';
import { memoryBlobs } from '../../test/support/memory-blobs.ts';
import type { App } from './app.ts';
import { checkImports, type ImportReport } from './check-imports.ts';
import { importError } from './import-problem.ts';
import { createImportReader } from './import-reader.ts';
import type { RuntimeModules } from './runtime-modules.ts';

const runtime: RuntimeModules = {
  version: '1.25.0',
  names: [
    'asyncio',
    'asyncio.core',
    'json',
    'machine',
    'math',
    'os',
    'requests',
    'sys',
    'time',
    'ujson',
    'uos',
    'usys',
    'utime',
  ],
  libraryFiles: ['site.py', 'vendor/__init__.py', 'vendor/sub.py'],
};

type Files = Readonly<Record<string, string>>;

function setUp(files: Files): { app: App; store: ReturnType<typeof memoryCache> } {
  const store = memoryCache();
  const list = Object.entries(files).map(([path, text]) => ({ path, content: store.add(text), executable: false }));
  return { app: { folder: '/src', entry: 'main.py', files: list, leftOut: ['test_util.py'] }, store };
}

function memoryCache() {
  const derived = new Map<string, Uint8Array>();
  return {
    ...memoryBlobs(),
    derived,
    recall: (kind: string, key: string) => Promise.resolve(derived.get(`${kind} ${key}`)),
    remember(kind: string, key: string, bytes: Uint8Array) {
      derived.set(`${kind} ${key}`, bytes);
      return Promise.resolve();
    },
  };
}

function check(files: Files, modules: RuntimeModules = runtime): Promise<ImportReport> {
  const { app, store } = setUp(files);
  return checkImports(app, modules, createImportReader(store));
}

test.each<[files: Files, problems: readonly string[]]>([
  [{ 'main.py': 'import os, json, utime, asyncio.core, requests' }, []],
  [{ 'main.py': 'import requsts' }, ['main.py:1:8 requsts']],
  [{ 'main.py': 'import a', 'a.py': 'import b', 'b.py': 'import c' }, ['b.py:1:8 c']],
  [{ 'main.py': 'import a', 'a.py': 'import main', 'b.py': 'import nowhere' }, []],
  [{ 'main.py': 'import a', 'a.mpy': 'M' }, []],
  [{ 'main.py': 'import a', 'a/__init__.py': 'import x' }, ['a/__init__.py:1:8 x']],
  [{ 'main.py': 'import a.b', 'a/__init__.py': '', 'a/b.py': 'import y' }, ['a/b.py:1:8 y']],
  [{ 'main.py': 'import a.b.c', 'a/__init__.py': '', 'a/b.py': '' }, ['main.py:1:8 a.b.c']],
  [{ 'main.py': 'import a.b', 'a/b.py': '' }, []],
  [{ 'main.py': 'from a import b', 'a/b.py': 'import z' }, ['a/b.py:1:8 z']],
  [{ 'main.py': 'from a import c', 'a/b.py': '' }, ['main.py:1:6 a.c']],
  [{ 'main.py': 'from a import c', 'a/__init__.py': 'c = 1' }, []],
  [{ 'main.py': 'from a import *', 'a/b.py': '' }, []],
  [{ 'main.py': 'from a import c', 'a.py': '' }, []],
  [{ 'main.py': 'import a', 'lib/a.py': 'import b', 'lib/b.py': '' }, []],
  [{ 'main.py': 'import lib.a', 'lib/a.py': '' }, []],
  [{ 'main.py': 'import site, vendor.sub' }, []],
  [{ 'main.py': 'import vendor.other' }, ['main.py:1:8 vendor.other']],
  [{ 'main.py': 'import os.path' }, ['main.py:1:8 os.path']],
  [{ 'main.py': 'from os import path' }, ['main.py:1:6 os.path']],
  [{ 'main.py': 'from os import stat' }, []],
  [{ 'main.py': 'import os.path', 'lib/os/__init__.py': 'from uos import *', 'lib/os/path.py': '' }, []],
  [{ 'main.py': 'import json.tool', 'json/tool.py': '' }, []],
  [{ 'main.py': 'import asyncio.extra', 'lib/asyncio/extra.py': '' }, ['main.py:1:8 asyncio.extra']],
  [{ 'main.py': 'from . import a', 'a.py': '' }, ['main.py:1:6 .']],
  [
    { 'main.py': 'import p.a', 'p/a.py': 'from . import b\nfrom .b import c\nfrom .d import e', 'p/b.py': '' },
    ['p/a.py:3:6 p.d'],
  ],
  [{ 'main.py': 'import p', 'p/__init__.py': 'from .b import c', 'p/b.py': 'from ..x import y' }, ['p/b.py:1:6 ..x']],
  [{ 'main.py': 'import p.q.a', 'p/q/a.py': 'from .. import b\nfrom ..b import c', 'p/b.py': '' }, []],
  [{ 'main.py': 'try:\n  import x\nexcept ImportError:\n  x = None' }, []],
  [{ 'main.py': 'try:\n  import x\nexcept ImportError:\n  import y' }, ['main.py:4:10 y']],
  [{ 'main.py': 'try:\n  import json\nexcept ImportError:\n  import y' }, []],
  [
    { 'main.py': 'import sys\nif sys.platform == "esp32":\n  import esp32\nelse:\n  import a', 'a.py': 'import b' },
    ['a.py:1:8 b'],
  ],
  [{ 'main.py': 'if TYPE_CHECKING:\n  import a', 'a.py': 'import nowhere' }, []],
  [
    { 'main.py': 'import a\nif __name__ == "__main__":\n  import x', 'a.py': 'if __name__ == "__main__":\n  import y' },
    ['main.py:3:10 x'],
  ],
  [{ 'main.py': 'def f():\n  import x' }, ['main.py:2:10 x']],
  [{ 'main.py': '__import__("x")' }, ['main.py:1:1 x']],
  [{ 'main.py': 'import x, y\nimport z' }, ['main.py:1:8 x', 'main.py:1:11 y', 'main.py:2:8 z']],
])('%j', async (files, expected) => {
  const { problems } = await check(files);
  const places = problems.map(
    ({ where, module }) => `${where.file}:${String(where.line)}:${String(where.column)} ${module}`,
  );
  expect(places).toEqual(expected);
});

test.each<[module: string, text: RegExp]>([
  ['subprocess', /os\.system/],
  ['logging', /micropython-lib.*lib\/logging\.py beside main\.py/s],
  ['threading', /asyncio/],
  ['os.path', /micropython-lib/],
  ['concurrent.futures', /gather/],
  ['numpy', /parts in C/],
  ['test_util', /test_util\.py is in the folder but left out/],
  ['requsts', /did you mean `requests`/],
  ['Main', /did you mean `main`/],
  ['constructor', /lib\/ beside main\.py/],
  ['no_such_thing_at_all', /lib\/ beside main\.py/],
])('import %s gets a good answer', async (module, text) => {
  const { problems } = await check({ 'main.py': `import ${module}` });
  const error = importError([problems[0]!]);
  expect(error).toMatchObject({ code: 'KP3006', exitCode: 2, where: { file: 'main.py', line: 1, column: 8 } });
  expect(`${error.why ?? ''}\n${error.fix ?? ''}`).toMatch(text);
  expect(error.message).toContain('MicroPython 1.25.0');
});

test('what is missing is reported in one error', async () => {
  const { problems } = await check({ 'main.py': 'import x\nimport y' });
  expect(importError([problems[0]!, ...problems.slice(1)]).others.map(({ data }) => data)).toEqual([{ module: 'y' }]);
});

test('says what was reached and what the runtime must have', async () => {
  const report = await check({ 'main.py': 'import a, json', 'a.py': 'from asyncio import core', 'b.py': '' });
  expect(report.reached).toEqual(['main.py', 'a.py']);
  expect(report.runtimeModules).toEqual(['asyncio', 'asyncio.core', 'json']);
});

test('a file that was scanned once is not read again', async () => {
  const { app, store } = setUp({ 'main.py': 'import x', 'copy.py': 'import x' });
  const expected = await createImportReader(store)(app.files[0]!);
  const reader = createImportReader({ ...store, read: () => Promise.reject(new Error('read')) });
  expect(await reader(app.files[0]!)).toEqual(expected);
  expect((await reader(app.files[1]!))[0]?.where.file).toBe('copy.py');
});
