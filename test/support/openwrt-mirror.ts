import { generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSigningKey } from '../../src/crypto/signing-key.ts';
import { plainRecipe, type ApkRecipe, type RecipeNode } from '../../src/emit/apk/apk-recipe.ts';
import { writeApkV3 } from '../../src/emit/apk/write-apk-v3.ts';
import { writeIndexV3 } from '../../src/emit/apk/write-index-v3.ts';
import { writeIpk, type WrittenIpk } from '../../src/emit/ipk/write-ipk.ts';
import { checkout, runCli } from './cli.ts';
import { folderNodes } from './folder-nodes.ts';
import { makeOpenwrtRelease, serveOpenwrt, type OpenwrtServer } from './openwrt-server.ts';
import { makeIpk } from './opkg-repository.ts';
import { deadNetwork } from './recorded-mirror.ts';

const architectures: Readonly<Record<string, readonly [architecture: string, board: string]>> = {
  x64: ['x86_64', 'x86/64'],
  arm64: ['aarch64_generic', 'armsr/armv8'],
};

const names = architectures[process.arch] ?? ['x86_64', 'x86/64'];
export const architecture: string = names[0];
export const board: string = names[1];

/** A server in OpenWrt's layout whose MicroPython runs. */
export interface OpenwrtMirror extends OpenwrtServer {
  /** Of the release with ipk packages. */
  readonly usignKey: string;
  /** PEM; of the release 25.12.0, with apk packages. */
  readonly apkKey: string;
}

/**
 * Its MicroPython is the one of the test store (Debian's, with its libraries), packed as ipk: so an image of it runs.
 *
 * @param release with ipk packages; 25.12.0, with apk packages, is there beside it
 */
export async function startOpenwrtMirror(release: string): Promise<OpenwrtMirror> {
  const folder = mkdtempSync(join(tmpdir(), 'kilopy-openwrt-'));
  cpSync(join(checkout, 'examples/hello/main.py'), join(folder, 'hello/main.py'));
  const built = await runCli(['build', 'hello', '--base', 'debian', '--output', 'dir', '--offline'], {
    cwd: folder,
    env: deadNetwork,
  });
  if (built.status !== 0) throw new Error(built.stderr);
  const name = readdirSync(join(folder, 'dist')).find((entry) => entry.endsWith('.rootfs')) ?? '';
  const root = join(folder, 'dist', name);
  const program = folderNodes(root, (path) => path === 'usr/bin/micropython');
  const libraries = folderNodes(root, (path) => /^usr\/lib|^lib/.test(path));
  rmSync(folder, { recursive: true });
  const virtual = [
    ['Depends', 'libc, libffi'],
    ['Provides', 'micropython'],
  ] as const;
  const made = await makeOpenwrtRelease({
    release,
    board,
    architecture,
    byHand: [await ipk('libc', [], libraries), await makeIpk({ name: 'kernel', version: '5.15.167-1', architecture })],
    feeds: {
      base: [await ipk('libffi', [['Depends', 'libc']], [])],
      packages: [await ipk('micropython-mbedtls', virtual, program), await ipk('micropython-nossl', virtual, program)],
    },
  });
  const server = await serveOpenwrt(new Map([...made.files, ...apkFiles(program, libraries)]));
  return { ...server, usignKey: made.publicKey, apkKey: String(publicKey.export({ type: 'spki', format: 'pem' })) };
}

async function ipk(
  name: string,
  fields: readonly (readonly [string, string])[],
  nodes: readonly RecipeNode[],
): Promise<WrittenIpk> {
  const head = [['Package', name], ['Version', '1.20.0-1'], ...fields, ['Architecture', architecture]] as const;
  return await writeIpk({
    fields: head,
    description: name,
    conffiles: [],
    scripts: new Map(),
    nodes,
    mtimeSeconds: 1_700_000_000,
  });
}

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** From 25.12 on the feeds are those of apk: an index and packages of version 3. */
function apkFiles(program: readonly RecipeNode[], libraries: readonly RecipeNode[]): ReadonlyMap<string, Uint8Array> {
  const key = readSigningKey(privateKey.export({ type: 'pkcs8', format: 'pem' }), 'test.pem');
  const common = { version: '1.23.0-r1', architecture, description: '', url: '', license: 'MIT' };
  const recipe = (name: string, nodes: readonly RecipeNode[], more: Partial<ApkRecipe>): ApkRecipe => {
    const own = { name, origin: name, buildTime: 1_700_000_000, depends: [], provides: [], nodes };
    return { ...plainRecipe, ...common, ...own, ...more };
  };
  const virtual = { depends: ['libc'], provides: ['micropython'] };
  const feeds = {
    [`targets/${board}/packages`]: [writeApkV3(recipe('libc', libraries, {}), [key])],
    [`packages/${architecture}/base`]: [],
    [`packages/${architecture}/packages`]: [
      writeApkV3(recipe('micropython-mbedtls', program, { ...virtual, providerPriority: 100 }), [key]),
      writeApkV3(recipe('micropython-nossl', program, { ...virtual, providerPriority: 10 }), [key]),
    ],
  };
  const files = new Map<string, Uint8Array>();
  for (const [folder, packages] of Object.entries(feeds)) {
    files.set(`/releases/25.12.0/${folder}/packages.adb`, writeIndexV3(packages, architecture, folder, [key]));
    for (const { recipe: own, bytes } of packages) {
      files.set(`/releases/25.12.0/${folder}/${own.name}-${own.version}.apk`, bytes);
    }
  }
  return files;
}
