import { expect, test } from 'vitest';
import { directory, file, link, packageOrigin } from '../../test/support/nodes.ts';
import type { Node, Tree } from '../tree/node.ts';
import { treeOf } from '../tree/sort.ts';
import { layersAbove } from './layers-above.ts';

const image = { kind: 'image', reference: 'base:1', layer: 'sha256:0' } as const;
const app = { kind: 'app', file: 'main.py' } as const;
const pass = { kind: 'pass', pass: 'users' } as const;

const below: Tree = treeOf([
  directory('', image),
  directory('etc', image),
  file('etc/passwd', 'root', image),
  directory('opt', image),
  directory('opt/old', image),
  file('opt/old/a', 'a', image),
  link('opt/link', 'old', image),
]);

function pathsOf(tree: Tree): Record<string, string[]> {
  return Object.fromEntries(layersAbove(tree, below).map(({ origin, nodes }) => [origin, [...nodes.keys()]]));
}

const withApp: readonly Node[] = [directory('app', app), file('app/main.py', 'print()', app)];

test.each<[string, readonly Node[], readonly string[], Record<string, string[]>]>([
  ['nothing that is the same is sent again', withApp, [], { app: ['app', 'app/main.py'] }],
  [
    'a time alone is no difference',
    [{ ...file('etc/passwd', 'root', image), mtimeSeconds: 5 }, ...withApp],
    [],
    {
      app: ['app', 'app/main.py'],
    },
  ],
  [
    'without packages there is one layer',
    [file('etc/passwd', 'root app', pass), ...withApp],
    [],
    {
      app: ['app', 'app/main.py', 'etc/passwd'],
    },
  ],
  [
    'packages are a layer of their own',
    [file('etc/passwd', 'root app', pass), file('etc/p', 'p', packageOrigin('p')), ...withApp],
    [],
    { runtime: ['etc/p', 'etc/passwd'], app: ['app', 'app/main.py'] },
  ],
  [
    'another mode is a difference',
    [file('etc/passwd', 'root', image, 0o600), ...withApp],
    [],
    {
      app: ['app', 'app/main.py', 'etc/passwd'],
    },
  ],
  [
    'what is gone is hidden, its topmost folder alone',
    withApp,
    ['opt/old', 'opt/old/a', 'opt/link'],
    {
      app: ['app', 'app/main.py', 'opt/.wh.link', 'opt/.wh.old'],
    },
  ],
  [
    'a file in the place of a folder hides what was in it',
    [file('opt/old', 'now', app), ...withApp],
    ['opt/old/a'],
    {
      app: ['app', 'app/main.py', 'opt/old'],
    },
  ],
])('%s', (_title, nodes, gone, expected) => {
  const tree = new Map([...below, ...treeOf(nodes)]);
  for (const path of gone) tree.delete(path);
  const found = pathsOf(tree);
  expect(Object.fromEntries(Object.entries(found).map(([name, paths]) => [name, paths.toSorted()]))).toEqual(expected);
});
