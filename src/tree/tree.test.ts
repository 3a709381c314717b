import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { directory, file, link, packageOrigin } from '../../test/support/nodes.ts';
import { applyChanges, diffTrees } from './diff.ts';
import type { FileNode, Node } from './node.ts';
import { ownedBy, resolveOwner } from './ownership.ts';
import { parseGroup, parsePasswd, writeGroup, writePasswd } from './passwd.ts';
import { resolvePath } from './paths.ts';
import { safePath } from './safe-path.ts';
import { sizesByOrigin, totalBytes } from './sizes.ts';
import { sortedNodes, treeOf } from './sort.ts';

const a = packageOrigin('a');
const b = packageOrigin('b');

test.each([
  ['./usr/bin/x', 'usr/bin/x'],
  ['usr/bin/', 'usr/bin'],
  ['./', ''],
  ['.', ''],
  ['..x/...', '..x/...'],
  ['a b\u{dc80}', 'a b\u{dc80}'],
])('safePath(%j) is %j', (text, path) => {
  expect(safePath(text, 'x.tar')).toBe(path);
});

test.each([
  '',
  '/',
  '/etc',
  '..',
  '../x',
  'a/../b',
  'a//b',
  'a/./b',
  'a/..',
  './/etc',
  '././x',
  'a\0b',
  'a//',
  '//',
  './..',
  './/',
])('safePath refuses %j', (text) => {
  expect(() => safePath(text, 'x.tar')).toThrow(expect.objectContaining({ code: 'KP7001', where: 'x.tar' }));
});

test('safePath gives only paths that stay inside', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('.', '..', '/', 'a', '\0', ''), { maxLength: 8 }), (parts) => {
      let path: string;
      try {
        path = safePath(parts.join(''), 'x');
      } catch {
        return;
      }
      expect(path === '' || /^(?!\.{1,2}(\/|$))[^/\0]+(\/(?!\.{1,2}(\/|$))[^/\0]+)*$/u.test(path)).toBe(true);
    }),
  );
});

const linked = treeOf([
  directory('', a),
  directory('usr', a),
  directory('usr/lib', a),
  file('usr/lib/x.so.1.2', '1', a),
  link('usr/lib/x.so.1', 'x.so.1.2', a),
  link('lib', 'usr/lib', a),
  link('abs', '/lib/x.so.1', a),
  link('up', '../../usr', a),
  link('loop', 'loop/x', a),
  link('missing', 'nowhere/at/all', a),
]);

test.each([
  ['/lib/x.so.1', 'usr/lib/x.so.1.2', ['lib', 'usr/lib/x.so.1']],
  ['abs', 'usr/lib/x.so.1.2', ['abs', 'lib', 'usr/lib/x.so.1']],
  ['up/lib/../lib/./x.so.1.2', 'usr/lib/x.so.1.2', ['up']],
  ['missing/x', 'nowhere/at/all/x', ['missing']],
  ['../../lib', 'usr/lib', ['lib']],
  ['', '', []],
])('%s leads to %s', (path, target, links) => {
  const resolved = resolvePath(linked, path);
  expect(resolved.path).toBe(target);
  expect(resolved.links.map((node) => node.path)).toEqual(links);
});

test('a link at the end can stay, a climbing link is told, a loop is an error', () => {
  expect(resolvePath(linked, 'lib/x.so.1', { followLast: false }).path).toBe('usr/lib/x.so.1');
  expect(resolvePath(linked, 'up').escape?.path).toBe('up');
  expect(resolvePath(linked, '../lib').escape).toBeUndefined();
  expect(() => resolvePath(linked, 'loop')).toThrow(expect.objectContaining({ code: 'KP7002' }));
});

test('nodes are sorted by names bytewise, folders directly before what is in them', () => {
  const paths = ['', 'a', 'a-b', 'a/b', 'b', 'é', '\u{dcff}', '😀'];
  const tree = treeOf(paths.toReversed().map((path) => directory(path, a)));
  expect(sortedNodes(tree).map((node) => node.path)).toEqual(['', 'a', 'a/b', 'a-b', 'b', 'é', '😀', '\u{dcff}']);
});

test('passwd and group come back as they were', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/sh\nnonroot:x:65532:65532::/home/nonroot:\n';
  const group = 'root:x:0:\nwheel:x:10:root,admin\n';
  expect(writePasswd(parsePasswd(passwd, 'etc/passwd'))).toBe(passwd);
  expect(writeGroup(parseGroup(group, 'etc/group'))).toBe(group);
});

test.each(['root:x:0:0', ':x:0:0:::', 'a:x:-1:0:::', 'a:x:0:4294967295:::', 'a:x:0x1:0:::'])(
  'passwd line %s is refused',
  (line) => {
    expect(() => parsePasswd(`ok:x:1:1:::\n${line}\n`, 'etc/passwd')).toThrow(
      expect.objectContaining({ code: 'KP7101', where: { file: '/etc/passwd', line: 2 } }),
    );
  },
);

const accounts = {
  users: parsePasswd('root:x:0:0:::\nweb:x:33:34:::\n', 'etc/passwd'),
  groups: parseGroup('root:x:0:\nweb:x:34:\n', 'etc/group'),
};

test.each([
  ['web', 33, 34],
  ['33', 33, 34],
  ['5', 5, 0],
  ['web:root', 33, 0],
  ['5:web', 5, 34],
  ['5:6', 5, 6],
])('owner %s is %i:%i', (text, uid, gid) => {
  expect(resolveOwner(text, accounts)).toEqual({ uid, gid });
});

test.each(['nobody', 'web:staff', '', '-1', '4294967295'])('owner %j is unknown', (text) => {
  expect(() => resolveOwner(text, accounts)).toThrow(expect.objectContaining({ code: 'KP7103' }));
});

test('a new owner takes setuid away', () => {
  expect(ownedBy(file('x', '1', a, 0o4755), { uid: 1, gid: 1 })).toMatchObject({ uid: 1, gid: 1, mode: 0o755 });
});

function hard(path: string, inode: string): FileNode {
  return { ...file(path, 'hard', a), inode };
}

test('sizes by origin count hard links once and can be rounded to blocks', () => {
  const tree = treeOf([hard('1', 'i'), hard('2', 'i'), file('3', 'xyz', b), directory('d', b)]);
  expect(sizesByOrigin(tree).map((row) => [row.name, row.files, row.sizeBytes])).toEqual([
    ['a', 1, 4],
    ['b', 1, 3],
  ]);
  expect(totalBytes(tree, { blockBytes: 4096 })).toBe(8192);
});

const variants: [string, Node, Node][] = [
  ['type', directory('x', a), file('x', '', a, 0o755)],
  ['mode', file('x', '1', a), file('x', '1', a, 0o4644)],
  ['owner', file('x', '1', a), { ...file('x', '1', a), gid: 1 }],
  ['content', file('x', '1', a), file('x', '2', a)],
  ['target', link('x', '1', a), link('x', '2', a)],
  ['xattrs', file('x', '1', a), { ...file('x', '1', a), xattrs: new Map([['user.a', Uint8Array.of(0, 255)]]) }],
  ['time', file('x', '1', a), { ...file('x', '1', a), mtimeSeconds: 5 }],
  ['origin', file('x', '1', a), file('x', '1', b)],
];

test.each(variants)('a diff sees %s', (aspect, before, after) => {
  const [trees, options] = [[treeOf([before]), treeOf([after])] as const, { times: true, origins: true }];
  expect(diffTrees(...trees, options)).toEqual([{ kind: 'changed', path: 'x', before, after, aspects: [aspect] }]);
  expect(diffTrees(...trees)).toHaveLength(aspect === 'time' || aspect === 'origin' ? 0 : 1);
});

test('a diff sees who is a hard link of whom, not what the inode is called', () => {
  const before = treeOf([hard('1', 'i'), hard('2', 'i')]);
  expect(diffTrees(before, treeOf([hard('1', 'j'), hard('2', 'j')]))).toEqual([]);
  expect(diffTrees(before, treeOf([hard('1', 'i'), hard('2', 'j')])).map((change) => change.path)).toEqual(['1', '2']);
});

const anyTree = fc
  .array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom(...variants.flatMap(([, x, y]) => [x, y]))), {
    maxLength: 4,
  })
  .map((nodes) => treeOf(nodes.map(([path, node]) => ({ ...node, path }))));

test('a diff of a tree with itself is empty, and applying a diff gives the other tree', () => {
  fc.assert(
    fc.property(anyTree, anyTree, (before, after) => {
      const all = { times: true, origins: true };
      expect(diffTrees(before, before, all)).toEqual([]);
      expect(diffTrees(applyChanges(before, diffTrees(before, after, all)), after, all)).toEqual([]);
    }),
  );
});
