import { describe, expect, test } from 'vitest';
import { apkVersionRules } from '../../feed/apk/version.ts';
import type { ApkDependency, ApkPackage, ApkRepository } from './apk-package.ts';
import { parseApkDependency } from './dependency.ts';
import { solveApk } from './solve-apk.ts';
import { apkUniverse } from './universe.ts';

/** `name-1.0: a b>1; p: x=2; i: y; k: 3; from: testing`. */
function parse(line: string, index: number): ApkPackage & { readonly from: string | undefined } {
  const [head = '', ...fields] = line.split(';').map((part) => part.trim());
  const [, name = '', version = '', depends = ''] = /^(.+)-([^-:]+):?(.*)$/u.exec(head) ?? [];
  const field = (letter: string): string =>
    fields.find((one) => one.startsWith(`${letter}:`))?.slice(letter.length + 1) ?? '';
  return {
    name,
    version,
    architecture: 'x86_64',
    feed: 'test',
    depends: relations(depends),
    provides: relations(field('p')),
    installIf: relations(field('i')),
    providerPriority: Number(field('k')),
    installedSizeBytes: 1,
    origin: '',
    identity: String(index).padStart(40, '0'),
    unusable: field('unusable') === '' ? undefined : field('unusable').trim(),
    from: field('from') === '' ? undefined : field('from').trim(),
  };
}

function relations(text: string): ApkDependency[] {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => parseApkDependency(word, apkVersionRules, false)!);
}

function solve(packages: readonly string[], world: readonly string[]): ReturnType<typeof solveApk> {
  const parsed = packages.map(parse);
  const tags = [...new Set(parsed.map(({ from }) => from))];
  const repositories: ApkRepository[] = tags.map((tag) => ({
    tag,
    packages: parsed.filter(({ from }) => from === tag),
  }));
  const wishes = world.map((text) => ({ text }));
  return solveApk({
    universe: apkUniverse(repositories),
    wishes,
    rules: apkVersionRules,
    architecture: 'x86_64',
  });
}

function installed(packages: readonly string[], world: readonly string[]): string[] {
  const solution = solve(packages, world);
  if (!solution.ok) throw new Error(solution.explanation.summary);
  return solution.plan.steps.map(({ package: { name, version } }) => `${name}-${version}`);
}

function explanation(packages: readonly string[], world: readonly string[]): { kind: string; text: string } {
  const solution = solve(packages, world);
  if (solution.ok) throw new Error('there is a solution');
  const { kind, summary, chain, suggestions = [] } = solution.explanation;
  return { kind, text: [summary, ...chain, ...suggestions].join('; ') };
}

describe('what is installed', () => {
  test.each([
    ['dependencies first, newest versions', ['a-1: b', 'b-1', 'b-2'], ['a'], ['b-2', 'a-1']],
    ['a version that a wish bounds', ['a-1', 'a-2', 'a-3'], ['a<3'], ['a-2']],
    ['a prefix', ['a-1.2', 'a-1.20', 'a-1.3'], ['a~1.2'], ['a-1.2']],
    ['of a loop both', ['a-1: b', 'b-1: a'], ['a'], ['b-1', 'a-1']],
    [
      'what install_if brings comes after its triggers',
      ['a-1', 'b-1', 'ab-1; i: a b'],
      ['a', 'b'],
      ['a-1', 'b-1', 'ab-1'],
    ],
    ['a negative trigger', ['a-1', 'x-1; i: a !b', 'b-1'], ['a'], ['a-1', 'x-1']],
    ['a negative trigger that is there', ['a-1', 'x-1; i: a !b', 'b-1'], ['a', 'b'], ['a-1', 'b-1']],
    ['the highest priority', ['a-1; p: sh; k: 1', 'b-1; p: sh; k: 2'], ['sh'], ['b-1']],
    ['the newest version of what is provided', ['a-1; p: so:x=1', 'b-1; p: so:x=2'], ['so:x'], ['b-1']],
    [
      'a tag, and what it needs from there',
      ['a-2: b>1; from: t', 'b-2; from: t', 'a-1', 'b-1'],
      ['a@t'],
      ['b-2', 'a-2'],
    ],
    ['no tag', ['a-2; from: t', 'a-1'], ['a'], ['a-1']],
    ['the last of two wishes for a name', ['a-1', 'a-2'], ['a=1', 'a=2'], ['a-2']],
    ['the last of two wishes for a name, though no feed has the tag of the first', ['a-1'], ['a@t', 'a'], ['a-1']],
  ])('%s', (_, packages, world, expected) => {
    expect(installed(packages, world)).toEqual(expected);
  });

  test('a chain that is longer than the stack', () => {
    const packages = Array.from({ length: 10_000 }, (_, i) => `p${String(i)}-1: p${String(i + 1)}`);
    expect(installed([...packages, 'p10000-1'], ['p0'])).toHaveLength(10_001);
  });

  test('every package says why it is there', () => {
    const solution = solve(['a-1: b>=1', 'b-1', 'ab-1; i: a b'], ['a']);
    expect(solution.ok && solution.plan.steps.map(({ reason }) => reason)).toMatchObject([
      { kind: 'depends', by: { name: 'a' }, dependency: 'b>=1' },
      // As in apk: a is on its way already.
      { kind: 'install-if', triggers: [{ name: 'a' }, { name: 'b' }] },
      { kind: 'wish', wish: { text: 'a' } },
    ]);
  });
});

describe('why nothing is installed', () => {
  test.each([
    ['a name that nothing has', ['hello-1'], ['helo'], 'unknown-package', /has or provides helo.*hello/u],
    [
      'a dependency that nothing has',
      ['a-1: b', 'b-1: gone'],
      ['a'],
      'unsatisfiable',
      /a depends on b; b 1 depends on gone/u,
    ],
    [
      'a version that is not there',
      ['a-1', 'a-2'],
      ['a>3'],
      'unsatisfiable',
      /a>3 is asked for, and the feeds have a 1, 2; .*a=1; a=2/u,
    ],
    ['a prefix written as a version', ['a-3.10'], ['a=3'], 'unsatisfiable', /the feeds have a 3.10.*a~3/u],
    [
      'a choice between equals',
      ['a-1; p: x', 'b-1; p: x'],
      ['x'],
      'unsatisfiable',
      /several packages provide x.*a, b/u,
    ],
    ['one that must be named', ['a-1; p: x'], ['x'], 'unsatisfiable', /only provided by a/u],
    [
      'two owners of a name',
      ['a-1; p: x=1', 'b-1; p: x=2'],
      ['a', 'b'],
      'conflict',
      /b 1 and a 1 cannot .* provides x/u,
    ],
    ['an excluded dependency', ['a-1: b', 'b-1'], ['a', '!b'], 'conflict', /b is excluded, but a 1 depends on b/u],
    ['only behind a tag', ['a-1; from: t'], ['a'], 'unsatisfiable', /only in feeds with the tag @t.*a@t/u],
    ['a package that apk refuses', ['a-1; unusable: it is for mips'], ['a'], 'unsatisfiable', /it is for mips/u],
    ['a tag that no feed has', ['a-1'], ['a@t'], 'bad-wish', /No feed has the tag @t/u],
    ['a version that is none', ['a-1'], ['a=x'], 'bad-wish', /"x" is not a version/u],
    ['no wish at all', ['a-1'], ['a b'], 'bad-wish', /is no name with a condition/u],
  ])('%s', (_, packages, world, kind, text) => {
    const told = explanation(packages, world);
    expect(told.kind).toBe(kind);
    expect(told.text).toMatch(text);
  });
});
