import { expect, test } from 'vitest';
import { makeElf } from '../../test/support/make-elf.ts';
import { memoryBlobs } from '../../test/support/memory-blobs.ts';
import { directory, file, link, packageOrigin } from '../../test/support/nodes.ts';
import type { Node, Tree } from '../tree/node.ts';
import { overlay } from '../tree/overlay.ts';
import { treeOf } from '../tree/sort.ts';
import { bundleCertificates } from './ca-certificates.ts';
import { makeDeterministic } from './determinism.ts';
import { collectLicences } from './licences.ts';
import { hasEffect, judgeMaintainerScripts } from './maintainer-scripts.ts';
import { addMountPoints } from './mount-points.ts';
import { runPasses, type PassSettings } from './run-passes.ts';
import { addUsers } from './users.ts';
import { usrMerge } from './usr-merge.ts';

const a = packageOrigin('a');
const b = packageOrigin('b');

function tree(...nodes: Node[]): Tree {
  return overlay(new Map(), nodes).tree;
}

test.each([
  ['amd64', ['lib', 'lib64']],
  ['ppc64el', ['lib', 'lib64']],
  ['arm64', ['lib']],
  ['i386', ['lib']],
])('usr-merge on %s makes the links whose folders are there', (architecture, links) => {
  const result = usrMerge(tree(directory('usr/lib', a), directory('usr/lib64', a), directory('usr/share', a)), {
    kind: 'debian',
    architecture,
  });
  expect(result.report.links).toEqual(links);
  expect(result.tree.get('lib')).toMatchObject({ type: 'symlink', target: 'usr/lib', mtimeSeconds: 1000 });
});

test('usr-merge moves a real /lib, and leaves links that are there', () => {
  const result = usrMerge(tree(file('lib/x', '1', a), file('usr/bin/y', '1', b), link('bin', '/usr/bin', b)), {
    kind: 'debian',
    architecture: 'amd64',
  });
  expect(result.report.links).toEqual(['lib']);
  expect([...result.tree.keys()].toSorted()).toEqual([
    '',
    'bin',
    'lib',
    'usr',
    'usr/bin',
    'usr/bin/y',
    'usr/lib',
    'usr/lib/x',
  ]);
});

const nonroot = { name: 'nonroot', uid: 65532, gid: 65532 };

async function accountsOf(
  base: Tree,
  blobs = memoryBlobs(),
  user = nonroot,
): Promise<{ passwd: string; group: string; tree: Tree }> {
  const result = await addUsers(base, blobs, user);
  const read = async (path: string): Promise<string> => {
    const node = result.tree.get(path);
    return node?.type === 'file' ? Buffer.from(await blobs.read(node.content)).toString() : '';
  };
  return { passwd: await read('etc/passwd'), group: await read('etc/group'), tree: result.tree };
}

test('root and the user of the application, with a home', async () => {
  const { passwd, group, tree: result } = await accountsOf(new Map());
  expect(passwd).toBe('root:x:0:0::/root:/sbin/nologin\nnonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n');
  expect(group).toBe('root:x:0:\nnonroot:x:65532:\n');
  expect(result.get('home/nonroot')).toMatchObject({ type: 'directory', uid: 65532, gid: 65532, mode: 0o700 });
});

test('the users of packages stay', async () => {
  const blobs = memoryBlobs();
  const passwd = 'root:x:0:0:root:/root:/bin/sh\nweb:x:33:33::/var/www:\n';
  const base = tree(
    file('etc/passwd', blobs.add(passwd), a),
    file('etc/group', blobs.add('root:x:0:\nwww:x:33:\n'), a),
  );
  const same = await accountsOf(base, blobs, { name: 'web', uid: 33, gid: 33 });
  expect(same.passwd).toBe(passwd);
  expect(same.group).toBe('root:x:0:\nwww:x:33:\n');
  expect(same.tree.get('var/www')?.uid).toBe(33);
  const other = await addUsers(base, blobs, { name: 'web', uid: 1, gid: 33 }).catch((error: unknown) => error);
  expect(other).toMatchObject({ code: 'KP7102', where: '/etc/passwd' });
  const group = await addUsers(base, blobs, { name: 'www', uid: 5, gid: 5 }).catch((error: unknown) => error);
  expect(group).toMatchObject({ code: 'KP7102', where: '/etc/group' });
});

test('mount points are there, /tmp is everybody’s', () => {
  const result = addMountPoints(tree(directory('dev', a, 0o700)));
  expect(result.report.added).toEqual(['proc', 'sys', 'tmp']);
  expect([result.tree.get('dev')?.mode, result.tree.get('tmp')?.mode]).toEqual([0o700, 0o1777]);
});

function pem(name: string): string {
  return `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----`;
}

test('the certificate bundle is sorted, with a newline after each', async () => {
  const blobs = memoryBlobs();
  const folder = 'usr/share/ca-certificates/mozilla';
  const base = tree(
    file('usr/local/share/ca-certificates/own.crt', blobs.add(pem('own')), b),
    file(`${folder}/b.crt`, blobs.add(`${pem('b')}\n`), a),
    file(`${folder}/B.crt`, blobs.add(pem('B')), a),
    file(`${folder}/README`, blobs.add('no'), a),
  );
  const result = await bundleCertificates(base, blobs);
  const node = result.tree.get('etc/ssl/certs/ca-certificates.crt');
  expect(result.report.certificates).toBe(3);
  const text = node?.type === 'file' ? Buffer.from(await blobs.read(node.content)).toString() : '';
  expect(text).toBe([pem('B'), pem('b'), pem('own'), ''].join('\n'));
  expect((await bundleCertificates(result.tree, blobs)).report.certificates).toBe(0);
  const bad = tree(file(`${folder}/x.crt`, blobs.add('rubbish'), a));
  expect(await bundleCertificates(bad, blobs).catch((error: unknown) => error)).toMatchObject({ code: 'KP7301' });
});

test('determinism: times, hard links, attributes of the packing machine, order', () => {
  const xattrs = new Map([
    ['security.selinux', Uint8Array.of(1)],
    ['security.capability', Uint8Array.of(2)],
  ]);
  const hard = { ...file('b', '1', a), inode: '77' };
  const base = treeOf([
    hard,
    { ...hard, path: 'a' },
    { ...file('c', '2', b), inode: '78', mtimeSeconds: 9999, xattrs },
  ]);
  const result = makeDeterministic(base, 2000);
  expect([...result.tree.keys()]).toEqual(['', 'a', 'b', 'c']);
  expect(result.report).toEqual({ clampedTimes: 1, droppedXattrs: ['security.selinux'] });
  expect(result.tree.get('b')).toMatchObject({ inode: 'a', mtimeSeconds: 1000 });
  expect(result.tree.get('c')).toEqual({
    ...file('c', '2', b),
    mtimeSeconds: 2000,
    xattrs: new Map([['security.capability', Uint8Array.of(2)]]),
  });
  expect(makeDeterministic(new Map([...base].toReversed()), 2000).tree).toEqual(result.tree);
});

test('licences: one text for those who share it, folders that are links, packages without', async () => {
  const blobs = memoryBlobs();
  const base = tree(
    file('usr/share/doc/b/copyright', blobs.add('MIT\n'), b),
    link('usr/share/doc/a', 'b', a),
    file('usr/bin/c', blobs.add(''), packageOrigin('c')),
    file('usr/share/doc/d/copyright', blobs.add('BSD'), packageOrigin('d', '2')),
  );
  const rule = '='.repeat(78);
  expect(await collectLicences(base, blobs)).toEqual({
    text: `${rule}\na 1\nb 1\n${rule}\n\nMIT\n\n${rule}\nd 2\n${rule}\n\nBSD\n\n${rule}\nPackages that bring no licence text\n${rule}\n\nc 1\n`,
  });
  expect(await collectLicences(tree(), blobs)).toEqual({ text: 'Nothing in this image is from a package.\n' });
});

test('licences: packages of apk have theirs in a folder of their own, any number of files', async () => {
  const blobs = memoryBlobs();
  const base = tree(
    directory('usr/share/licenses/a', a),
    file('usr/share/licenses/a/LICENSE', blobs.add('MIT\n'), a),
    file('usr/share/licenses/a/COPYING.LIB', blobs.add('LGPL'), a),
    directory('usr/share/licenses/ab', b),
    file('usr/share/licenses/ab/LICENSE', blobs.add('not of a'), b),
  );
  const rule = '='.repeat(78);
  expect(await collectLicences(base, blobs)).toEqual({
    text: `${rule}\na 1\n${rule}\n\nLGPL\n\nMIT\n\n${rule}\nPackages that bring no licence text\n${rule}\n\nb 1\n`,
  });
});

const generated = `#!/bin/sh
set -e
# Automatically added by dh_makeshlibs/13.14
if [ "$1" = "configure" ]; then
	ldconfig
fi
# End automatically added section

exit 0
`;

test.each<[string, string, boolean]>([
  ['nothing', '', false],
  ['a generated call of ldconfig', generated, false],
  ['a generated start of a service', generated.replace('dh_makeshlibs', 'dh_installsystemd'), true],
  [
    'empty branches',
    '#!/bin/sh\nset -e\ncase "$1" in\n  configure)\n  ;;\n  abort-upgrade|abort-remove)\n  ;;\nesac\n',
    false,
  ],
  ['a command in a branch', '#!/bin/sh\ncase "$1" in\n  configure)\n  adduser x\n  ;;\nesac\n', true],
  ['a command after a harmless part', generated.replace('exit 0', 'update-alternatives --install x'), true],
])('a script with %s', (_, script, effect) => {
  expect(hasEffect(script)).toBe(effect);
});

test('maintainer scripts: known ones are told, others are named, removals do not count', () => {
  const scripts = new Map([
    ['postinst', 'do-something'],
    ['prerm', 'do-something'],
  ]);
  const report = judgeMaintainerScripts([
    { name: 'z', version: '1', scripts },
    { name: 'ca-certificates', version: '1', scripts },
    { name: 'quiet', version: '1', scripts: new Map([['prerm', 'do-something']]) },
  ]);
  expect(report.recreated.map((row) => row.name)).toEqual(['ca-certificates']);
  expect(report.unknown).toEqual([{ name: 'z', version: '1', scripts: ['postinst'] }]);
});

test('all passes: what a later one drops, an earlier one has read', async () => {
  const blobs = memoryBlobs();
  const certificates = packageOrigin('ca-certificates');
  const base = tree(
    file('usr/bin/p', blobs.add(makeElf()), a, 0o755),
    file('usr/lib/unused', blobs.add('12345'), a),
    file('usr/share/doc/a/copyright', blobs.add('MIT'), a),
    file('usr/share/ca-certificates/mozilla/x.crt', blobs.add(pem('x')), certificates),
  );
  const settings: PassSettings = {
    usrMerge: { kind: 'debian', architecture: 'amd64' },
    user: nonroot,
    slim: { mode: 'closure', entries: ['/usr/bin/p'], wished: new Set() },
    latestSeconds: 500,
  };
  const { tree: result, reports } = await runPasses(base, blobs, settings);
  const paths = ['bin', 'etc/group', 'etc/passwd', 'etc/ssl/certs/ca-certificates.crt', 'lib', 'usr/bin/p'];
  expect([...result.values()].filter((node) => node.type !== 'directory').map((node) => node.path)).toEqual(paths);
  expect([...result.values()].every((node) => node.mtimeSeconds <= 500)).toBe(true);
  expect(reports.licences.text).toContain('MIT');
  expect(reports.slim.copyrights).toEqual(['usr/share/doc/a/copyright']);
  const again = await runPasses(new Map([...base].toReversed()), blobs, settings);
  expect(again.tree).toEqual(result);
});
