import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { gunzipMembers } from '../../src/codec/gzip/gunzip-members.ts';
import { readTar } from '../../src/codec/tar/read-tar.ts';
import { trustAnyway } from '../../src/crypto/verdict.ts';
import { parseApkIndex, type ApkIndexPackage } from '../../src/feed/apk/parse-index.ts';
import { formatUniverse, parseUniverse } from '../../src/feed/apk/stored-universe.ts';
import { apkVersionRules } from '../../src/feed/apk/version.ts';
import type { ApkRepository } from '../../src/solve/apk/apk-package.ts';
import { solveApk } from '../../src/solve/apk/solve-apk.ts';
import { apkUniverse, type ApkUniverse } from '../../src/solve/apk/universe.ts';

const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');
const alpine = join(realdata, 'alpine');
const present = existsSync(alpine);

function repository(text: string, architecture: string, tag?: string): ApkRepository {
  const origin = { feed: tag ?? 'main', folder: '', where: 'APKINDEX', architecture, maxPackages: 1e6 };
  return { packages: parseApkIndex(trustAnyway(text, 'a test').value, origin), tag };
}

function solve(
  universe: ApkUniverse,
  world: readonly string[],
  architecture: string,
  dropBrokenWishes = false,
): object {
  const wishes = world.map((text) => ({ text }));
  const solution = solveApk({ universe, wishes, rules: apkVersionRules, architecture, dropBrokenWishes });
  if (!solution.ok) return { error: true };
  return { install: solution.plan.steps.map(({ package: { name, version } }) => `${name}=${version}`) };
}

interface SolverCase {
  readonly name: string;
  readonly universe: ApkUniverse;
  readonly world: readonly string[];
  readonly dropBrokenWishes: boolean;
  readonly expected: object;
}

/** The cases of apk-tools' test/solver that install on an empty system. */
function solverCases(): SolverCase[] {
  const folder = join(alpine, 'solver');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.test'))
    .map((name) => ({ name, lines: readFileSync(join(folder, name), 'utf8').split('\n') }))
    .filter(({ lines }) => lines.some((line) => line.startsWith('@REPO')))
    .filter(({ lines }) => !lines.some((line) => line.startsWith('@INSTALLED')))
    .map(({ name, lines }) => {
      const after = (sign: string): string[] =>
        lines.filter((line) => line.startsWith(sign)).map((line) => line.slice(sign.length + 1));
      const words = after('@ARGS').join(' ').split(' ');
      const repositories = after('@REPO').map((text) => {
        const [, tag, file = ''] = /^(?:@(\S+) )?(.+)$/u.exec(text) ?? [];
        return repository(readFileSync(join(folder, file), 'utf8'), 'x86_64', tag);
      });
      const output = lines.slice(lines.indexOf('@EXPECT') + 1).join('\n');
      const installed = [...output.matchAll(/^\(\d+\/\d+\) Installing ([^@\s]+)\S* \((.+)\)$/gmu)];
      return {
        name,
        universe: apkUniverse(repositories),
        // `-t .foo` makes a package of the rest, in which tags are not allowed; here it is a name that nothing has.
        world: [...after('@WORLD'), ...words.filter((word) => word !== 'add' && !word.startsWith('--'))],
        dropBrokenWishes: words.includes('--force-broken-world'),
        expected: /^ERROR/mu.test(output)
          ? { error: true }
          : { install: installed.map(([, pkg, version]) => `${pkg}=${version}`) },
      };
    });
}

test('the cases of apk-tools: same packages, same order, and an error where apk has one', (context) => {
  if (!present) context.skip(`${alpine} is not there`);
  const cases = solverCases();
  const wrong = cases.flatMap(({ name, universe, world, dropBrokenWishes, expected }) => {
    const found = solve(universe, world, 'x86_64', dropBrokenWishes);
    return JSON.stringify(found) === JSON.stringify(expected) ? [] : [{ name, found, expected }];
  });
  expect(wrong).toEqual([]);
  expect(cases).toHaveLength(60);
});

test.each([
  ['main-3.16-x86_64', 'x86_64', 330],
  ['main-3.17-aarch64', 'aarch64', 240],
])(
  'worlds on the index %s: same packages, same order, and an error where apk has one',
  (folder, architecture, count) => {
    if (!present) return;
    const bytes = readFileSync(join(alpine, folder, 'APKINDEX.tar.gz'));
    const [, content] = [...gunzipMembers(bytes)].map((member) => member.content);
    const entries = [...readTar(content!)];
    const index = entries.find(({ header }) => header.path === 'APKINDEX');
    const parsed = apkUniverse([repository(Buffer.from(index!.body).toString(), architecture)]);
    // The form in which the store keeps it, too, must give the same.
    const bytesOfIt = formatUniverse(parsed, (node) => parsed.nodeOf(node).package as ApkIndexPackage);
    const stored = parseUniverse(bytesOfIt!, [undefined]);
    const lines = readFileSync(join(alpine, folder, 'resolve.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    const wrong = lines.flatMap((line, i) => {
      const universe = i % 2 === 0 ? parsed : stored;
      const { world, ...expected } = JSON.parse(line) as { world: string[] };
      const found = solve(universe, world, architecture);
      return JSON.stringify(found) === JSON.stringify(expected) ? [] : [{ world, found, expected }];
    });
    expect(wrong.slice(0, 3)).toEqual([]);
    expect(wrong).toHaveLength(0);
    expect(lines).toHaveLength(count);
  },
);
