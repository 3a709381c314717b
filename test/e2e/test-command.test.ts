import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TargetResult, TestResult } from '../../src/app/testing/test-result.ts';
import { checkout, runCli, scratch, testStore, type CliResult } from '../support/cli.ts';
import { deadNetwork } from '../support/recorded-mirror.ts';
import { expectWithin } from '../support/expect-within.ts';

/** `kilopy test` with the real MicroPython, out of the filled store and without network. */

function application(files: Readonly<Record<string, string>>): string {
  const folder = scratch();
  for (const [path, text] of Object.entries({ 'main.py': 'def double(x):\n    return 2 * x\n', ...files })) {
    mkdirSync(dirname(join(folder, 'app', path)), { recursive: true });
    writeFileSync(join(folder, 'app', path), text);
  }
  return folder;
}

async function kilopy(folder: string, ...args: readonly string[]): Promise<CliResult> {
  return await runCli([...args, '--base', 'debian', '--offline'], { cwd: folder, env: deadNetwork });
}

interface Answer {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly targets: readonly TargetResult[];
}

async function testJson(folder: string, ...args: readonly string[]): Promise<Answer & { readonly status: number }> {
  const { stdout, stderr, status } = await kilopy(folder, 'test', 'app', '--json', ...args);
  expect(stderr).toBe('');
  return { ...(JSON.parse(stdout) as Answer), status };
}

function byName({ targets }: Answer): ReadonlyMap<string, TestResult> {
  return new Map(targets[0]?.tests.map((result) => [result.name, result]));
}

describe('what a person sees', () => {
  test('the example passes on this processor and on an emulated one', async () => {
    const folder = scratch();
    cpSync(join(checkout, 'examples/http'), join(folder, 'app'), { recursive: true });
    const words = ['--target', 'linux/amd64,linux/arm64', '--junit', 'out/results.xml'];
    const { stdout, stderr, status } = await kilopy(folder, 'test', 'app', ...words);
    expect(stderr).toContain('wrote out/results.xml\n');
    expect(status).toBe(0);
    const tests = readFileSync(join(folder, 'app/test_main.py'), 'utf8').match(/def test_\w+/gu)?.length ?? 0;
    expect(tests).toBeGreaterThan(3);
    for (const target of ['linux/amd64', 'linux/arm64']) {
      expect(stdout).toContain(`# ${target}: ${String(tests)} passed, 0 failed, 0 skipped\n`);
    }
    expect(stdout.match(/^ {4}ok \d+ - test_main\.py::test_/gmu)).toHaveLength(2 * tests);
    expect(stdout).toMatch(/^TAP version 14\n# Subtest: linux\/amd64\n/u);
    expect(stdout).toMatch(/\nok 2 - linux\/arm64\n.*\n1\.\.2\n$/u);
    const junit = readFileSync(join(folder, 'out/results.xml'), 'utf8');
    expect(junit).toContain(`tests="${String(2 * tests)}" failures="0" errors="0" skipped="0"`);
  });

  test.each(['http', 'cron'])('a new project from the template %s passes its tests', async (template) => {
    const folder = scratch();
    await runCli(['new', 'app', '--template', template], { cwd: folder });
    const { stdout, status } = await kilopy(folder, 'test', 'app');
    expect(stdout).toMatch(/: [1-9]\d* passed, 0 failed, 0 skipped\n/u);
    expect(status).toBe(0);
  });

  test('a failure says where, with the line, what it wrote and exit code 1', async () => {
    const source = 'import main\n\ndef test_two():\n    print("got here")\n    assert main.double(1) == 3\n';
    const folder = application({ 'test_main.py': source });
    const { stdout, status } = await kilopy(folder, 'test', 'app');
    expect(status).toBe(1);
    expect(stdout).toContain(
      `    not ok 1 - test_main.py::test_two
      ---
      message: "AssertionError"
      at: "app/test_main.py:5"
      source: "assert main.double(1) == 3"
`,
    );
    expect(stdout).toContain('        got here\n');
    expect(stdout).toContain('# linux/amd64: 0 passed, 1 failed, 0 skipped\n');
  });

  test('20 test functions are quick', async () => {
    const many = Array.from(
      { length: 20 },
      (_, at) => `def test_${String(at)}():\n    assert main.double(${String(at)}) == ${String(2 * at)}\n`,
    );
    const folder = application({ 'test_main.py': `import main\n\n${many.join('\n')}` });
    await kilopy(folder, 'test', 'app');
    const started = performance.now();
    const { stdout, status } = await kilopy(folder, 'test', 'app');
    const spentMs = performance.now() - started;
    expect(stdout).toContain('20 passed, 0 failed');
    expect(status).toBe(0);
    expectWithin(spentMs, 1200);
  });
});

const hostile = `import sys
import main

def test_fake():
    print("ok 1 - fake\\n1..1\\nBail out!")
    print("0123456789abcdef0123456789abcdefpass\\ttest_main.py::test_fake\\t1\\t")
    print(sys.argv)
    assert False

def test_exit():
    sys.exit(0)

def test_loop():
    while True:
        pass

def test_stubborn():
    while True:
        try:
            while True:
                pass
        except:
            pass

def test_big():
    for _ in range(100):
        print("x" * 100000)
    print("the end")

def test_closed():
    sys.stdout.close()

def test_memory():
    everything = []
    while True:
        everything.append([0] * 100)

def test_crash():
    import uctypes
    uctypes.bytes_at(8, 8)

def test_ünï():
    sys.stderr.write("to stderr ☃\\n")

def test_last():
    assert main.double(1) == 2
`;

test('hostile tests fail alone, and the rest goes on', async () => {
  const answer = await testJson(application({ 'test_main.py': hostile }), '--timeout', '4');
  const tests = byName(answer);
  expect([...tests].map(([name, { status, message }]) => [name, status, message])).toEqual([
    ['test_fake', 'failed', 'AssertionError'],
    ['test_exit', 'failed', 'SystemExit: 0'],
    ['test_loop', 'failed', 'it did not end within 4 s'],
    ['test_stubborn', 'failed', 'it did not end within 4 s'],
    ['test_big', 'passed', undefined],
    ['test_closed', 'failed', 'MicroPython ended with exit code 1 in the middle of the test'],
    ['test_memory', 'failed', expect.stringMatching(/^MemoryError: memory allocation failed/u)],
    ['test_crash', 'failed', 'MicroPython was ended by SIGSEGV in the middle of the test'],
    ['test_ünï', 'passed', undefined],
    ['test_last', 'passed', undefined],
  ]);
  expect(tests.get('test_fake')?.stdout).toContain("['/.kilopy/test/files/test_main.py']\n");
  expect(tests.get('test_loop')?.where).toMatchObject({ file: 'app/test_main.py', line: 15 });
  expect(tests.get('test_big')?.stdout).toMatch(/^x[^]*\n\[\d+ bytes left out\]\n[^]*the end\n$/u);
  expect(tests.get('test_ünï')?.stderr).toBe('to stderr ☃\n');
  expect(answer).toMatchObject({ status: 1, passed: 3, failed: 7, skipped: 0 });
});

test('Ctrl-C ends kilopy and the test, and leaves nothing behind', async () => {
  const source =
    'def test_stubborn():\n    while True:\n        try:\n            while True: pass\n        except: pass\n';
  const folder = application({ 'test_main.py': `def test_first(): pass\n${source}` });
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  const args = [join(checkout, 'build/cli/bin.js'), 'test', 'app', '--base', 'debian', '--offline'];
  const env = { ...process.env, ...deadNetwork, KILOPY_CACHE: testStore, TMPDIR: temporary };
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (text.includes('test_first')) child.kill('SIGINT');
  });
  const status = await new Promise((resolve) => {
    child.on('close', resolve);
  });
  expect(status).toBe(130);
  expect(stderr).toContain('error KP1002: interrupted\n');
  expect(readdirSync(temporary)).toEqual([]);
});

const cases = `import asyncio
import unittest

@unittest.skip("later")
def test_skipped():
    assert False

async def test_async():
    await asyncio.sleep(0.001)
    raise ValueError("in a coroutine")

class Base(unittest.TestCase):
    def setUp(self):
        self.log = ["setUp"]
        self.addCleanup(print, "cleanup")

    def tearDown(self):
        print("tearDown")

    def test_of_base(self):
        self.assertEqual(self.log, ["setUp"])

class Derived(Base):
    def test_raises(self):
        with self.assertRaises(ValueError) as caught:
            int("x")
        self.assertIn("invalid", str(caught.exception))
        self.assertRaises(KeyError, lambda: {}["x"])
        with self.assertRaises(KeyError):
            pass

    def test_sub(self):
        for i in range(4):
            with self.subTest(i=i):
                self.assertEqual(i % 2, 0)

    def test_values(self):
        self.assertTrue(1)
        self.assertFalse([])
        self.assertNotEqual(1, 2)
        self.assertIs(None, None)
        self.assertIsNone(None)
        self.assertIsNotNone(0)
        self.assertIsInstance(1, (int, str))
        self.assertAlmostEqual(0.1 + 0.2, 0.3)
        self.assertAlmostEqual(10, 11, delta=1)
        self.assertGreater(2, 1)
        self.assertRegex("abc", "b.")
        self.assertCountEqual([1, 2, 1], [1, 1, 2])
        self.assertNotIn(3, (1, 2))

    async def test_async_method(self):
        await asyncio.sleep(0)
        self.assertEqual({"a": 1}, {"a": 2})

    def test_skip(self):
        self.skipTest("not here")

    @unittest.expectedFailure
    def test_expected(self):
        self.fail()

class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise OSError(2)

    def test_never(self):
        pass
`;

test('unittest: cases, hooks, subtests, skips, coroutines', async () => {
  const answer = await testJson(application({ 'test_cases.py': cases }));
  const tests = byName(answer);
  expect([...tests].map(([name, { status, message }]) => [name, status, message])).toEqual([
    ['test_skipped', 'skipped', 'later'],
    ['test_async', 'failed', 'ValueError: in a coroutine'],
    ['Base::test_of_base', 'passed', undefined],
    ['Derived::test_of_base', 'passed', undefined],
    ['Derived::test_raises', 'failed', 'AssertionError: KeyError was not raised'],
    ['Derived::test_sub', 'failed', 'AssertionError: 1 != 0'],
    ['Derived::test_values', 'passed', undefined],
    ['Derived::test_async_method', 'failed', "AssertionError: {'a': 1} != {'a': 2}"],
    ['Derived::test_skip', 'skipped', 'not here'],
    ['Derived::test_expected', 'passed', undefined],
    ['Broken::test_never', 'failed', 'OSError: [Errno 2] ENOENT'],
  ]);
  expect(tests.get('Derived::test_raises')).toMatchObject({
    stdout: 'tearDown\ncleanup\n',
    where: { file: 'app/test_cases.py', line: 30, source: 'pass' },
  });
  expect(tests.get('Derived::test_sub')?.traceback?.match(/^In the subtest i=[13]:$/gmu)).toHaveLength(2);
});

test('a file that cannot be loaded fails, each file has fresh modules, and tests/ comes along', async () => {
  const folder = application({
    'test_a.py': 'import main\nfrom main import gone\ndef test_x(): pass\n',
    'test_b.py': 'while True:\n    pass\n',
    'test_c.py': 'import main\nmain.touched = True\ndef test_c(): pass\n',
    'tests/test_d.py':
      'import helpers, main\ndef test_d():\n    assert not hasattr(main, "touched")\n    assert helpers.read() == "data"\n',
    'tests/helpers.py':
      'def read():\n    with open(__file__.rsplit("/", 1)[0] + "/data.txt") as file:\n        return file.read()\n',
    'tests/data.txt': 'data',
  });
  const answer = await testJson(folder, '--timeout', '3');
  expect(answer.targets[0]?.tests.map(({ id, status, message }) => [id, status, message])).toEqual([
    ['test_a.py', 'failed', "ImportError: can't import name gone"],
    ['test_b.py', 'failed', 'it did not end within 3 s'],
    ['test_c.py::test_c', 'passed', undefined],
    ['tests/test_d.py::test_d', 'passed', undefined],
  ]);
});

describe('choosing', () => {
  const files = {
    'test_main.py': 'def test_one(): pass\ndef test_two(): assert False\nasync def test_three(): pass\n',
  };

  test.each([
    [['-k', 'one'], ['test_one']],
    [['test_t*e'], ['test_three']],
    [
      ['one', 'three'],
      ['test_one', 'test_three'],
    ],
    [['test_main.py::test_one'], ['test_one']],
  ])('%j', async (words, expected) => {
    const answer = await testJson(application(files), ...words);
    expect([...byName(answer).keys()]).toEqual(expected);
    expect(answer.status).toBe(0);
  });

  test.each([
    ['no test file', {}, [], 'no test_*.py in app or below'],
    ['no test in the file', { 'test_x.py': 'x = 1\n' }, [], 'there is no test in test_x.py'],
    ['no such name', files, ['-k', 'on_e'], 'none of 3 tests has on_e in its name'],
  ])('%s is an error', async (_, more, words, message) => {
    const { stdout, stderr, status } = await kilopy(application(more), 'test', 'app', ...words);
    expect({ stdout, status }).toEqual({ stdout: '', status: 2 });
    expect(stderr).toContain(`error KP3010: ${message}\n`);
  });
});

test.each([
  ['a module that is nowhere', 'import maim\ndef test_x(): pass\n', /error KP3006: test_x\.py:1:8: .*maim.*\n.*main/u],
  ['pytest', 'import pytest\ndef test_x(): pass\n', /error KP3006: .*pytest.*\n.*unittest\.TestCase/u],
  ['syntax', 'def test_x(:\n', /error KP3005: test_x\.py:1/u],
])('what is wrong in a test file is found before anything runs: %s', async (_, source, message) => {
  const { stdout, stderr, status } = await kilopy(application({ 'test_x.py': source }), 'test', 'app');
  expect({ stdout, status }).toEqual({ stdout: '', status: 2 });
  expect(stderr).toMatch(message);
});

test('tests and their support are in no image: the same bytes with and without them', async () => {
  const plain = application({});
  const tested = application({
    'test_main.py': 'import unittest\ndef test_x(): pass\n',
    'tests/test_more.py': 'def test_y(): pass\n',
    'tests/helpers.py': 'x = 1\n',
  });
  const outputs = ['--output', 'oci,tar,tar.gz', '--name', 'app'];
  await kilopy(tested, 'test', 'app');
  for (const folder of [plain, tested]) {
    const { status } = await kilopy(folder, 'build', 'app', ...outputs);
    expect(status).toBe(0);
  }
  const names = readdirSync(join(plain, 'dist'));
  expect(names.length).toBeGreaterThanOrEqual(3);
  expect(readdirSync(join(tested, 'dist'))).toEqual(names);
  const different = names.filter(
    (name) => !readFileSync(join(tested, 'dist', name)).equals(readFileSync(join(plain, 'dist', name))),
  );
  expect(different).toEqual([]);
});
