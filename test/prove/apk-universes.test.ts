import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { trustAnyway } from '../../src/crypto/verdict.ts';
import { parseApkIndex } from '../../src/feed/apk/parse-index.ts';
import { apkVersionRules } from '../../src/feed/apk/version.ts';
import { solveApk } from '../../src/solve/apk/solve-apk.ts';
import { apkUniverse } from '../../src/solve/apk/universe.ts';
import { scratch } from '../support/cli.ts';
import { makeTar } from '../support/deb-file.ts';
import { long } from '../support/extent.ts';
import { randomApkUniverse, type RandomApkUniverse } from '../support/random-apk-universe.ts';
import { seededRandom, seedOffset } from '../support/random.ts';

/**
 * Small repositories that nobody would maintain, several with tags, and four worlds on each: the real apk-tools 3, named
 * by KILOPY_APK3, gives the same packages in the same order, or refuses.
 */

/** No distribution that CI has brings one. */
const apk3 = process.env['KILOPY_APK3'] ?? '';
/** Without root an installation tree belongs to the user; as root apk refuses the word. */
const asUser = process.getuid?.() === 0 ? [] : ['--usermode'];
const count = long ? 2000 : 60;

test(`${String(count)} universes of four worlds`, async (context) => {
  if (!existsSync(apk3)) context.skip('needs KILOPY_APK3 with the path of an apk of apk-tools 3');
  const folder = scratch();
  mkdirSync(join(folder, 'root'));
  writeFileSync(join(folder, 'repositories'), '');
  expect(apkAdd(folder, ['--initdb'])).toMatchObject({ status: 0 });
  const wrong: object[] = [];
  const seen = { installed: 0, refused: 0 };
  for (let seed = 1 + seedOffset; seed <= count + seedOffset; seed += 1) {
    const made = randomApkUniverse(seededRandom(seed));
    await writeRepositories(folder, made);
    const universe = apkUniverse(
      made.repositories.map(({ tag, text }) => ({
        tag,
        packages: parseApkIndex(trustAnyway(text, 'a test').value, {
          feed: tag ?? 'main',
          folder: '',
          where: 'APKINDEX',
          architecture: 'x86_64',
          maxPackages: 1e6,
        }),
      })),
    );
    for (const world of made.worlds) {
      const wishes = world.map((text) => ({ text }));
      const solution = solveApk({ universe, wishes, rules: apkVersionRules, architecture: 'x86_64' });
      const found = solution.ok
        ? solution.plan.steps.map(({ package: { name, version } }) => `${name} (${version})`)
        : 'refused';
      const expected = ask(folder, world);
      seen[expected === 'refused' ? 'refused' : 'installed'] += 1;
      if (JSON.stringify(found) !== JSON.stringify(expected)) wrong.push({ seed, world, found, expected });
    }
  }
  expect(wrong.slice(0, 3)).toEqual([]);
  expect(wrong).toHaveLength(0);
  // Worlds that apk all refuses would prove little.
  expect(Math.min(seen.installed, seen.refused)).toBeGreaterThan(count / 4);
});

async function writeRepositories(folder: string, { repositories }: RandomApkUniverse): Promise<void> {
  const lines: string[] = [];
  for (const [at, { tag, text }] of repositories.entries()) {
    const place = join(folder, `r${String(at)}`);
    mkdirSync(join(place, 'x86_64'), { recursive: true });
    const common = { type: 'file', mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 0 } as const;
    const body = Buffer.from(text);
    const archive = await makeTar([
      { ...common, path: 'DESCRIPTION', sizeBytes: 1, body: Buffer.from('x') },
      { ...common, path: 'APKINDEX', sizeBytes: body.length, body },
    ]);
    writeFileSync(join(place, 'x86_64/APKINDEX.tar.gz'), gzipSync(archive));
    lines.push(`${tag === undefined ? '' : `@${tag} `}${place}\n`);
  }
  writeFileSync(join(folder, 'repositories'), lines.join(''));
}

function ask(folder: string, world: readonly string[]): readonly string[] | 'refused' {
  const { stdout, status } = apkAdd(folder, ['--simulate', '--', ...world]);
  if (status !== 0) return 'refused';
  const installed = stdout.matchAll(/^\( *\d+\/\d+\) Installing ([^@\s]+)\S* (\(.+\))$/gmu);
  return [...installed].map(([, name = '', version = '']) => `${name} ${version}`);
}

function apkAdd(folder: string, words: readonly string[]): { readonly stdout: string; readonly status: number } {
  const places = ['--root', join(folder, 'root'), '--repositories-file', join(folder, 'repositories')];
  const options = ['--arch', 'x86_64', '--allow-untrusted', '--no-network', '--no-cache', ...asUser];
  const { stdout, status, error } = spawnSync(apk3, ['add', ...places, ...options, ...words], { encoding: 'utf8' });
  if (error !== undefined) throw error;
  return { stdout, status: status ?? 1 };
}
