import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkout, runCli, scratch } from '../support/cli.ts';
import { deadNetwork } from '../support/recorded-mirror.ts';

interface Cell {
  readonly kind: string;
  readonly value?: number;
  readonly source?: string;
  readonly why?: string;
}

const columns = ['disk', 'wire', 'files', 'start', 'rss', 'boot'] as const;
type Row = { readonly route: string } & Readonly<Record<(typeof columns)[number], Cell>>;

/** Rows of the tables in the documentation whose inputs are in every store of the tests. */
const pinned = ['kilopy, base debian', 'kilopy, base static, variant small', 'kilopy, one program file (small)'];

/** What a table in the documentation says otherwise than what was measured now, by more than versions of packages move a size. */
function misfits(page: string, rows: readonly Row[]): string[] {
  const lines = readFileSync(join(checkout, page), 'utf8').split('\n');
  return pinned.flatMap((route) => {
    const line = lines.find((one) => one.startsWith(`| ${route} |`));
    const [disk, wire] = (line ?? '')
      .split('|')
      .slice(2, 4)
      .map((cell) => Number(cell.replaceAll(' ', '')));
    const row = rows.find((one) => one.route === route);
    if (fits(disk, row?.disk.value) && fits(wire, row?.wire.value)) return [];
    return [`${page}: ${line ?? `no row ${route}`}; now ${String(row?.disk.value)} and ${String(row?.wire.value)}`];
  });
}

function fits(said: number | undefined, found: number | undefined): boolean {
  return said !== undefined && found !== undefined && Math.abs(said / found - 1) < 0.02;
}

function http(): string {
  const folder = join(scratch(), 'http');
  cpSync(join(checkout, 'examples/http'), folder, { recursive: true });
  rmSync(join(folder, 'kilopy.lock'), { force: true });
  rmSync(join(folder, 'dist'), { recursive: true, force: true });
  return folder;
}

function hello(): string {
  const folder = join(scratch(), 'hello');
  mkdirSync(folder);
  cpSync(join(checkout, 'examples/hello/main.py'), join(folder, 'main.py'));
  return folder;
}

test('every cell is measured, recorded with a source, or says why not; the rows with pinned inputs are as small as promised', async () => {
  const folder = http();
  const page = join(folder, '..', 'compare.html');
  const words = ['compare', '.', '--offline', '--starts', '1', '--json', '--out', page];
  const result = await runCli(words, { cwd: folder, env: deadNetwork });
  expect(result).toMatchObject({ status: 0 });
  const { rows, date } = JSON.parse(result.stdout) as { rows: Row[]; date: string };
  expect(date).toMatch(/^\d{4}-\d\d-\d\d$/);
  for (const cell of rows.flatMap((row) => columns.map((column) => row[column]))) {
    expect(['measured', 'recorded', 'not available here']).toContain(cell.kind);
    expect(cell).toHaveProperty(cell.kind === 'measured' ? 'value' : cell.kind === 'recorded' ? 'source' : 'why');
  }
  const row = (route: string): Row | undefined => rows.find((one) => one.route === route);
  expect(row('micropython/unix:v1.22 from Docker Hub')?.disk).toMatchObject({ kind: 'recorded', value: 540_399_040 });
  expect(row('kilopy, base debian')?.disk.kind).toBe('measured');
  const small = row('kilopy, base static, variant small');
  const bin = row('kilopy, one program file (small)');
  expect(small?.disk.value).toBeLessThan(400_000);
  expect(small?.wire.value).toBeLessThan(210_000);
  expect(small?.rss.value).toBeGreaterThan(100_000);
  expect(bin?.disk.value).toBeLessThan(small?.disk.value ?? 0);
  expect(bin).toMatchObject({ start: { kind: 'measured' }, rss: { kind: 'measured' } });
  expect(bin?.rss.value).toBeGreaterThan(100_000);
  // The MicroPython of an image is started by the image's own loader, with its own libraries.
  const dynamic = row('kilopy, base debian');
  expect(dynamic).toMatchObject({ start: { kind: 'measured' }, rss: { kind: 'measured' } });
  expect(dynamic?.rss.value).toBeGreaterThan(3 * (small?.rss.value ?? 0));
  expect(row('apko')?.disk).toMatchObject({ kind: 'recorded', precision: 'below' });
  expect(misfits('README.md', rows)).toEqual([]);
  expect(misfits('docs/comparison.md', rows)).toEqual([]);
  // No lock, no outputs: routes work on a copy.
  expect(existsSync(join(folder, 'kilopy.lock')) || existsSync(join(folder, 'dist'))).toBe(false);

  const html = readFileSync(page, 'utf8');
  expect(html.match(/class="bar"/gu)?.length).toBeGreaterThan(6);
  expect(html).not.toMatch(/(?:src|href)=|https?:|@import|url\(/u);
});

test('an image that is given is measured in place of the recorded figure', async () => {
  const folder = hello();
  const build = [
    'build',
    '.',
    '--offline',
    '--base',
    'debian',
    '--target',
    'linux/amd64',
    '--output',
    'oci',
    '--name',
    'x',
  ];
  expect(await runCli(build, { cwd: folder, env: deadNetwork })).toMatchObject({ status: 0 });
  const words = ['compare', '.', '--offline', '--starts', '1', '--json', '--given', 'alpine=dist/x-amd64.oci.tar'];
  const { rows } = JSON.parse((await runCli(words, { cwd: folder, env: deadNetwork })).stdout) as { rows: Row[] };
  const given = rows.find(({ route }) => route.startsWith('Alpine'));
  const own = rows.find(({ route }) => route === 'kilopy, base debian');
  expect(given?.disk).toEqual(own?.disk);
  expect(given?.files).toEqual(own?.files);
});

test('--short has the routes and columns of a first look', async () => {
  const words = ['compare', '.', '--offline', '--starts', '1', '--short', '--markdown'];
  const { stdout, status } = await runCli(words, { cwd: hello(), env: deadNetwork });
  expect(status).toBe(0);
  const table = stdout.split('\n').filter((line) => line.startsWith('| '));
  expect(table[0]).toMatch(/^\| route \| on disk, bytes \| on the wire or in flash, bytes \| start-up, ms \|/u);
  expect(table.map((line) => line.split(' | ')[0])).toEqual(
    expect.arrayContaining(['| micropython/unix:v1.22 from Docker Hub', ...pinned.map((route) => `| ${route}`)]),
  );
  expect(table.length).toBeLessThan(11);
  expect(stdout).toContain('\n- * is recorded: ');
});

test.each([
  [['--given', 'windows=x.tar'], 'KP1205'],
  [['--out', 'x.pdf'], 'KP1206'],
  [['--starts', '0'], 'KP1001'],
])('%j is refused with %s', async (more, code) => {
  const { status, stderr } = await runCli(['compare', '.', '--offline', ...more], { cwd: hello(), env: deadNetwork });
  expect(status).toBe(2);
  expect(stderr).toContain(`error ${code}:`);
});
