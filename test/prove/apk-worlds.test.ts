import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { trustAnyway } from '../../src/crypto/verdict.ts';
import { readIndexV2 } from '../../src/feed/apk/v2/index.ts';
import { parseApkIndex } from '../../src/feed/apk/parse-index.ts';
import { apkVersionRules } from '../../src/feed/apk/version.ts';
import { defaultLimits } from '../../src/io/limits.ts';
import { solveApk } from '../../src/solve/apk/solve-apk.ts';
import { apkUniverse } from '../../src/solve/apk/universe.ts';
import { scratch } from '../support/cli.ts';
import { long } from '../support/extent.ts';
import { seededRandom, seedOffset } from '../support/random.ts';

/** Random worlds on Alpine's real index: the real apk-tools 3, named by KILOPY_APK3, gives the same packages in the same order. */

const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');
/** No distribution that CI has brings one. */
const apk3 = process.env['KILOPY_APK3'];
/** Without root an installation tree belongs to the user; as root apk refuses the word. */
const asUser = process.getuid?.() === 0 ? [] : ['--usermode'];
const count = long ? 5000 : 200;

test.for([
  ['main-3.16-x86_64', 'x86_64'],
  ['main-3.17-aarch64', 'aarch64'],
] as const)(`${String(count)} random worlds on %s`, ([index, architecture], context) => {
  const file = join(realdata, 'alpine', index, 'APKINDEX.tar.gz');
  if (apk3 === undefined || !existsSync(file)) {
    context.skip('needs the folder with real data, and KILOPY_APK3 with the path of an apk of apk-tools 3');
    return;
  }
  const folder = scratch();
  for (const name of [`repo/${architecture}`, 'root']) mkdirSync(join(folder, name), { recursive: true });
  copyFileSync(file, join(folder, 'repo', architecture, 'APKINDEX.tar.gz'));
  writeFileSync(join(folder, 'repositories'), `${join(folder, 'repo')}\n`);
  expect(apkAdd(apk3, folder, architecture, ['--initdb'])).toMatchObject({ status: 0 });
  const { text } = readIndexV2(readFileSync(file), { untrustedBecause: 'a test' }, defaultLimits, file);
  const origin = { feed: 'main', folder: '', where: file, architecture, maxPackages: 1e6 };
  const packages = parseApkIndex(trustAnyway(text, 'a test').value, origin);
  const universe = apkUniverse([{ packages }]);
  const random = seededRandom(20_261_127 + seedOffset);
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];

  /** A wish as a person may write it: mostly a name, sometimes what a package provides, a condition or a refusal. */
  function wish(): string {
    const { name = '', version = '', provides = [] } = pick(packages) ?? {};
    const kind = random();
    if (kind < 0.1) return `!${name}`;
    if (kind < 0.25) return `${name}${pick(['=', '>=', '<', '~', '>', '<=']) ?? ''}${version}`;
    if (kind < 0.35) return pick(provides)?.name ?? name;
    return name;
  }

  const wrong: object[] = [];
  const seen = { installed: 0, refused: 0 };
  for (let at = 0; at < count; at += 1) {
    const world = [...new Set(Array.from({ length: 1 + Math.floor(random() * 5) }, wish))];
    const solution = solveApk({
      universe,
      wishes: world.map((words) => ({ text: words })),
      rules: apkVersionRules,
      architecture,
    });
    const found = solution.ok
      ? solution.plan.steps.map(({ package: { name, version } }) => `${name} (${version})`)
      : 'refused';
    const expected = ask(apk3, folder, architecture, world);
    seen[expected === 'refused' ? 'refused' : 'installed'] += 1;
    if (JSON.stringify(found) !== JSON.stringify(expected)) wrong.push({ world, found, expected });
  }
  expect(wrong.slice(0, 3)).toEqual([]);
  expect(wrong).toHaveLength(0);
  // Worlds that apk all refuses would prove little.
  expect(Math.min(seen.installed, seen.refused)).toBeGreaterThan(count / 20);
});

function ask(
  apk: string,
  folder: string,
  architecture: string,
  world: readonly string[],
): readonly string[] | 'refused' {
  const { stdout, status } = apkAdd(apk, folder, architecture, ['--simulate', '--', ...world]);
  if (status !== 0) return 'refused';
  return [...stdout.matchAll(/^\( *\d+\/\d+\) Installing (\S+ \(.+\))$/gmu)].map(([, step = '']) => step);
}

function apkAdd(
  apk: string,
  folder: string,
  architecture: string,
  words: readonly string[],
): { readonly stdout: string; readonly status: number } {
  const places = ['--root', join(folder, 'root'), '--repositories-file', join(folder, 'repositories')];
  const options = ['--arch', architecture, '--allow-untrusted', '--no-network', '--no-cache', ...asUser];
  const { stdout, status, error } = spawnSync(apk, ['add', ...places, ...options, ...words], { encoding: 'utf8' });
  if (error !== undefined) throw error;
  return { stdout, status: status ?? 1 };
}
