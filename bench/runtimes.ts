import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RuntimeProduct } from '../src/runtime/micropython/ensure-micropython.ts';
import { alpineBars, bars, testedTarget, variantBars } from '../test/support/runtime-bars.ts';
import { deadNetwork } from '../test/support/recorded-mirror.ts';
import { build, bytes, checkout, cli, markdownTable, printTable, scratch, store } from './support/kilopy.ts';
import { compare } from './support/measure.ts';

/** Where the runtimes are that are measured: those that `kilopy runtime build` has compiled there. */
const runtimeStore = process.env.KILOPY_BENCH_STORE ?? store;
const page = join(checkout, 'docs/runtime.md');

interface Row {
  readonly target: string;
  readonly variant: string;
  readonly built: RuntimeProduct | null;
}

/**
 * Sizes of all runtimes that are compiled, what is in each variant, start and memory; `write` puts the first three into
 * docs/runtime.md, between their marks.
 */
export async function runtimesTable(write: boolean): Promise<void> {
  const { runtimes } = kilopyJson(['runtime', 'list']) as { runtimes: readonly Row[] };
  const built = runtimes.flatMap((row) => (row.built === null ? [] : [row.built]));
  const tables = [sizes(built), contents(built), alpine()] as const;
  const titles = [
    'Runtimes: bytes, and the bars (set for MicroPython 1.26)',
    'Modules',
    'Base alpine from source: bytes of packages',
  ];
  for (const [i, title] of titles.entries()) printTable(title, ...(tables[i] ?? tables[0]));
  printTable('Start and memory', ['what', 'figure', 'bar'], [await startRow(), await memoryRow()]);
  if (!write) return;
  let text = readFileSync(page, 'utf8');
  // Of the sizes a row is a target and a variant, of the others its first cell.
  for (const [i, [mark, keys]] of (
    [
      ['sizes', 2],
      ['modules', 1],
      ['alpine', 1],
    ] as const
  ).entries()) {
    const old = new RegExp(`<!-- measured: ${mark} -->[^]*?<!-- end -->`, 'u');
    const [head, rows] = tables[i] ?? tables[0];
    const block = `<!-- measured: ${mark} -->\n\n${markdownTable(head, withEarlier(rows, old.exec(text)?.[0] ?? '', keys))}\n\n<!-- end -->`;
    text = text.replace(old, () => block);
  }
  writeFileSync(page, text);
}

/** Rows of what is not compiled here stay as an earlier run has written them. */
function withEarlier(
  rows: readonly (readonly string[])[],
  block: string,
  keys: number,
): readonly (readonly string[])[] {
  // Behind the head and its rule.
  const lines = block
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2);
  const keyOf = (row: readonly string[]): string => row.slice(0, keys).join(' ').trim();
  const earlier = lines.map((line) => line.slice(2, -2).split(' | '));
  const known = new Set(rows.map(keyOf));
  const all = [
    ...rows,
    ...earlier.filter((row) => !known.has(keyOf(row))).map((row) => row.map((cell) => cell.trim())),
  ];
  return all.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function placeOf([target = '']: readonly string[]): number {
  return Object.keys(bars).indexOf(target);
}

type Table = readonly [head: readonly string[], rows: readonly (readonly string[])[]];

function sizes(built: readonly RuntimeProduct[]): Table {
  const rows = built.map(({ target, variant, blob, version }) => {
    const bar = variant === 'small' ? bars[target]?.binary : variantBars[`${variant} ${target}`];
    return [
      target,
      variant,
      version,
      bytes(blob.sizeBytes),
      bar === undefined ? '' : bytes(bar),
      ...(variant === 'small' ? helloCells(target) : ['', '']),
    ];
  });
  return [['target', 'variant', 'MicroPython', 'program', 'bar', 'image of hello', 'bar'], rows];
}

/** What `runtime export --alpine` has written, and the image of examples/hello on it. */
function alpine(): Table {
  // Where it was never compiled, or Alpine has no such target, there is no row.
  const rows = Object.keys(bars).flatMap((target) => {
    const bar = alpineBars[target];
    const folder = scratch();
    const words = ['runtime', 'export', '--alpine', '--target', target, '--out-dir', 'mirror', '--offline'];
    let files: readonly { readonly path: string; readonly sizeBytes: number }[];
    try {
      ({ files } = kilopyJson(words, folder) as { files: typeof files });
    } catch {
      return [];
    }
    const cells = ['musl', 'libffi', 'micropython'].map((name) =>
      bytes(files.find(({ path }) => path.includes(`/${name}-`))?.sizeBytes ?? 0),
    );
    mkdirSync(join(folder, 'hello'));
    const mirror = pathToFileURL(join(folder, 'mirror')).href;
    const yaml = `base: {alpine: {mirror: '${mirror}', keys: [../mirror/kilopy-runtime.rsa.pub]}}\n`;
    writeFileSync(join(folder, 'hello/kilopy.yaml'), yaml);
    return [[target, ...cells, bytes(helloBytes(folder, target)), bar === undefined ? '' : bytes(bar)]];
  });
  return [['target', 'musl', 'libffi', 'micropython', 'image of hello', 'bar'], rows];
}

function helloCells(target: string): readonly [string, string] {
  return [bytes(helloBytes(scratch(), target)), bytes(bars[target]?.hello ?? 0)];
}

/** Layers, configuration and manifest of examples/hello, as a registry keeps them. Removes the folder. */
function helloBytes(folder: string, target: string): number {
  cpSync(join(checkout, 'examples/hello/main.py'), join(folder, 'hello/main.py'));
  const words = ['build', 'hello', '--target', target, '--offline'];
  const { artifacts } = kilopyJson(words, folder) as { artifacts: readonly { wireBytes?: number; path: string }[] };
  const path = join(folder, artifacts[0]?.path ?? '');
  const list = execFileSync('tar', ['-tvf', existsSync(path) ? path : (artifacts[0]?.path ?? '')]).toString();
  rmSync(folder, { recursive: true });
  return [...list.matchAll(/^\S+ +\S+ +(\d+) .*blobs\/sha256\/[0-9a-f]/gmu)].reduce((a, [, n]) => a + Number(n), 0);
}

/** What each variant can import, of the native target, without the old names with `u`. */
function contents(built: readonly RuntimeProduct[]): Table {
  const native = built.filter(({ target }) => target === testedTarget);
  const seen = new Set<string>();
  const rows = native.map(({ variant, modules, blob }) => {
    const own = modules.filter((name) => !/^u[a-z]+$/u.test(name) || name === 'uctypes');
    const shown = own.filter((name) => !name.startsWith('_async') && !name.includes('.') && name !== 'kilopy_run');
    const more = shown.filter((name) => !seen.has(name));
    for (const name of shown) seen.add(name);
    return [`\`${variant}\``, bytes(blob.sizeBytes), more.map((name) => `\`${name}\``).join(' ')];
  });
  return [['variant', testedTarget, 'modules (those of the row above, and)'], rows];
}

/** Two hundred starts each, from one shell, so that Node's own costs are not counted. */
async function startRow(): Promise<readonly string[]> {
  const folder = scratch();
  cpSync(join(checkout, 'examples/hello/main.py'), join(folder, 'hello/main.py'));
  for (const base of ['static', 'debian'])
    build(
      ['hello', '--base', base, '--target', testedTarget, '--output', 'dir', '--out-dir', base, '--update-lock'],
      folder,
    );
  const root = (base: string): string => join(folder, base, 'hello-amd64.rootfs');
  const libraries = `${root('debian')}/usr/lib/x86_64-linux-gnu`;
  const loop = 'i=0; while [ $i -lt 200 ]; do "$@" -c pass || exit 1; i=$((i+1)); done';
  const job = (name: string, words: readonly string[]) => ({ name, program: 'sh', args: ['-c', loop, 'sh', ...words] });
  const loader = [`${libraries}/ld-linux-x86-64.so.2`, '--library-path', libraries];
  const { a, b, ratio } = await compare(
    job('static', [`${root('static')}/usr/bin/micropython`]),
    job('debian', [...loader, `${root('debian')}/usr/bin/micropython`]),
    7,
  );
  rmSync(folder, { recursive: true });
  const figure = `${each(a.medianSeconds)}, ${ratio.toFixed(2)} × Debian's (${each(b.medianSeconds)}); fork and exec included`;
  return ["start of `-c pass`, against Debian's micropython", figure, '≤ 0.5 ×'];
}

/** Of two hundred starts, one. */
function each(seconds: number): string {
  return `${(seconds * 5).toFixed(2)} ms`;
}

/** Enough for memory that is lost at each of them to be seen. */
const answers = 200;

/** Resident memory of examples/http after it has answered, as /proc/PID/status gives it. */
async function memoryRow(): Promise<readonly string[]> {
  const folder = scratch();
  mkdirSync(join(folder, 'http'));
  const port = await freePort();
  const source = readFileSync(join(checkout, 'examples/http/main.py'), 'utf8');
  writeFileSync(join(folder, 'http/main.py'), source.replace('PORT = 8080', `PORT = ${String(port)}`));
  build(['http', '--target', testedTarget, '--output', 'dir'], folder);
  const program = join(folder, 'dist/http-amd64.rootfs/usr/bin/micropython');
  const child = spawn(program, ['-m', 'kilopy_run', join(folder, 'http/main.py')], { stdio: 'ignore' });
  try {
    let answered = 0;
    for (const _ of Array.from({ length: 2 * answers })) {
      const answer = await fetch(`http://127.0.0.1:${String(port)}/status`).catch(() => undefined);
      if (answer === undefined) await sleep(50);
      else answered += (await answer.text()) === '' ? 0 : 1;
      if (answered === answers) break;
    }
    if (answered < answers) throw new Error('examples/http did not answer');
    const status = readFileSync(`/proc/${String(child.pid)}/status`, 'utf8');
    const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'mu').exec(status)?.[1]);
    const figure = `${bytes(kilobytes('VmRSS') * 1024)} bytes, of which ${bytes(kilobytes('RssAnon') * 1024)} are its own`;
    return [`resident memory of examples/http after ${String(answers)} answers (VmRSS)`, figure, '≤ 500 000'];
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
}

/** Processor time of one runtime from an empty cache after the downloads, and again. */
export function compileTable(): void {
  const folder = scratch();
  for (const part of ['blobs', 'derived']) cpSync(join(store, part), join(folder, part), { recursive: true });
  for (const kind of ['micropython-3', 'mpy-cross-2', 'musl-2'])
    rmSync(join(folder, 'derived', kind), { recursive: true, force: true });
  const script = `TIMEFORMAT='%U %S'; time "$@"`;
  const words = [process.execPath, cli, 'runtime', 'build', '--target', testedTarget, '--offline', '--quiet'];
  const env = { ...process.env, ...deadNetwork, KILOPY_CACHE: folder };
  const rows = ['from an empty cache, after the downloads', 'from the cache'].map((title, i) => {
    const said = execFileSync('bash', ['-c', `{ ${script} >/dev/null 2>&3; } 3>/dev/null 2>&1`, 'bash', ...words], {
      env,
    });
    const [user = 0, system = 0] = said.toString().trim().split(/\s+/u).map(Number);
    return [
      `runtime \`small\` for ${testedTarget} ${title}`,
      `${(user + system).toFixed(1)} CPU s`,
      i === 0 ? '≤ 100 CPU s' : 'no compiler',
    ];
  });
  rmSync(folder, { recursive: true });
  printTable('Compiling', ['what', 'figure', 'bar'], rows);
}

function kilopyJson(words: readonly string[], cwd: string = checkout): unknown {
  const env = { ...process.env, ...deadNetwork, KILOPY_CACHE: runtimeStore };
  const out = execFileSync(process.execPath, [cli, ...words, '--json'], { cwd, env, maxBuffer: 2 ** 26 });
  return JSON.parse(out.toString());
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
