import { generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readSigningKey } from '../../src/crypto/signing-key.ts';
import type { ApkRecipe, RecipeNode } from '../../src/emit/apk/apk-recipe.ts';
import { writeApkV2 } from '../../src/emit/apk/write-apk-v2.ts';
import { writeIndexV2 } from '../../src/emit/apk/write-index-v2.ts';
import { recipeOf, type TestApk } from './apk-repository.ts';
import { checkout, runCli } from './cli.ts';
import { folderNodes } from './folder-nodes.ts';
import { deadNetwork } from './recorded-mirror.ts';

/** Files of a mirror in Alpine's layout, by path on its server. */
export interface AlpineMirror {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** PEM of the key that signed. */
  readonly publicKey: string;
}

/** Alpine's name of a machine, by target. */
const architectures: Readonly<Record<string, string>> = {
  'linux/amd64': 'x86_64',
  'linux/arm64': 'aarch64',
  'linux/arm/v7': 'armv7',
};

export const nativeTarget: string = process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64';

export function alpineArchitecture(target: string): string {
  const name = architectures[target];
  if (name === undefined) throw new Error(`the test mirror has nothing for ${target}`);
  return name;
}

/**
 * A mirror of releases with a MicroPython that runs: the one of the test store (Debian's, with its libraries), packed as
 * apk. `musl`, `libs` and what else is given are in main, `micropython` in community. Compressing takes seconds.
 */
export async function makeAlpineMirror(
  targets: readonly string[],
  more: readonly TestApk[] = [],
  releases: readonly string[] = ['v3.24'],
): Promise<AlpineMirror> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = readSigningKey(privateKey.export({ type: 'pkcs8', format: 'pem' }), 'test.rsa.pub');
  const folder = mkdtempSync(join(tmpdir(), 'kilopy-mirror-'));
  cpSync(join(checkout, 'examples/hello/main.py'), join(folder, 'hello/main.py'));
  const files = new Map<string, Uint8Array>();
  for (const target of targets) {
    const words = ['build', 'hello', '--base', 'debian', '--output', 'dir', '--offline', '--target', target];
    const out = ['--out-dir', `out/${target}`];
    const built = await runCli([...words, ...out], { cwd: folder, env: deadNetwork });
    expect(built).toMatchObject({ status: 0 });
    const name = readdirSync(join(folder, 'out', target)).find((entry) => entry.endsWith('.rootfs')) ?? '';
    const architecture = alpineArchitecture(target);
    const repositories = repositoriesOf(join(folder, 'out', target, name), architecture);
    repositories.main.push(...more.map((one) => recipeOf({ ...one, architecture })));
    for (const [repository, recipes] of Object.entries(repositories)) {
      const written = await Promise.all(recipes.map((one) => writeApkV2(one, [key], 'sha256')));
      const index = await writeIndexV2(written, architecture, repository, [key], 'sha256');
      for (const release of releases) {
        const place = `/alpine/${release}/${repository}/${architecture}`;
        for (const { recipe, bytes } of written) files.set(`${place}/${recipe.name}-${recipe.version}.apk`, bytes);
        files.set(`${place}/APKINDEX.tar.gz`, index);
      }
    }
  }
  rmSync(folder, { recursive: true });
  return { files, publicKey: String(publicKey.export({ type: 'spki', format: 'pem' })) };
}

function repositoriesOf(root: string, architecture: string): Record<'main' | 'community', ApkRecipe[]> {
  const one = (name: string, keep: (path: string) => boolean, fields: Partial<ApkRecipe>): ApkRecipe => {
    const nodes: readonly RecipeNode[] = folderNodes(root, keep);
    return { ...recipeOf({ name, version: '1.27.0-r0', architecture, ...fields }), nodes };
  };
  const libc = `so:libc.musl-${architecture}.so.1`;
  return {
    main: [
      one('musl', (path) => isLibrary(path) && isLibc(path), { provides: [`${libc}=1`] }),
      one('libs', (path) => isLibrary(path) && !isLibc(path), { depends: [libc], provides: ['so:libs.so.1=1'] }),
    ],
    community: [one('micropython', (path) => path === 'usr/bin/micropython', { depends: ['so:libs.so.1'] })],
  };
}

function isLibrary(path: string): boolean {
  return /^usr\/lib|^lib/u.test(path);
}

function isLibc(path: string): boolean {
  return /\/(?:ld-linux|libc\.so|libm\.so)[^/]*$/u.test(path);
}
