import { expect, test } from 'vitest';
import type { TestResult } from '../app/testing/test-result.ts';
import { writeJunit } from './junit.ts';
import { createTapWriter } from './tap.ts';

const failed: TestResult = {
  id: 'test_a.py::test_#\n1',
  file: 'test_a.py',
  name: 'test_#\n1',
  status: 'failed',
  durationMs: 1.25,
  message: 'AssertionError: <b> & "c"',
  where: { file: 'app/test_a.py', line: 3, source: 'assert x == "y"' },
  traceback: 'Traceback (most recent call last):\n  File "app/test_a.py", line 3, in test_1\nAssertionError\n',
  stdout: 'ok 1 - fake\n1..1\n\u0000\u001b[31m ü\ud800\r\nBail out!',
  stderr: '',
};
const skipped: TestResult = { ...failed, status: 'skipped', message: 'no # network', stdout: '' };
const passed: TestResult = { ...failed, id: 'test_a.py::test_ok', name: 'test_ok', status: 'passed', stdout: '' };
const target = {
  target: 'linux/amd64',
  machine: 'kernel',
  why: 'kernel: this <kernel>',
  durationMs: 20,
  passed: 1,
  failed: 1,
  skipped: 1,
  tests: [passed, failed, skipped],
};

test('TAP: what a test writes stays inside its block', () => {
  const tap = createTapWriter();
  tap.target('linux/amd64', 'kernel: this kernel');
  const text = [...target.tests.map((result) => tap.result(result)), tap.targetDone(target), tap.end()].join('');
  expect(text).toBe(`TAP version 14
# Subtest: linux/amd64
    # kernel: this kernel
    ok 1 - test_a.py::test_ok
    not ok 2 - test_a.py::test_\\#\\x0a1
      ---
      message: "AssertionError: <b> & \\"c\\""
      at: "app/test_a.py:3"
      source: "assert x == \\"y\\""
      duration_ms: 1.3
      traceback: |2
        Traceback (most recent call last):
          File "app/test_a.py", line 3, in test_1
        AssertionError
      stdout: |2
        ok 1 - fake
        1..1
        \\x00\\x1b[31m ü\\xd800
        Bail out!
      ...
    ok 3 - test_a.py::test_\\#\\x0a1 # SKIP no \\# network
    1..3
not ok 1 - linux/amd64
# linux/amd64: 1 passed, 1 failed, 1 skipped
1..1
`);
});

test('JUnit: counts, escapes and places', () => {
  const xml = writeJunit('app', [target]);
  expect(xml).toContain('<testsuites name="app" tests="3" failures="1" errors="0" skipped="1" time="0.020000">');
  expect(xml).toContain('<property name="machine" value="kernel: this &lt;kernel&gt;"/>');
  expect(xml).toContain('<testcase classname="linux/amd64.test_a" name="test_ok" file="test_a.py" time="0.001250"/>');
  expect(xml).toContain('<failure message="AssertionError: &lt;b&gt; &amp; &quot;c&quot;">app/test_a.py:3: assert x');
  expect(xml).toContain('<skipped message="no # network"/>');
  // XML 1.0 has no characters for these (section 2.2).
  expect(xml).toContain('\\x00\\x1b[31m ü\\xd800');
  expect(xml.replaceAll(/[\t\n\r -\ud7ff]/gu, '')).toBe('');
});
