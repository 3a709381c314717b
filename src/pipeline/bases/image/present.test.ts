import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { directory, file, link } from '../../../../test/support/nodes.ts';
import { openTestStore, type TestStore } from '../../../../test/support/test-store.ts';
import { parseApkIndex } from '../../../feed/apk/parse-index.ts';
import { apkVersionRules } from '../../../feed/apk/version.ts';
import type { IndexField } from '../../../feed/deb/index-fields.ts';
import { indexPackage } from '../../../feed/deb/index-package.ts';
import { debVersionRules } from '../../../feed/deb/version.ts';
import { opkgPackage } from '../../../feed/opkg/parse-index.ts';
import { opkgVersionRules } from '../../../feed/opkg/version.ts';
import { trustAnyway } from '../../../crypto/verdict.ts';
import { solveApk } from '../../../solve/apk/solve-apk.ts';
import { apkUniverse } from '../../../solve/apk/universe.ts';
import { solveDeb } from '../../../solve/deb/solve-deb.ts';
import { debUniverse } from '../../../solve/deb/universe.ts';
import { solveOpkg } from '../../../solve/opkg/solve-opkg.ts';
import { opkgPriorities, opkgUniverse } from '../../../solve/opkg/universe.ts';
import type { Solution } from '../../../solve/problem.ts';
import type { Tree } from '../../../tree/node.ts';
import { treeOf } from '../../../tree/sort.ts';
import { packageFamily } from './package-family.ts';
import { withPresentApks } from './present-apks.ts';
import { withPresentDebs } from './present-debs.ts';
import { withPresentIpks } from './present-ipks.ts';
import { presentPackages, type PresentPackages } from './present-packages.ts';
import { withoutPresent } from './without-present.ts';

const wishes = [{ text: 'micropython' }];

function fetched(solution: Solution): string[] | string {
  if (!solution.ok) return solution.explanation.kind;
  return withoutPresent(solution.plan).steps.map(({ package: { name, version } }) => `${name} ${version}`);
}

function paragraph(fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ Architecture: 'amd64', ...fields }).map(([name, value]) => `${name}: ${value}\n`);
  return `${lines.join('')}\n`;
}

function record(name: string, version: string, more = ''): string {
  const checksum = Buffer.from(name.padEnd(20, '.').slice(0, 20)).toString('base64');
  return `C:Q1${checksum}\nP:${name}\nV:${version}\nA:x86_64\n${more}`;
}

describe('what the image has is taken as given, and what it lacks is chosen', () => {
  const debs = [
    { package: 'libc6', version: '2.41-2', architecture: 'amd64', depends: 'libgcc-s1' },
    { package: 'libgcc-s1', version: '14', architecture: 'amd64' },
    { package: 'libffi8', version: '3.4', architecture: 'amd64', depends: 'libc6 (>= 2.34)' },
    { package: 'micropython', version: '1.25', architecture: 'amd64', depends: 'libc6 (>= 2.38), libffi8' },
  ].map((fields) => {
    return indexPackage(new Map(Object.entries(fields) as [IndexField, string][]), {
      feed: 'debian',
      suite: 'trixie',
      archive: 'http://x',
    });
  });

  test.each<[string, string, string[] | string]>([
    ['nothing', '', ['libgcc-s1 14', 'libc6 2.41-2', 'libffi8 3.4', 'micropython 1.25']],
    [
      'libc6',
      paragraph({ Package: 'libc6', Version: '2.41-1', Depends: 'libgcc-s1' }),
      ['libffi8 3.4', 'micropython 1.25'],
    ],
    ['libc6 that is too old', paragraph({ Package: 'libc6', Version: '2.36' }), 'unsatisfiable'],
    [
      'libc6, which has been removed',
      paragraph({ Package: 'libc6', Version: '2.36', Status: 'deinstall ok config-files' }),
      ['libgcc-s1 14', 'libc6 2.41-2', 'libffi8 3.4', 'micropython 1.25'],
    ],
    [
      'libc6 under another name',
      paragraph({ Package: 'own-libc', Version: '1', Provides: 'libc6 (= 2.40)' }) +
        paragraph({ Package: 'libffi8', Version: '3.4' }),
      ['libgcc-s1 14', 'libc6 2.41-2', 'micropython 1.25'],
    ],
    ['MicroPython itself', paragraph({ Package: 'micropython', Version: '1' }), []],
  ])('dpkg: %s', (_title, text, expected) => {
    const present: PresentPackages = { manager: 'dpkg', text, where: 'image: /var/lib/dpkg/status' };
    const universe = withPresentDebs(debUniverse(debs), text === '' ? undefined : present, 'amd64');
    const solution = solveDeb({ universe, wishes, rules: debVersionRules, architecture: 'amd64' });
    const found = fetched(solution);
    expect(Array.isArray(found) ? found.toSorted() : found).toEqual(
      Array.isArray(expected) ? expected.toSorted() : expected,
    );
  });

  const apks = `${record('musl', '1.2.5-r1', 'p:so:libc.musl-x86_64.so.1=1\n')}\n${record('libffi', '3-r0')}\n${record(
    'micropython',
    '1.24-r0',
    'D:so:libc.musl-x86_64.so.1 libffi\n',
  )}\n`;

  test.each<[string, string, string[] | string]>([
    ['nothing', '', ['libffi 3-r0', 'micropython 1.24-r0', 'musl 1.2.5-r1']],
    [
      'musl with its files, and a file of another name in it',
      `${record('musl', '1.2.4-r9', 'p:so:libc.musl-x86_64.so.1=1\nF:lib\nM:0:0:755\nR:ld-musl-x86_64.so.1\na:0:0:755\nZ:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\n')}\n`,
      ['libffi 3-r0', 'micropython 1.24-r0'],
    ],
    ['a musl that does not say what it provides', `${record('musl', '1.2.4-r9')}\n`, 'unsatisfiable'],
  ])('apk: %s', (_title, text, expected) => {
    const origin = { feed: 'alpine', folder: 'http://x', where: 'http://x/i', architecture: 'x86_64', maxPackages: 99 };
    const all = apkUniverse([{ packages: parseApkIndex(trustAnyway(apks, 'test').value, origin) }]);
    const present: PresentPackages = { manager: 'apk', text, where: 'image: /lib/apk/db/installed' };
    const universe = withPresentApks(all, text === '' ? undefined : present, 'x86_64');
    const found = fetched(solveApk({ universe, wishes, rules: apkVersionRules, architecture: 'x86_64' }));
    expect(Array.isArray(found) ? found.toSorted() : found).toEqual(expected);
  });

  test.each<[string, string, string[]]>([
    ['nothing', '', ['libc 1', 'libffi 3', 'micropython 1.24']],
    [
      'libc',
      'Package: libc\nVersion: 2\nStatus: install user installed\nArchitecture: mips_24kc\n',
      ['libffi 3', 'micropython 1.24'],
    ],
    [
      'libc that was not installed',
      'Package: libc\nVersion: 2\nStatus: install user not-installed\nArchitecture: mips_24kc\n',
      ['libc 1', 'libffi 3', 'micropython 1.24'],
    ],
  ])('opkg: %s', (_title, text, expected) => {
    const origin = { feed: 'openwrt', folder: 'http://x', where: 'http://x/Packages' };
    const packages = [
      { package: 'libc', version: '1', architecture: 'mips_24kc' },
      { package: 'libffi', version: '3', architecture: 'mips_24kc', depends: 'libc' },
      { package: 'micropython', version: '1.24', architecture: 'mips_24kc', depends: 'libc, libffi' },
    ].map((fields) => opkgPackage(new Map(Object.entries(fields)), origin, false));
    const all = opkgUniverse(packages, [], opkgPriorities('mips_24kc'));
    const present: PresentPackages = { manager: 'opkg', text, where: 'image: /usr/lib/opkg/status' };
    const universe = withPresentIpks(all, text === '' ? undefined : present, 'mips_24kc');
    const found = fetched(solveOpkg({ universe, wishes, rules: opkgVersionRules }));
    expect(Array.isArray(found) ? found.toSorted() : found).toEqual(expected);
  });
});

describe('the distribution that packages for an image come from', () => {
  let opened: TestStore;
  beforeAll(async () => {
    opened = await openTestStore();
  });
  afterAll(() => opened.remove());

  const origin = { kind: 'image', reference: 'x', layer: 'sha256:0' } as const;
  async function treeWith(files: Readonly<Record<string, string>>): Promise<Tree> {
    const nodes = [];
    for (const [path, text] of Object.entries(files)) {
      const content = await opened.store.put(Buffer.from(text));
      nodes.push(path.startsWith('lib/') ? link('lib', 'usr/lib', origin) : directory('etc', origin));
      nodes.push(file(path.replace(/^lib\//u, 'usr/lib/'), content, origin));
    }
    return treeOf(nodes);
  }

  const status = 'Package: libc6\nVersion: 2.41\nArchitecture: amd64\n';
  test.each<[string, Record<string, string>, string]>([
    [
      'distroless',
      { 'etc/os-release': 'ID="debian"\nVERSION_ID="13"\n', 'var/lib/dpkg/status.d/libc6': status },
      'debian trixie',
    ],
    [
      'debian',
      { 'etc/os-release': 'ID=debian\nVERSION_CODENAME=bookworm\n', 'var/lib/dpkg/status': status },
      'debian bookworm',
    ],
    [
      'alpine',
      { 'etc/os-release': "ID='alpine'\nVERSION_ID=3.24.1\n", 'lib/apk/db/installed': 'P:musl\nV:1\n\n' },
      'alpine v3.24',
    ],
    [
      'alpine between releases',
      { 'etc/os-release': 'ID=alpine\nVERSION_ID=3.25_alpha20260101\n', 'lib/apk/db/installed': 'P:musl\nV:1\n\n' },
      'alpine edge',
    ],
    ['wolfi', { 'etc/os-release': 'ID=wolfi\n', 'lib/apk/db/installed': 'P:glibc\nV:1\n\n' }, 'wolfi rolling'],
    [
      'openwrt',
      {
        'usr/lib/os-release': 'ID="openwrt"\nVERSION_ID="23.05.5"\nOPENWRT_BOARD="ramips/mt76x8"\n',
        'usr/lib/opkg/status': status,
      },
      'openwrt 23.05.5',
    ],
    ['no database', { 'etc/os-release': 'ID=debian\nVERSION_ID=13\n' }, 'KP2015'],
    [
      'only checksums',
      { 'etc/os-release': 'ID=debian\nVERSION_ID=13\n', 'var/lib/dpkg/status.d/x.md5sums': 'x' },
      'KP2015',
    ],
    ['ubuntu', { 'etc/os-release': 'ID=ubuntu\nVERSION_ID="24.04"\n', 'var/lib/dpkg/status': status }, 'KP2015'],
    ['no os-release', { 'var/lib/dpkg/status': status }, 'KP2015'],
    [
      'two that contradict each other',
      { 'etc/os-release': 'ID=alpine\nVERSION_ID=3.24.1\n', 'var/lib/dpkg/status': status },
      'KP2015',
    ],
  ])('%s', async (_title, files, expected) => {
    const tree = await treeWith(files);
    const present = await presentPackages(tree, opened.store, 'image');
    const found = await packageFamily(tree, opened.store, 'image', present).then(
      ({ name, settings }) => `${name} ${'suite' in settings ? settings.suite : settings.release}`,
      (error: unknown) => (error as { code: string }).code,
    );
    expect(found).toBe(expected);
  });
});
