import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { makeArchiveKey, type ArchiveKey } from '../support/archive-key.ts';
import { giveToNobody, runCliAsNobody } from '../support/as-nobody.ts';
import { runCli } from '../support/cli.ts';
import type { ArchivePackage, ArchiveSuite } from '../support/deb-archive.ts';
import { formatControl, makeAr, makeTar, type DebContent } from '../support/deb-file.ts';
import { expectFailure, expectWholeStore, listing, workplace, type Expected } from '../support/failing-cli.ts';
import { peakMemory } from '../support/peak-memory.ts';
import { smallRuntime } from '../support/small-runtime.ts';
import { debianYaml, namedRuntime, startTestDebian, type TestDebian } from '../support/test-debian.ts';
import { expectWithin } from '../support/expect-within.ts';

/** Faults of archives and packages, from a signed archive on loopback that is damaged in one way at a time. */

let key: ArchiveKey;
let stranger: ArchiveKey;
let archive: TestDebian | undefined;

beforeAll(async () => {
  [key, stranger] = await Promise.all([makeArchiveKey(), makeArchiveKey()]);
});

afterEach(async () => {
  await archive?.server.close();
  archive = undefined;
});

const tool: ArchivePackage = {
  control: { Package: 'tool', Version: '1.0-1' },
  content: { 'usr/share/tool/data': 'a tool' },
};
const toolDeb = 'pool/main/t/tool/tool_1.0-1_amd64.deb';

interface Row {
  readonly name: string;
  readonly packages?: readonly ArchivePackage[];
  readonly suite?: Partial<ArchiveSuite>;
  readonly signer?: () => ArchiveKey;
  /** Damage done after the archive was made. */
  readonly damage?: (one: TestDebian) => void;
  /** In place of the public key beside kilopy.yaml. */
  readonly keyFile?: string;
  /** Added to kilopy.yaml. */
  readonly yaml?: object;
  readonly expected: Expected;
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

function change(pattern: RegExp, edit: (bytes: Uint8Array) => Uint8Array): (one: TestDebian) => void {
  return ({ files }) => {
    const paths = [...files.keys()].filter((path) => pattern.test(path));
    expect(paths).not.toEqual([]);
    for (const path of paths) files.set(path, edit(files.get(path) ?? new Uint8Array()));
  };
}

const yesterday = new Date(Date.now() - 86_400_000).toUTCString().replace('GMT', 'UTC');
const inYaml = /kilopy\.yaml:\d+:\d+/u;

const rows: readonly Row[] = [
  {
    name: 'a package with a wrong hash',
    damage: change(/tool_1\.0.*deb$/u, (bytes) => flip(bytes, bytes.length - 1)),
    expected: { exit: 5, code: 'KP6020', says: ['tool 1.0-1', toolDeb, /sha256|[0-9a-f]{64}/u, /fix: /u] },
  },
  {
    name: 'a package with a wrong size',
    damage: change(/tool_1\.0.*deb$/u, (bytes) => bytes.subarray(0, -1)),
    expected: { exit: 5, code: 'KP6021', says: ['tool 1.0-1', toolDeb] },
  },
  {
    name: 'a package that is not there',
    damage: ({ files }) => void files.delete(toolDeb),
    expected: { exit: 4, code: 'KP6012', says: ['tool 1.0-1', toolDeb] },
  },
  {
    name: 'an index with a wrong hash',
    damage: change(/Packages|by-hash/u, (bytes) => flip(bytes, 40)),
    expected: { exit: 5, code: 'KP6020', says: ['binary-amd64', /small/u] },
  },
  {
    name: 'an index that is not there',
    damage: ({ files }) => {
      for (const path of files.keys()) if (/Packages|by-hash/u.test(path)) files.delete(path);
    },
    expected: { exit: 5, code: 'KP5054', says: ['binary-amd64'] },
  },
  {
    name: 'a wrong signature',
    damage: change(/InRelease/u, (bytes) =>
      Buffer.from(Buffer.from(bytes).toString().replace('Origin: Test', 'Origin: Tast')),
    ),
    expected: { exit: 5, code: 'KP5002', says: ['InRelease', 'small'] },
  },
  {
    name: 'an unknown key',
    signer: () => stranger,
    expected: { exit: 5, code: 'KP5001', says: ['InRelease', /signed by [0-9A-F]{16}/u, /fix: .*key/u] },
  },
  {
    name: 'no signature at all',
    suite: { signature: 'none' },
    expected: { exit: 5, code: 'KP5056', says: ['small'] },
  },
  {
    name: 'a key file that is none',
    keyFile: 'no key',
    expected: { exit: 2, code: 'KP5006', says: ['key.asc'] },
  },
  {
    name: 'an expired Release, with the switch that takes it for this feed',
    suite: { fields: { 'Valid-Until': yesterday } },
    expected: { exit: 5, code: 'KP5051', says: ['small', 'allowExpired'] },
  },
  {
    name: 'another suite than the one asked for',
    damage: change(/InRelease/u, (bytes) => bytes),
    suite: { fields: { Suite: 'large', Codename: 'large' } },
    expected: { exit: 5, code: 'KP5052', says: ['small', 'large'] },
  },
  {
    name: 'a sign-in page instead of the Release',
    damage: ({ server, url }) =>
      void server.routes.set(`${new URL(url).pathname}/dists/small/InRelease`, { kind: 'html' }),
    expected: { exit: 5, code: 'KP6022', says: ['InRelease', /web page/iu] },
  },
  {
    name: 'a transfer that is cut off again and again',
    damage: ({ server, url, files }) =>
      void server.routes.set(`${new URL(url).pathname}/${toolDeb}`, {
        kind: 'cut',
        body: files.get(toolDeb) ?? '',
        afterBytes: 100,
      }),
    expected: { exit: 4, code: 'KP6015', says: ['tool 1.0-1'] },
  },
  {
    name: 'a package that one target of several does not have',
    suite: { architectures: ['amd64', 'arm64'] },
    packages: [namedRuntime, { ...namedRuntime, control: { ...namedRuntime.control, Architecture: 'arm64' } }, tool],
    yaml: { targets: ['linux/amd64', 'linux/arm64'] },
    expected: { exit: 7, code: 'KP5502', says: [inYaml, 'tool', 'linux/arm64'] },
  },
  {
    name: 'an architecture that the archive does not have',
    yaml: { targets: ['linux/arm64'] },
    expected: { exit: 7, code: 'KP5053', says: ['small', 'arm64', 'amd64'] },
  },
  {
    name: 'a dependency that cannot be satisfied',
    packages: [
      namedRuntime,
      { control: { ...tool.control, Depends: 'library (>= 2.0)' } },
      { control: { Package: 'library', Version: '1.5-1' } },
    ],
    expected: { exit: 7, code: 'KP5503', says: [inYaml, 'library (>= 2.0)', /small has 1\.5-1/u] },
  },
  {
    name: 'packages that exclude each other',
    packages: [
      namedRuntime,
      { control: { ...tool.control, Conflicts: 'rival' } },
      { control: { Package: 'rival', Version: '1' } },
    ],
    yaml: { packages: ['tool', 'rival'] },
    expected: { exit: 7, code: 'KP5504', says: [inYaml, 'tool', 'rival'] },
  },
  {
    name: 'a base without MicroPython',
    packages: [tool],
    expected: { exit: 7, code: 'KP5502', says: [inYaml, 'micropython'] },
  },
  {
    name: 'a package of another version than the signed index says',
    suite: { editPackages: (text) => text.replace('Version: 1.0-1', 'Version: 1.0-2') },
    expected: { exit: 5, code: 'KP5062', says: ['tool 1.0-2', 'tool 1.0-1'] },
  },
  {
    name: 'a file that is no package',
    packages: [namedRuntime, { ...tool, deb: Buffer.from('just text, and not an ar archive at all') }],
    expected: { exit: 5, code: 'KP4001', says: ['tool'] },
  },
  {
    name: 'a package without a byte',
    packages: [namedRuntime, { ...tool, deb: Buffer.from('') }],
    expected: { exit: 5, code: 'KP4001', says: ['tool'] },
  },
];

async function serve({
  packages = [namedRuntime, tool],
  suite = {},
  signer,
  damage,
}: Partial<Row>): Promise<TestDebian> {
  archive = await startTestDebian(signer?.() ?? key, packages, suite);
  damage?.(archive);
  return archive;
}

function appFiles(url: string, yaml: object = {}): Record<string, string> {
  return {
    'main.py': 'print("hello")\n',
    'kilopy.yaml': debianYaml(url, { packages: ['tool'], ...yaml }),
    'key.asc': key.armoredPublic,
  };
}

test.each(rows)('$name', async (row) => {
  const { url } = await serve(row);
  const own = row.keyFile === undefined ? {} : { 'key.asc': row.keyFile };
  const place = workplace({ ...appFiles(url, row.yaml), ...own });
  const { status } = await expectFailure(place, ['build', 'app'], row.expected);
  expect(status).toBe(row.expected.exit);
});

test('two packages with the same file', async () => {
  const rival: ArchivePackage = {
    control: { Package: 'rival', Version: '1' },
    content: { 'usr/share/tool/data': 'another' },
  };
  const { url } = await serve({ packages: [...(await smallRuntime()), tool, rival] });
  const place = workplace(appFiles(url, { packages: ['tool', 'rival'] }));
  const { stderr } = await expectFailure(place, ['build', 'app'], {
    exit: 2,
    code: 'KP7003',
    says: ['usr/share/tool/data', 'tool'],
  });
  expect(stderr).toContain('rival');
});

test('the switch for an expired Release is told and works', async () => {
  const { url } = await serve({
    ...rows[0]!,
    damage: () => undefined,
    suite: { fields: { 'Valid-Until': yesterday } },
  });
  const base = { debian: { suite: 'small', mirror: url, keys: ['key.asc'], allowExpired: true } };
  const { folder, env } = workplace(appFiles(url, { base }));
  const { stderr, status } = await runCli(['build', 'app', '--dry-run'], { cwd: folder, env });
  expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringContaining('warning: ') });
  expect(stderr).toContain('expired');
});

const common = { mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 1_700_000_000 };
const body = Buffer.from('evil');
const file = (path: string): object => ({ type: 'file', path, ...common, sizeBytes: body.length, body });

interface Attack {
  readonly name: string;
  /** It is found where the image is put together, after MicroPython was asked for its modules. */
  readonly needsRuntime?: boolean;
  readonly content: DebContent;
  readonly expected: Expected;
}

const attacks: readonly Attack[] = [
  {
    name: '.. in a path',
    content: [file('./usr/../../../escape')] as unknown as DebContent,
    expected: { exit: 5, code: 'KP5061', says: ['evil 1', 'escape'] },
  },
  {
    name: 'an absolute path',
    content: [file('/etc/escape')] as unknown as DebContent,
    expected: { exit: 5, code: 'KP5061', says: ['evil 1', '/etc/escape'] },
  },
  {
    name: 'writing through its own link',
    content: [
      { type: 'symlink', path: './usr/share/door', linkTarget: '/etc', ...common },
      file('./usr/share/door/passwd'),
    ] as unknown as DebContent,
    expected: { exit: 5, code: 'KP7004', says: ['evil', 'usr/share/door'] },
  },
  {
    name: 'a link out of the image, and writing through it',
    content: [
      { type: 'symlink', path: './usr/share/door', linkTarget: '../../../../../../tmp', ...common },
      file('./usr/share/door/escape'),
    ] as unknown as DebContent,
    expected: { exit: 5, code: 'KP7007', says: ['evil'] },
  },
  {
    name: 'a hard link to a file outside',
    content: [
      { type: 'hardlink', path: './usr/share/shadow', linkTarget: '../../../../etc/shadow', ...common },
    ] as unknown as DebContent,
    expected: { exit: 5, code: 'KP5061', says: ['evil 1', 'shadow'] },
  },
  {
    name: 'a device',
    needsRuntime: true,
    content: [{ type: 'block', path: './dev/disk', major: 8, minor: 0, ...common }] as unknown as DebContent,
    expected: { exit: 5, code: 'KP7005', says: ['evil', 'dev/disk'] },
  },
];

describe('a package with', () => {
  test.each(attacks)('$name', async ({ content, expected, needsRuntime = false }) => {
    const evil: ArchivePackage = { control: { Package: 'evil', Version: '1' }, content };
    const packages = [...(needsRuntime ? await smallRuntime() : [namedRuntime]), evil];
    const { url } = await serve({ packages });
    const place = workplace(appFiles(url, { packages: ['evil'] }));
    const { status } = await expectFailure(place, ['build', 'app'], expected);
    expect(status).toBe(expected.exit);
  });
});

function xz(input: Uint8Array): Uint8Array {
  return execFileSync('xz', ['-c', '-6'], { input, maxBuffer: 2 ** 28 });
}

/** A tiny xz of 10 GiB: one stream of zeros again and again, which xz calls one file. */
function bombXz(first: Uint8Array): Uint8Array {
  const zeros = xz(Buffer.alloc(64 * 2 ** 20));
  return Buffer.concat([xz(first), ...Array.from({ length: 160 }, () => zeros)]);
}

async function bombDeb(data: Uint8Array): Promise<Uint8Array> {
  const control = { Package: 'evil', Version: '1', Architecture: 'amd64' };
  return makeAr([
    ['debian-binary', Buffer.from('2.0\n')],
    ['control.tar.gz', gzipSync(await makeTar({ control: formatControl(control) }))],
    ['data.tar.xz', data],
  ]);
}

describe('10 GiB of zeros', () => {
  const tenGiB = 10 * 2 ** 30;
  test.each([
    ['as one file of that size', tarHeader('./usr/share/zeros', tenGiB)],
    ['as a file that claims to be small', tarHeader('./usr/share/zeros', 100)],
    ['after the end of the tar', Buffer.alloc(1024)],
  ])('%s', async (_, first) => {
    const evil: ArchivePackage = { control: { Package: 'evil', Version: '1' }, deb: await bombDeb(bombXz(first)) };
    const { url } = await serve({ packages: [namedRuntime, evil] });
    const memory = peakMemory();
    const spot = workplace(appFiles(url, { packages: ['evil'] }), memory.env);
    const before = listing(spot.folder);
    const started = Date.now();
    const { stderr, status } = await runCli(['build', 'app'], { cwd: spot.folder, env: spot.env });
    expect(stderr).toMatch(/error KP4003: .*evil/u);
    expect(status).toBe(5);
    expect(memory.bytes()).toBeLessThan(300 * 2 ** 20);
    expectWithin(Date.now() - started, 15_000);
    expect(listing(spot.folder)).toEqual(before);
    expectWholeStore(spot.store);
  });
});

function tarHeader(path: string, sizeBytes: number): Buffer {
  const block = Buffer.alloc(512);
  block.write(path, 0);
  block.write('0000644\u00000000000\u00000000000\u0000', 100);
  // From 8 GiB on as a binary number, as GNU tar writes it.
  if (sizeBytes < 2 ** 33) block.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124);
  else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(sizeBytes), 128);
  }
  block.write('14524720400\0', 136);
  block.write('        0', 148);
  block.write('ustar\u000000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

test('an output folder that may not be written', async () => {
  const { url } = await serve({ packages: [...(await smallRuntime()), tool] });
  const spot = workplace(appFiles(url));
  const outputs = join(spot.folder, 'outputs');
  mkdirSync(outputs);
  writeFileSync(join(outputs, 'old.txt'), 'stays');
  mkdirSync(spot.store);
  giveToNobody(join(spot.folder, '..'));
  execFileSync('chmod', ['555', outputs]);
  const before = listing(outputs);
  const options = { cwd: spot.folder, env: { ...spot.env, HOME: spot.folder } };
  const { stderr, status } = await runCliAsNobody(['build', 'app', '--out-dir', 'outputs'], options);
  expect(stderr).toMatch(/error KP1005: .*outputs/u);
  expect(stderr).toContain('--out-dir');
  expect(status).toBe(2);
  expect(listing(outputs)).toEqual(before);
  expect(readFileSync(join(outputs, 'old.txt'), 'utf8')).toBe('stays');
  rmSync(outputs, { recursive: true });
});
