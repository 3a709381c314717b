import { expect, test } from 'vitest';
import { file, packageOrigin } from '../../test/support/nodes.ts';
import type { ClosureEdge } from '../passes/elf-closure.ts';
import type { Node } from '../tree/node.ts';
import type { Assembled } from './assemble.ts';
import { budgetParts } from './budget-parts.ts';

const nodes: readonly Node[] = [
  file('usr/bin/micropython', '', packageOrigin('micropython')),
  file('usr/lib/libffi.so.8', '', packageOrigin('libffi8')),
  file('usr/lib/libffi-extra.so', '', packageOrigin('libffi8')),
  file('usr/bin/openssl', '', packageOrigin('openssl')),
  file('usr/lib/libssl.so.3', '', packageOrigin('libssl3')),
  file('app/main.py', '', { kind: 'app', file: 'main.py' }),
  file('app/data.bin', '', { kind: 'app', file: 'data.bin' }),
  file('etc/motd', '', { kind: 'overlay', where: { file: 'kilopy.yaml', line: 2 } }),
  file('etc/passwd', '', { kind: 'pass', pass: 'users' }),
];

const reached: readonly (readonly [string, ClosureEdge])[] = [
  ['usr/bin/micropython', { by: undefined, how: 'root', name: '' }],
  ['usr/lib/libffi.so.8', { by: 'usr/bin/micropython', how: 'needed', name: '' }],
  ['usr/bin/openssl', { by: undefined, how: 'root', name: '' }],
  ['usr/lib/libssl.so.3', { by: 'usr/bin/openssl', how: 'needed', name: '' }],
];

function lockedPackage(name: string, reason: string): { readonly name: string; readonly reason: string } {
  return { name, reason };
}

/** Only what the function reads. */
const assembled = {
  spec: {
    app: { entry: 'main.py' },
    packages: [{ text: 'libffi8' }, { text: 'openssl (>= 3)', where: { file: 'kilopy.yaml', line: 1 } }],
  },
  sections: [
    {
      packages: [
        lockedPackage('micropython', 'asked for: micropython'),
        lockedPackage('libffi8', 'asked for: libffi8'),
        lockedPackage('openssl', 'asked for: openssl (>= 3)'),
        lockedPackage('libssl3', 'openssl Depends: libssl3'),
      ],
    },
  ],
  trees: [{ tree: new Map(nodes.map((node) => [node.path, node])), reports: { slim: { reached: new Map(reached) } } }],
} as unknown as Assembled;

test('what MicroPython needs has no way back, whoever named its package', () => {
  const parts = budgetParts(assembled).map(({ name, has, wayBack }) => ({
    name,
    paths: nodes.filter(has).map(({ path }) => path),
    wayBack,
  }));
  expect(parts).toEqual([
    { name: 'package micropython', paths: ['usr/bin/micropython'], wayBack: undefined },
    { name: 'package libffi8', paths: ['usr/lib/libffi.so.8'], wayBack: undefined },
    { name: 'package libffi8', paths: ['usr/lib/libffi-extra.so'], wayBack: 'take libffi8 out of packages:' },
    {
      name: 'package openssl and 1 more that came for it',
      paths: ['usr/bin/openssl', 'usr/lib/libssl.so.3'],
      wayBack: 'take openssl out of packages: (kilopy.yaml:1)',
    },
    { name: 'main.py', paths: ['app/main.py'], wayBack: undefined },
    { name: 'data.bin', paths: ['app/data.bin'], wayBack: 'leave data.bin out with app.exclude' },
    {
      name: 'files: at kilopy.yaml:2',
      paths: ['etc/motd'],
      wayBack: 'leave the entry of files: at kilopy.yaml:2 out',
    },
  ]);
});
