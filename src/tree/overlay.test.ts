import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { directory, file, link, packageOrigin, device } from '../../test/support/nodes.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Origin } from '../values/origin.ts';
import { diffTrees } from './diff.ts';
import type { Node, Tree } from './node.ts';
import { overlay, type OverlayResult } from './overlay.ts';
import { parentOf } from './paths.ts';

const a = packageOrigin('a');
const b = packageOrigin('b');
const app: Origin = { kind: 'app', file: 'main.py' };
const files: Origin = { kind: 'overlay', where: { file: 'kilopy.yaml', line: 9, column: 3 } };
const empty: Tree = new Map();

function laid(...nodes: Node[]): OverlayResult {
  return overlay(empty, nodes);
}

function code(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message} ${(error as { why?: string }).why ?? ''}`;
  }
  return 'no error';
}

test('missing parents are made with the origin of the node that needs them', () => {
  const { tree } = laid(file('usr/bin/x', 'x', a));
  expect([...tree.keys()].toSorted()).toEqual(['', 'usr', 'usr/bin', 'usr/bin/x']);
  expect(tree.get('usr')).toMatchObject({ type: 'directory', mode: 0o755, uid: 0, gid: 0, origin: a });
});

test('a real folder entry gives an implied folder its attributes, a second one does not', () => {
  const { tree } = laid(file('tmp/x', 'x', a), directory('tmp', b, 0o1777), directory('tmp', a, 0o700));
  expect(tree.get('tmp')).toMatchObject({ mode: 0o1777, origin: b });
});

test('files: sets attributes of a folder and replaces a file, on record', () => {
  const result = laid(
    directory('etc', a),
    file('etc/x', '1', a),
    directory('etc', files, 0o700),
    file('etc/x', '2', files),
  );
  expect(result.tree.get('etc')?.mode).toBe(0o700);
  expect(result.tree.get('etc/x')?.origin).toEqual(files);
  expect(result.replaced).toEqual([{ path: 'etc/x', winner: files, loser: a, why: 'overlay' }]);
});

test('equal files are shared and the first keeps the origin', () => {
  const result = laid(file('x', 'same', a), file('x', 'same', b), link('l', 'x', a), link('l', 'x', b));
  expect(result.tree.get('x')?.origin).toEqual(a);
  expect(result.replaced).toEqual([]);
});

test.each<[string, Node[], string[]]>([
  [
    'different content',
    [file('x', '1', a), file('x', '2', b)],
    ['KP7003', 'package a 1 (amd64, debian)', 'package b 1'],
  ],
  ['different mode', [file('x', '1', a), file('x', '1', b, 0o755)], ['KP7003']],
  ['app over package', [file('x', '1', a), file('x', '2', app)], ['KP7003', 'application file main.py']],
  ['file over folder', [directory('x', a), file('x', '1', b)], ['KP7006']],
  ['folder over file', [file('x', '1', a), directory('x', b)], ['KP7006']],
  ['files: over folder', [directory('x', a), file('x', '1', files)], ['KP7006']],
  ['file below file', [file('x', '1', a), file('x/y', '2', b)], ['KP7006', '/x is no folder']],
  ['app link over folder', [directory('x', a), link('x', 'y', app)], ['KP7006']],
  ['through own link', [link('x', 'etc', a), file('x/passwd', '1', a)], ['KP7004']],
  ['through own absolute link', [link('x', '/etc', a), file('x/passwd', '1', a)], ['KP7004']],
  ['through own chain', [link('x', 'y', b), link('y', 'etc', a), file('x/passwd', '1', a)], ['KP7004']],
  ['through a link out of the root', [link('x', '../../etc', a), file('x/passwd', '1', b)], ['KP7007']],
  ['files: through a link out of the root', [link('x', '/../etc', a), file('x/passwd', '1', files)], ['KP7007']],
  ['loop', [link('x', 'y', a), link('y', 'x', a), file('x/z', '1', b)], ['KP7002']],
  ['device of a package', [device('dev/sda', a)], ['KP7005']],
  ['setuid of the app', [file('x', '1', app, 0o4755)], ['KP7005']],
])('refused: %s', (_, nodes, parts) => {
  const message = code(() => laid(...nodes));
  for (const part of parts) expect(message).toContain(part);
});

test('Replaces decides, whichever of the two arrives first', () => {
  for (const order of [
    [file('x', '1', a), file('x', '2', b)],
    [file('x', '2', b), file('x', '1', a)],
  ]) {
    const result = overlay(empty, order, { replaces: bReplacesA });
    expect(result.tree.get('x')?.origin).toEqual(b);
    expect(result.replaced).toEqual([{ path: 'x', winner: b, loser: a, why: 'replaces' }]);
  }
});

test.each<[string, Node[]]>([
  ['link first', [directory('usr/lib', a), link('lib', 'usr/lib', a), file('lib/t/foo', '1', b)]],
  ['absolute link first', [link('lib', '/usr/lib', a), file('lib/t/foo', '1', b)]],
  ['link later', [file('lib/t/foo', '1', b), link('lib', 'usr/lib', a)]],
  [
    'folder entries of a package that is not merged',
    [link('lib', 'usr/lib', a), directory('lib', b), directory('lib/t', b), file('lib/t/foo', '1', b)],
  ],
  ['dangling link', [link('lib', 'usr/lib', a), directory('lib/t', b), file('lib/t/foo', '1', b)]],
])('usr-merge, %s', (_, nodes) => {
  const { tree } = laid(...nodes);
  expect([...tree.keys()].toSorted()).toEqual(['', 'lib', 'usr', 'usr/lib', 'usr/lib/t', 'usr/lib/t/foo']);
  expect(tree.get('lib')?.type).toBe('symlink');
  expect(tree.get('usr/lib/t/foo')?.path).toBe('usr/lib/t/foo');
});

test('usr-merge finds a conflict between /lib and /usr/lib', () => {
  expect(code(() => laid(file('lib/x', '1', a), file('usr/lib/x', '2', b), link('lib', 'usr/lib', a)))).toContain(
    'KP7003',
  );
});

test('another link of a package over a folder is dropped, on record', () => {
  const result = laid(file('opt/x', '1', a), link('opt', 'srv', b));
  expect(result.tree.get('opt')?.type).toBe('directory');
  expect(result.replaced).toEqual([{ path: 'opt', winner: a, loser: b, why: 'folder-stays' }]);
});

function bReplacesA(newer: Origin, older: Origin): boolean {
  return newer === b && older === a;
}

const names = fc.constantFrom('a', 'b', 'lib', 'usr', '..x');
const path = fc.array(names, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const origins = fc.constantFrom(a, b, files, app);
const anyNode: fc.Arbitrary<Node> = fc.oneof(
  fc.tuple(path, fc.constantFrom('1', '2'), origins).map(([at, text, origin]) => file(at, text, origin)),
  fc.tuple(path, origins).map(([at, origin]) => directory(at, origin)),
  fc
    .tuple(path, fc.constantFrom('usr/lib', '/usr', '../a', 'b', '../../../etc', '.'), origins)
    .map(([at, target, origin]) => link(at, target, origin)),
);

test('whatever comes, a tree stays a tree: keys are paths, parents are folders, nothing leaves it', () => {
  fc.assert(
    fc.property(fc.array(anyNode, { maxLength: 12 }), (nodes) => {
      const tree = partly(empty, nodes);
      for (const [key, node] of tree) {
        expect(key).toBe(node.path);
        expect(key.split('/')).not.toContain('..');
        expect(tree.get(parentOf(key))?.type ?? 'none').toBe(key === '' ? node.type : 'directory');
      }
    }),
    { numRuns: 500 },
  );
});

test('laying all at once equals laying one part after the other', () => {
  fc.assert(
    fc.property(fc.array(anyNode, { maxLength: 8 }), fc.array(anyNode, { maxLength: 8 }), (first, second) => {
      // Folders that a part only implies are real once the part is done, so each part brings its folders first.
      const rooted = first.flatMap((node) => [...folders(node), node]);
      fc.pre(code(() => overlay(empty, [...rooted, ...second])) === 'no error');
      const whole = overlay(empty, [...rooted, ...second]).tree;
      const parts = overlay(overlay(empty, rooted).tree, second).tree;
      expect(diffTrees(whole, parts, { times: true })).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

/** What is left when every refused node is left out. */
function partly(base: Tree, nodes: readonly Node[]): Tree {
  let tree = base;
  for (const node of nodes) {
    try {
      ({ tree } = overlay(tree, [node]));
    } catch (error) {
      if (!(error instanceof KilopyError)) throw error;
    }
  }
  return tree;
}

function folders(node: Node): Node[] {
  const parent = parentOf(node.path);
  return parent === '' ? [] : [...folders(directory(parent, node.origin)), directory(parent, node.origin)];
}
