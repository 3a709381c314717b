import { expect, test } from 'vitest';
import { device, directory, file, link, packageOrigin } from '../../test/support/nodes.ts';
import type { Node } from '../tree/node.ts';
import { diffImages, type DiffSide } from './image-diff.ts';

const origin = packageOrigin('p');

function side(nodes: readonly Node[], version?: string): DiffSide {
  const owner = {
    name: 'p',
    version: version ?? '',
    architecture: '',
    manager: 'dpkg',
    installedBytes: 0,
    files: [],
  } as const;
  const owners = version === undefined ? new Map() : new Map([['a', owner]]);
  return { tree: new Map(nodes.map((node) => [node.path, node])), owners };
}

const a = file('a', 'one', origin);

test.each<[string, Node, Node, string]>([
  ['mode', a, { ...a, mode: 0o4755 }, 'mode 0644 4755'],
  ['owner', a, { ...a, uid: 5 }, 'owner 0:0 5:0'],
  ['content', a, file('a', 'three', origin), expect.stringMatching(/^content 3 B \w{12} 5 B \w{12}$/u) as string],
  ['link target', link('a', 'x', origin), link('a', 'y', origin), 'target x y'],
  ['device', device('a', origin), device('a', origin, 1, 9), 'device char 1:3 char 1:9'],
  ['type', a, { ...directory('a', origin), mode: 0o644 }, 'type file directory'],
  ['xattrs', a, { ...a, xattrs: new Map([['user.x', Buffer.of(1, 255)]]) }, 'xattrs  user.x=0x01ff'],
])('a change of %s is said with both values', (_, before, after, says) => {
  const { changes } = diffImages(side([before]), side([after]));
  expect(changes.map(({ details }) => details.map((one) => `${one.what} ${one.before} ${one.after}`))).toEqual([
    [says],
  ]);
});

test('added, removed, bytes and packages', () => {
  const found = diffImages(
    side([a, file('b', '12', origin)], '1'),
    side([file('a', 'longer', origin), file('c', '1', origin)], '2'),
  );
  expect(found.changes.map(({ kind, path, deltaBytes }) => [kind, path, deltaBytes])).toEqual([
    ['changed', 'a', 3],
    ['removed', 'b', -2],
    ['added', 'c', 1],
  ]);
  expect(found.packages).toEqual([{ name: 'p', before: '1', after: '2', paths: 1, deltaBytes: 3 }]);
});

test('times count only when asked for', () => {
  const later = { ...a, mtimeSeconds: 2000 };
  expect(diffImages(side([a]), side([later])).changes).toEqual([]);
  expect(diffImages(side([a]), side([later]), { times: true }).changes).toHaveLength(1);
});
