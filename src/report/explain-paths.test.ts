import { expect, test } from 'vitest';
import type { Node, Tree } from '../tree/node.ts';
import { explainPaths } from './explain-paths.ts';
import { findPackages, packageOwners } from './installed-packages.ts';

const origin = { kind: 'pass', pass: 'test' } as const;

/** `file`, `directory`, or the target of a link. */
function treeOf(paths: Readonly<Record<string, string>>): Tree {
  return new Map(
    Object.entries(paths).map(([path, kind]): [string, Node] => {
      const common = { path, mode: 0o755, uid: 0, gid: 0, mtimeSeconds: 0, origin };
      if (kind === 'directory') return [path, { ...common, type: 'directory' }];
      if (kind !== 'file') return [path, { ...common, type: 'symlink', target: kind }];
      return [path, { ...common, type: 'file', content: { digest: `sha256:${'0'.repeat(64)}`, sizeBytes: 1 } }];
    }),
  );
}

test('a root file system of OpenWrt with apk: packages, alternatives, services, what apk writes down, and the rest', () => {
  const contents = new Map([
    [
      'lib/apk/db/installed',
      Buffer.from('P:base64\nV:1\nF:usr/libexec\nR:base64\nF:lib/apk/packages\nR:base64.list\n\n'),
    ],
    ['lib/apk/packages/base64.alternatives', Buffer.from('300:/usr/bin/base64:/usr/libexec/base64\n200:/bin/b:/x\n')],
  ]);
  const tree = treeOf({
    usr: 'directory',
    'usr/bin': 'directory',
    'usr/bin/base64': '/usr/libexec/base64',
    'usr/libexec': 'directory',
    'usr/libexec/base64': 'file',
    'lib/apk/packages/base64.list': 'file',
    'lib/apk/db/installed': 'file',
    'etc/apk/world': 'file',
    'etc/rc.d/S50x': '../init.d/x',
    'bin/b': '/x',
    proc: 'directory',
    stray: 'file',
    'empty-folder': 'directory',
  });
  expect(explainPaths(tree, packageOwners(findPackages(contents, 'test')), contents)).toEqual({
    paths: 13,
    byPackage: 2,
    byPass: { alternatives: 2, 'apk-database': 2, folders: 3, 'mount-points': 1, services: 1 },
    unexplained: ['empty-folder', 'stray'],
  });
});
