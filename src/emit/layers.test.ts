import { expect, test } from 'vitest';
import type { Node, Tree } from '../tree/node.ts';
import { directory, file, packageOrigin } from '../../test/support/nodes.ts';
import { splitLayers } from './layers.ts';

const base = packageOrigin('base');
const app = { kind: 'app', file: 'main.py' } as const;
const overlay = { kind: 'overlay', where: { file: 'kilopy.yaml' } } as const;
const users = { kind: 'pass', pass: 'users' } as const;

test('the worked example', () => {
  const layers = split([
    directory('', base),
    directory('usr', base),
    directory('usr/bin', base),
    file('usr/bin/micropython', '', base),
    directory('etc', base),
    file('etc/motd', '', overlay),
    file('etc/passwd', '', users),
    directory('app', app),
    file('app/main.py', '', app),
    file('app/lib.py', '', { kind: 'dependency', name: 'lib', version: '1', source: 'mip' }),
    directory('srv', overlay),
    directory('srv/cache', users),
  ]);
  expect(layers).toEqual({
    runtime: ['', 'etc', 'etc/passwd', 'srv', 'srv/cache', 'usr', 'usr/bin', 'usr/bin/micropython'],
    app: ['app', 'app/lib.py', 'app/main.py', 'etc/motd'],
  });
});

test('a layer without nodes is left out, an image without nodes is one empty layer', () => {
  expect(split([directory('usr', base)])).toEqual({ runtime: ['usr'] });
  expect(split([directory('app', app)])).toEqual({ app: ['app'] });
  expect(split([])).toEqual({ runtime: [] });
});

function split(nodes: readonly Node[]): Record<string, string[]> {
  const tree: Tree = new Map(nodes.map((node) => [node.path, node]));
  return Object.fromEntries(splitLayers(tree).map((part) => [part.origin, [...part.nodes.keys()]]));
}
