/**
 * Fills what the tests use, so that they run without network afterwards: `tsx scripts/fill-test-store.ts [prove]`.
 * The store of kilopy with the packages of examples/hello and the runtime of base static, apt's lists for the tests that ask apt, and with `prove` another
 * Node.js and programs of trixie. Says what it downloads; does nothing when everything is there.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findDebianMirror, securityMirrorOf } from '../src/feed/deb/mirror.ts';
import { createContext } from '../src/io/create-context.ts';
import { listFiles } from '../src/store/list-files.ts';
import { storePath } from '../src/store/store-path.ts';
import { aptRoot, hasApt, oracleArchitectures } from '../test/support/apt-oracle.ts';
import { checkout, runCli, testStore } from '../test/support/cli.ts';
import { whole } from '../test/support/extent.ts';
import { closureFolder, closurePrograms, closureRoot } from '../test/support/closure-programs.ts';
import { fillTargets, furtherPackages, readFilled, writeFilled, type Filled } from '../test/support/filled-store.ts';
import { otherNode, otherNodePackage } from '../test/support/other-node.ts';
import { alpineBars, bars, furtherRuntimes, provedTargets, testedTarget } from '../test/support/runtime-bars.ts';
import {
  mainRelease,
  recordingFault,
  startRecordedMirror,
  testCache,
  type Upstream,
} from '../test/support/recorded-mirror.ts';

async function main(): Promise<void> {
  mkdirSync(testCache, { recursive: true });
  const folders = hasApt() ? await aptFolders() : [];
  const before = readFilled();
  const fault = storeFault();
  if (fault !== undefined) {
    say(`downloading Debian packages and indexes (60 MB) into ${testCache}, because ${fault}`);
    seedStore();
    let failed = await fillStore(new Map());
    const earlier = earlierRelease(folders);
    if (Object.keys(failed).length > 0 && earlier !== undefined) {
      say('the mirror does not give everything now; trying with the index that apt has verified earlier');
      failed = await fillStore(new Map([[mainRelease, earlier]]));
    }
    for (const [target, why] of Object.entries(failed)) say(`${target} cannot be had: ${why.trim()}`);
    if (Object.keys(failed).length === fillTargets.length) goOnWith(before);
  }
  await buildRuntimes([{ target: testedTarget }]);
  if (process.argv.includes('prove')) {
    installOtherNode();
    await unpackPrograms();
    const small = whole ? Object.keys(bars) : provedTargets;
    await buildRuntimes([...small.map((target) => ({ target })), ...furtherRuntimes]);
    await buildAlpine(Object.keys(alpineBars));
  }
}

/** Without network, what an earlier run could get is better than nothing: the tests of the other targets fail by name. */
function goOnWith(before: Filled | undefined): void {
  const isUsable = before?.files.every((path) => existsSync(join(testStore, path))) === true;
  if (!isUsable || recordingFault(Date.now()) !== undefined) throw new Error('no target can be had');
  writeFilled(before);
  say(`going on without ${Object.keys(before.failed).join(', ')}`);
}

/** apt's lists for the tests that ask apt. What the mirror does not give now is said; those tests then fail by name. */
async function aptFolders(): Promise<string[]> {
  const roots = oracleArchitectures.map((name) => join(testCache, 'apt', name));
  const missing = oracleArchitectures.filter((_, i) => !existsSync(join(roots[i] ?? '', 'state/lists')));
  if (missing.length > 0) say(`downloading apt's package lists for ${missing.join(', ')} (10 MB each)`);
  for (const architecture of oracleArchitectures) {
    await aptRoot(architecture).catch((error: unknown) => say((error as Error).message));
  }
  return roots.map((root) => join(root, 'state/lists'));
}

function earlierRelease(folders: readonly string[]): Uint8Array | undefined {
  for (const folder of folders) {
    const name = existsSync(folder) && readdirSync(folder).find((one) => one.endsWith('_dists_trixie_InRelease'));
    if (name !== false && name !== undefined) return readFileSync(join(folder, name));
  }
  return undefined;
}

/** Why the store has to be filled; undefined when everything is there. */
function storeFault(): string | undefined {
  const filled = readFilled();
  if (filled === undefined) return 'the tests have no store yet';
  const gone = filled.files.find((path) => !existsSync(join(testStore, path)));
  if (gone !== undefined) return `${gone} is gone`;
  const lacked = furtherPackages.find((name) => filled.packages?.includes(name) !== true);
  if (lacked !== undefined) return `${lacked} is not in it`;
  const [target, why] = Object.entries(filled.failed)[0] ?? [];
  return target === undefined ? recordingFault(Date.now()) : `${target} was not to be had: ${String(why)}`;
}

/** Builds examples/hello for every target. Returns what kilopy said where that did not work; `instead` replaces answers. */
async function fillStore(instead: ReadonlyMap<string, Uint8Array>): Promise<Filled['failed']> {
  const scratch = mkdtempSync(join(tmpdir(), 'kilopy-fill-'));
  const mirror = await startRecordedMirror(await upstream(instead));
  const failed: Record<string, string> = {};
  try {
    cpSync(join(checkout, 'examples/hello/main.py'), join(scratch, 'hello/main.py'));
    const options = { cwd: scratch, env: mirror.env, timeoutMs: 600_000 };
    for (const target of fillTargets) {
      const packages = target === testedTarget ? ['--packages', furtherPackages.join()] : [];
      const words = ['--base', 'debian', '--target', target, '--output', 'oci,tar.gz', '--update-lock', '--quiet'];
      const result = await runCli(['build', 'hello', ...words, ...packages], options);
      if (result.status !== 0) failed[target] = result.stderr;
    }
    const files: string[] = [];
    for await (const { path } of listFiles(testStore)) files.push(path.slice(testStore.length + 1));
    const own = files.filter((path) => /^(blobs|derived)\//u.test(path)).sort();
    writeFilled({ files: own, packages: furtherPackages, failed });
    return failed;
  } finally {
    await mirror.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** What this machine's own store has need not be downloaded again. Everything in a store is found by its digest. */
function seedStore(): void {
  const own = storePath(createContext());
  for (const folder of ['blobs', 'derived']) {
    if (!existsSync(join(testStore, folder)) && existsSync(join(own, folder))) {
      cpSync(join(own, folder), join(testStore, folder), { recursive: true });
    }
  }
}

/** Answers of the Debian mirror that this machine uses. */
async function upstream(instead: ReadonlyMap<string, Uint8Array>): Promise<Upstream> {
  const ctx = createContext();
  const mirror = await findDebianMirror(ctx);
  const security = securityMirrorOf(ctx, mirror);
  return async (path) => {
    const known = instead.get(path);
    if (known !== undefined) return { status: 200, body: known };
    const base = path.startsWith('/debian-security/') ? security : mirror;
    const response = await ctx.http.request(base + path.replace(/^\/[^/]+/u, ''), { stallMs: 60_000 });
    const parts: Uint8Array[] = [];
    for await (const chunk of response.body) parts.push(chunk);
    return { status: response.status, body: Buffer.concat(parts) };
  };
}

/** Runtimes of base static; compiled at the first time, half a minute each, which needs the network. */
async function buildRuntimes(
  runtimes: readonly { readonly target: string; readonly variant?: string }[],
): Promise<void> {
  for (const { target, variant = 'small' } of runtimes) {
    const words = ['runtime', 'build', '--target', target, '--variant', variant, '--quiet'];
    if ((await runCli([...words, '--offline'])).status === 0) continue;
    say(`compiling the runtime ${variant} for ${target} (compilers and sources from Debian: 60 MB, more for others)`);
    const built = await runCli(words, { timeoutMs: 1_800_000 });
    if (built.status !== 0) say(`the runtime cannot be had: ${built.stderr.trim()}`);
  }
}

/** MicroPython for base alpine with its libraries; compiled at the first time, two minutes each, which needs the network. */
async function buildAlpine(wanted: readonly string[]): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'kilopy-fill-'));
  for (const target of wanted) {
    const words = ['runtime', 'export', '--alpine', '--target', target, '--out-dir', scratch, '--quiet'];
    if ((await runCli([...words, '--offline'], { timeoutMs: 900_000 })).status === 0) continue;
    say(`compiling MicroPython for base alpine and ${target} (compilers and sources from Debian: 70 MB)`);
    const built = await runCli(words, { timeoutMs: 1_800_000 });
    if (built.status !== 0) say(`it cannot be had: ${built.stderr.trim()}`);
  }
  rmSync(scratch, { recursive: true, force: true });
}

/** Another major version of Node.js, for the test that builds under two. */
function installOtherNode(): void {
  if (otherNode === undefined || existsSync(otherNode)) return;
  const folder = join(testCache, 'node26');
  say(`installing the npm package ${otherNodePackage} into ${folder}`);
  mkdirSync(folder, { recursive: true });
  const args = ['install', '--prefix', folder, '--no-save', '--no-fund', '--no-audit', '--loglevel=error'];
  const result = spawnSync('npm', [...args, otherNodePackage], { stdio: 'inherit' });
  if (result.status !== 0 || !existsSync(otherNode)) throw new Error(`npm could not install ${otherNodePackage}`);
}

/** A folder with the programs of trixie that the proof of closures starts. */
async function unpackPrograms(): Promise<void> {
  if (existsSync(closureRoot)) return;
  say(
    `unpacking ${String(closurePrograms.length)} packages of trixie and what they need into ${closureFolder} (70 MB to download)`,
  );
  const scratch = mkdtempSync(join(tmpdir(), 'kilopy-fill-'));
  try {
    const app = join(scratch, 'closure');
    mkdirSync(app);
    writeFileSync(join(app, 'main.py'), '');
    const packages = closurePrograms.map(([name]) => `  - ${name}\n`).join('');
    writeFileSync(join(app, 'kilopy.yaml'), `slim: packages\noutputs: [dir]\npackages:\n${packages}`);
    const words = ['build', app, '--base', 'debian', '--target', 'linux/amd64', '--out-dir', closureFolder, '--quiet'];
    // Neither in the store of the tests, which is copied often, nor from its recorded mirror, which must stay as it is.
    const own = Object.entries(process.env).filter(([name]) => /_proxy$|^KILOPY_.*MIRROR$/iu.test(name));
    const env = { ...Object.fromEntries(own), KILOPY_CACHE: join(scratch, 'store') };
    const { status, stderr } = await runCli(words, { cwd: scratch, env, timeoutMs: 900_000 });
    if (status !== 0) throw new Error(`kilopy build ended with ${String(status)}: ${stderr}`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function say(text: string): void {
  process.stdout.write(`kilopy: ${text}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await main();
  } catch (error) {
    const { message, cause } = error as Error;
    process.stderr.write(
      `The tests cannot be prepared: ${message}\n${cause instanceof Error ? `${cause.message}\n` : ''}` +
        'They need a Debian mirror once; later runs work without network.\n',
    );
    process.exitCode = 4;
  }
}
