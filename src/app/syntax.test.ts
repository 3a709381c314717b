import { expect, test } from 'vitest';
import { memoryBlobs } from '../../test/support/memory-blobs.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import { createContext } from '../io/create-context.ts';
import type { KilopyEvent } from '../values/events.ts';
import type { App } from './app.ts';
import { compilerVersion } from './micropython-compiler.ts';
import { checkSyntax, maximumCheckedBytes } from './syntax.ts';

function setUp(files: Readonly<Record<string, string | Uint8Array>>) {
  const derived = new Map<string, Uint8Array>();
  const blobs = memoryBlobs();
  const store = {
    ...blobs,
    recall: (kind: string, key: string) => Promise.resolve(derived.get(`${kind} ${key}`)),
    remember(kind: string, key: string, bytes: Uint8Array) {
      derived.set(`${kind} ${key}`, bytes);
      return Promise.resolve();
    },
  };
  const list = Object.entries(files).map(([path, text]) => ({ path, content: store.add(text), executable: false }));
  const app: App = { folder: '/src', entry: 'main.py', files: list, leftOut: [] };
  const events: KilopyEvent[] = [];
  return { app, store, events, ctx: createContext({ emit: (event) => void events.push(event) }), derived };
}

async function failure(files: Readonly<Record<string, string | Uint8Array>>): Promise<KilopyError | undefined> {
  const { ctx, store, app } = setUp(files);
  const result: unknown = await checkSyntax(ctx, store, app).catch((error: unknown) => error);
  if (result !== undefined && !(result instanceof KilopyError)) throw result as Error;
  return result;
}

test('what MicroPython accepts', async () => {
  const sources = [
    '',
    'print("hello")',
    'if (n := 3): pass',
    'async def f():\n  async with a as b:\n    await b\n  async for c in d: yield c',
    'x: int = 1\ndef f(a: "A", *, b=2) -> str: ...',
    'print(f"{x!r:>{w}} {y[0]}")',
    'import micropython\n@micropython.native\ndef f(): return 1\n@micropython.viper\ndef g(x: ptr8) -> int: return x[0]',
    '@micropython.asm_thumb\ndef f(r0):\n  mov(r1, r0)\n  label(x)',
    'é = "日本"',
    'import nothing_is_run\nraise SystemExit\nwhile True: pass',
    Buffer.from('# caf\xe9\nx = "\xff"\n', 'latin1'),
    `${'('.repeat(200)}1${')'.repeat(200)}`,
  ];
  for (const source of sources) expect([source, await failure({ 'main.py': source })]).toEqual([source, undefined]);
});

test.each<[source: string, line: number, fix: RegExp]>([
  ['x = 1\nmatch x:\n  case 1: pass', 2, /no `match`/],
  ['try:\n  pass\nexcept* OSError:\n  pass', 3, /except\*/],
  ['def f[T](x): pass', 1, /type parameters/],
  ['class A[T]: pass', 1, /type parameters/],
  ['type X = int', 1, /`type` statement/],
  ['def f(a, /, b): pass', 1, /positional-only/],
  ['with (open(a) as b, open(c) as d): pass', 1, /parentheses/],
  ['print "x"', 1, /Python 2/],
  ['\ufeffimport sys', 1, /byte order mark/],
  ['x = 1\0', 1, /NUL/],
  ['x = 1\ny = "\\N{DASH}"', 2, /names of characters/],
  ['@a.b[c]\ndef f(): pass', 1, /decorator/],
  ['<<<<<<< HEAD', 1, /merge conflict/],
  ["open(f, 't' 1)", 1, /change the line/],
  ['x = t"{y}"', 1, /template strings/],
  ['if x:\npass', 2, /change the line/],
  ['def f():\n    x = 1\n  y = 2', 2, /spaces only/],
  ['return 1', 1, /change the line/],
  ['x = (\n', 1, /change the line/],
  ['@micropython.native\ndef f():\n  x = )', 3, /change the line/],
])('%j is refused in line %i', async (source, line, fix) => {
  const error = await failure({ 'main.py': source });
  expect(error).toMatchObject({ code: 'KP3005', exitCode: 2, where: { file: 'main.py', line } });
  expect(error?.fix).toMatch(fix);
});

test('all files are checked and reported together, with the words of MicroPython', async () => {
  const error = await failure({
    'a.py': 'x = 0o9',
    'b.txt': 'not ( python',
    'lib/c.py': 'f(**a, *b)',
    'main.py': 'pass',
  });
  expect(error?.message).toContain("SyntaxError: invalid syntax for integer with base 8: '9'");
  expect(error?.others.map(({ message, where }) => [message, where])).toEqual([
    ['MicroPython does not accept lib/c.py: SyntaxError: * arg after **', { file: 'lib/c.py', line: 1 }],
  ]);
});

test('verdicts are remembered by content, good and bad', async () => {
  const { ctx, store, app, derived } = setUp({ 'main.py': 'x = 1' });
  await checkSyntax(ctx, store, app);
  expect(derived.size).toBe(1);
  await checkSyntax(ctx, { ...store, read: () => Promise.reject(new Error('read')) }, app);
  const bad = setUp({ 'main.py': 'x = (' });
  await expect(checkSyntax(bad.ctx, bad.store, bad.app)).rejects.toMatchObject({ code: 'KP3005' });
  await expect(checkSyntax(bad.ctx, bad.store, bad.app)).rejects.toMatchObject({ where: { file: 'main.py', line: 1 } });
});

test('hostile sources get an answer', async () => {
  const noise = Uint8Array.from({ length: 4096 }, (_, index) => (index * 2654435761) >>> 24);
  for (const source of [
    noise,
    'lambda:'.repeat(2000),
    'x='.repeat(20_000),
    '['.repeat(3000),
    `f"${'{'.repeat(500)}"`,
  ]) {
    expect((await failure({ 'main.py': source }))?.code).toBe('KP3005');
  }
});

test('a file too large to check is named', async () => {
  const { ctx, store, app, events } = setUp({ 'main.py': '#'.repeat(maximumCheckedBytes + 1) });
  await checkSyntax(ctx, store, app);
  expect(events).toMatchObject([{ type: 'warning', text: expect.stringContaining('main.py') as string }]);
});

test('the version that is named is the one that is installed', async () => {
  const { loadMicroPython } = await import('@micropython/micropython-webassembly-pyscript');
  const lines: string[] = [];
  const micropython = await loadMicroPython({ stdout: (line) => void lines.push(line) });
  micropython.runPython('import sys; print(".".join(str(n) for n in sys.implementation.version[:3]))');
  expect(lines).toEqual([compilerVersion]);
});
