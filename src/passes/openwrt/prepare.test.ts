import { describe, expect, test } from 'vitest';
import { memoryBlobs } from '../../../test/support/memory-blobs.ts';
import type { Node, Tree } from '../../tree/node.ts';
import { overlay } from '../../tree/overlay.ts';
import type { BlobStore } from '../../values/blob.ts';
import { linkAlternatives } from './alternatives.ts';
import type { InstalledPackage } from './installed-package.ts';
import { prepareOpenwrt } from './prepare.ts';

const origin = { kind: 'package', name: 'p', version: '1', architecture: 'all', feed: 'test' } as const;
const common = { uid: 0, gid: 0, mtimeSeconds: 1, origin } as const;

async function treeOf(blobs: BlobStore, files: Readonly<Record<string, string>>): Promise<Tree> {
  const nodes: Node[] = [];
  for (const [path, text] of Object.entries(files)) {
    nodes.push({ ...common, type: 'file', path, mode: 0o755, content: await blobs.put(Buffer.from(text)) });
  }
  return overlay(new Map(), nodes).tree;
}

function ipk(
  name: string,
  control: Readonly<Record<string, string>>,
  scripts: Readonly<Record<string, string>> = {},
): InstalledPackage {
  const fields = Object.entries({ package: name, version: '1', ...control });
  return {
    name,
    version: '1',
    architecture: 'all',
    payload: { entries: [], control: new Map(fields), conffiles: [], scripts: new Map(Object.entries(scripts)) },
    isWished: true,
    isNeeded: false,
  };
}

const accounts = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/ash\n',
  'etc/group': 'root:x:0:\n',
  'etc/shadow': 'root::0:::::\n',
};

async function prepare(
  files: Readonly<Record<string, string>>,
  packages: readonly InstalledPackage[],
  off: readonly string[] = [],
) {
  const blobs = memoryBlobs();
  const tree = await treeOf(blobs, { ...accounts, ...files });
  const settings = { packages, disabledServices: off, epochSeconds: 1_700_000_000 };
  const prepared = await prepareOpenwrt(tree, blobs, settings);
  const text = async (path: string): Promise<string> => {
    const node = prepared.tree.get(path);
    return node?.type === 'file' ? Buffer.from(await blobs.read(node.content)).toString('utf8') : '';
  };
  const link = (path: string): string | undefined => {
    const node = prepared.tree.get(path);
    return node?.type === 'symlink' ? node.target : undefined;
  };
  return { ...prepared, text, link };
}

describe('alternatives', () => {
  test('the highest priority has the link; what is no link stays', async () => {
    const { link, report } = await prepare({ 'bin/kill': 'a program' }, [
      ipk('busybox', { alternatives: '100:/sbin/ip:/bin/busybox, 100:/bin/kill:/bin/busybox' }),
      ipk('ip-full', { alternatives: '300:/sbin/ip:/usr/libexec/ip-full' }),
      ipk('ip-tiny', { alternatives: '200:/sbin/ip:/usr/libexec/ip-tiny, nonsense, 1:relative:/x' }),
    ]);
    expect(link('sbin/ip')).toBe('/usr/libexec/ip-full');
    expect(report.alternatives.occupied).toEqual(['/bin/kill']);
  });

  test.each([
    ['of two', ['1:/bin/x:/bin/y'], ['1:/bin/y:/bin/x'], 'a'],
    ['of one, which leads to itself', [], ['1:/bin/x:/bin/x'], 'b'],
    ['of three', ['1:/bin/x:/bin/y', '1:/bin/y:../bin/z'], ['1:/bin/z:x'], 'a'],
    ['through a folder that is a link itself', ['1:/opt:/opt/deep'], ['1:/opt/run:/bin/run'], 'a'],
  ] as const)('a circle %s is an error that names a package', async (_, first, second, where) => {
    const circle = prepare({}, [
      ipk('a', { alternatives: first.join(', ') }),
      ipk('b', { alternatives: second.join(', ') }),
    ]);
    await expect(circle).rejects.toThrow(expect.objectContaining({ code: 'KP5110', exitCode: 7, where }));
  });

  // What opkg of 19.07 and update_alternatives of functions.sh do.
  test.each([
    ['opkg', { x: '/libexec/a', y: '/libexec/b', zero: '/libexec/z', same: '/bin/busybox' }, []],
    ['apk', { x: undefined, y: '/libexec/b', zero: undefined, same: '/bin/busybox' }, ['/bin/x']],
  ] as const)('of equal priorities: %s', async (manager, links, tied) => {
    const tree = await treeOf(memoryBlobs(), accounts);
    const packages = [
      ipk('a', { alternatives: '1:/bin/x:/libexec/a, 1:/bin/y:/libexec/a, 5:/bin/same:/bin/busybox' }),
      ipk('b', { alternatives: '1:/bin/x:/libexec/b, 1:/bin/y:/libexec/c, 2:/bin/y:/libexec/b' }),
      ipk('c', { alternatives: '5:/bin/same:/bin/busybox, 0:/bin/zero:/libexec/z' }),
    ];
    const { tree: linked, report } = linkAlternatives(tree, packages, 1, manager);
    for (const [name, target] of Object.entries(links)) {
      const node = linked.get(`bin/${name}`);
      expect([name, node?.type === 'symlink' ? node.target : undefined]).toEqual([name, target]);
    }
    expect(report.tied).toEqual(tied);
  });

  test('a circle that a higher priority breaks is none', async () => {
    const { link } = await prepare({ 'bin/real': '' }, [
      ipk('a', { alternatives: '1:/bin/x:/bin/y' }),
      ipk('b', { alternatives: '1:/bin/y:/bin/x' }),
      ipk('c', { alternatives: '2:/bin/y:/bin/real' }),
    ]);
    expect([link('bin/x'), link('bin/y')]).toEqual(['/bin/y', '/bin/real']);
  });
});

test('links among the init scripts are scripts too, hidden files and links to nowhere are not', async () => {
  const init = script('START=42');
  const link = { ...common, type: 'symlink', mode: 0o777 } as const;
  const blobs = memoryBlobs();
  const tree = overlay(await treeOf(blobs, { ...accounts, 'usr/share/web': init, 'etc/init.d/.hidden': init }), [
    { ...link, path: 'etc/init.d/web', target: '../../usr/share/web' },
    { ...link, path: 'etc/init.d/gone', target: 'nothing' },
    { ...link, path: 'etc/init.d/circle', target: 'circle' },
  ]).tree;
  const settings = { packages: [], disabledServices: [], epochSeconds: 1 };
  const { report, tree: prepared } = await prepareOpenwrt(tree, blobs, settings);
  expect(report.services.enabled).toEqual(['web']);
  expect(prepared.get('etc/rc.d/S42web')).toMatchObject({ target: '../init.d/web' });
});

test('free numbers begin where functions.sh of the image says, and scripts run in the order of their files', async () => {
  const functions = 'group_add_next() {\n\tgid=32768\n}\nuser_add() {\n\t\tuid=32769\n\tuid=$((uid + 1))\n}\n';
  const packages = [ipk('a', { 'require-user': 'one:one' }), ipk('a-b', { 'require-user': 'two:two' })];
  const { text } = await prepare({ 'lib/functions.sh': functions }, packages);
  // `a-b.postinst` stands before `a.postinst`.
  expect(await text('etc/group')).toBe('root:x:0:\ntwo:x:32768:two\none:x:32769:one\n');
  expect(await text('etc/passwd')).toBe(
    `${accounts['etc/passwd']}two:x:32769:32768:two:/var/run/two:/bin/false\none:x:32770:32769:one:/var/run/one:/bin/false\n`,
  );
});

test('users and groups of Require-User, by the name of the package', async () => {
  const { text, report } = await prepare({}, [
    ipk('b', { 'require-user': 'network=101:network=101 logd:logd' }),
    ipk('a', { 'require-user': ':dialout=20 dnsmasq=453:dnsmasq=453:extra' }),
  ]);
  expect(await text('etc/passwd')).toBe(
    `${accounts['etc/passwd']}dnsmasq:x:453:453:dnsmasq:/var/run/dnsmasq:/bin/false\n` +
      'network:x:101:101:network:/var/run/network:/bin/false\nlogd:x:65536:65537:logd:/var/run/logd:/bin/false\n',
  );
  expect(await text('etc/group')).toContain('extra:x:65536:dnsmasq\nnetwork:x:101:network\nlogd:x:65537:logd\n');
  expect(await text('etc/shadow')).toContain('dnsmasq:x:0:0:99999:7:::\n');
  expect(report.users.users).toEqual(['dnsmasq', 'network', 'logd']);
});

function script(lines: string): string {
  return `#!/bin/sh /etc/rc.common\n\n${lines}\n`;
}

describe('services', () => {
  test('START and STOP become links, except of those that are disabled', async () => {
    const files = {
      'etc/init.d/one': script('START=19\nSTOP="50"\nUSE_PROCD=1'),
      'etc/init.d/off': script('START=20'),
      'etc/init.d/twice': script('START=10 # first\nSTART=11'),
      'etc/init.d/plain': '#!/bin/sh\nSTART=1\n',
    };
    const { link, report, tree } = await prepare(files, [], ['off', 'gone']);
    expect([link('etc/rc.d/S19one'), link('etc/rc.d/K50one'), link('etc/rc.d/S11twice')]).toEqual([
      '../init.d/one',
      '../init.d/one',
      '../init.d/twice',
    ]);
    expect([...tree.keys()].filter((path) => path.startsWith('etc/rc.d/'))).toHaveLength(3);
    expect(report.services).toMatchObject({
      enabled: ['one', 'twice'],
      disabled: ['off'],
      unknown: ['gone'],
      unclear: [],
    });
  });

  test('a start that depends on something is said', async () => {
    const { report } = await prepare(
      { 'etc/init.d/odd': script('START=$X'), 'etc/init.d/if': script('[ x ] &&\n\tSTART=5') },
      [],
    );
    expect(report.services.unclear).toEqual(['if', 'odd']);
  });
});

test('scripts of their own are named, those of every package and those for the device are not', async () => {
  const every =
    '#!/bin/sh\n[ "${IPKG_NO_SCRIPT}" = "1" ] && exit 0\n[ -s ${IPKG_INSTROOT}/lib/functions.sh ] || exit 0\n. ${IPKG_INSTROOT}/lib/functions.sh\ndefault_postinst $0 $@\n';
  const { report } = await prepare({}, [
    ipk('plain', {}, { postinst: every }),
    ipk('device', {}, { postinst: every, 'postinst-pkg': '[ -n "${IPKG_INSTROOT}" ] && exit 0\nreboot\n' }),
    ipk('block', {}, { 'postinst-pkg': '[ -n "${IPKG_INSTROOT}" ] || {\n\tif true; then\n\t\treboot\n\tfi\n}\n' }),
    ipk('own', {}, { postinst: every, 'postinst-pkg': 'mkdir -p ${IPKG_INSTROOT}/data\n' }),
  ]);
  expect(report.scripts.unknown).toEqual([{ name: 'own', version: '1', scripts: ['postinst-pkg'] }]);
});

test('leftovers go, uci-defaults stay, an overlay of a package goes over the root, one time for all', async () => {
  const { tree } = await prepare(
    {
      'boot/kernel': 'k',
      'tmp/x': 'x',
      'var/lock/opkg.lock': '',
      'etc/uci-defaults/10_x': 'uci set x',
      'rootfs-overlay/etc/over': 'o',
      'www/.git/config': 'g',
    },
    [ipk('p', {}, { postinst: '', prerm: '', control: 'Package: p\n' })],
  );
  const files = [...tree.values()].filter(({ type }) => type === 'file').map(({ path }) => path);
  expect(files.toSorted()).toEqual([
    'etc/group',
    'etc/over',
    'etc/passwd',
    'etc/shadow',
    'etc/uci-defaults/10_x',
    'usr/lib/opkg/info/p.control',
    'usr/lib/opkg/info/p.list',
    'usr/lib/opkg/info/p.prerm',
    'usr/lib/opkg/status',
  ]);
  expect(new Set([...tree.values()].map(({ mtimeSeconds }) => mtimeSeconds))).toEqual(new Set([1_700_000_000]));
});
