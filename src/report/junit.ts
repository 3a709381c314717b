import type { TargetResult, TestResult } from '../app/testing/test-result.ts';

/**
 * JUnit's XML as CI servers read it: one `testsuite` a target, one `testcase` a test, times in seconds
 * (https://github.com/testmoapp/junitxml). Carries no host name and no date.
 */
export function writeJunit(name: string, targets: readonly TargetResult[]): string {
  const sum = (field: 'passed' | 'failed' | 'skipped' | 'durationMs'): number =>
    targets.reduce((total, target) => total + target[field], 0);
  const totals = countAttributes({
    passed: sum('passed'),
    failed: sum('failed'),
    skipped: sum('skipped'),
    durationMs: sum('durationMs'),
  });
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escapeXml(name)}"${totals}>`,
    ...targets.flatMap(suiteLines),
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function suiteLines(target: TargetResult): readonly string[] {
  return [
    `  <testsuite name="${escapeXml(target.target)}"${countAttributes(target)}>`,
    '    <properties>',
    `      <property name="machine" value="${escapeXml(target.why)}"/>`,
    '    </properties>',
    ...target.tests.flatMap((test) => caseLines(target.target, test)),
    '  </testsuite>',
  ];
}

function caseLines(target: string, test: TestResult): readonly string[] {
  const file = test.file.replace(/\.py$/u, '').replaceAll('/', '.');
  const attributes = `classname="${escapeXml(`${target}.${file}`)}" name="${escapeXml(test.name)}" file="${escapeXml(test.file)}"`;
  const head = `    <testcase ${attributes} time="${seconds(test.durationMs)}"`;
  const message = `message="${escapeXml(test.message ?? '')}"`;
  const inside = [
    ...(test.status === 'skipped' ? [`      <skipped ${message}/>`] : []),
    ...(test.status === 'failed' ? [`      <failure ${message}>${escapeXml(failureText(test))}</failure>`] : []),
    ...(test.stdout === '' ? [] : [`      <system-out>${escapeXml(test.stdout)}</system-out>`]),
    ...(test.stderr === '' ? [] : [`      <system-err>${escapeXml(test.stderr)}</system-err>`]),
  ];
  return inside.length === 0 ? [`${head}/>`] : [`${head}>`, ...inside, '    </testcase>'];
}

function failureText({ where, traceback }: TestResult): string {
  const place = where === undefined ? '' : `${where.file}:${String(where.line)}: ${where.source ?? ''}\n`;
  return `${place}${traceback ?? ''}`;
}

function countAttributes(counts: Pick<TargetResult, 'passed' | 'failed' | 'skipped' | 'durationMs'>): string {
  const { passed, failed, skipped, durationMs } = counts;
  const tests = String(passed + failed + skipped);
  return ` tests="${tests}" failures="${String(failed)}" errors="0" skipped="${String(skipped)}" time="${seconds(durationMs)}"`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(6);
}

/** What XML 1.0 has no character for is shown by its number. */
function escapeXml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, (character) => {
      const code = character.codePointAt(0) ?? 0;
      return `\\x${code.toString(16).padStart(2, '0')}`;
    })
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
