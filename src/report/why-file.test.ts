import { expect, test } from 'vitest';
import { directory, file, packageOrigin } from '../../test/support/nodes.ts';
import type { FirstImport } from '../app/check-imports.ts';
import type { ClosureEdge } from '../passes/elf-closure.ts';
import type { LockPackage } from '../lock/lock.ts';
import type { Node } from '../tree/node.ts';
import { lockChain } from './lock-chain.ts';
import { whyDropped, whyNode, type WhyFacts } from './why-file.ts';

function locked(name: string, reason: string): LockPackage {
  return { name, version: '1', architecture: 'amd64', feed: 'debian', path: '', sizeBytes: 1, sha256: '', reason };
}

const packages = [
  locked('micropython', 'asked for: micropython'),
  locked('libffi8', 'micropython Depends: libffi8 (>= 3.4)'),
  locked('openssl', 'asked for: openssl (>= 3)'),
  locked('extra', 'comes with libffi8 and openssl'),
  locked('a', 'b Depends: a'),
  locked('b', 'a Depends: b'),
];
const wishes = [
  { text: 'micropython' },
  { text: 'openssl (>= 3)', where: { file: 'kilopy.yaml', line: 4, column: 3 } },
];

test.each<[string, readonly string[]]>([
  ['micropython', ['package micropython is what every image of this base has']],
  [
    'libffi8',
    ['package micropython Depends: libffi8 (>= 3.4)', 'package micropython is what every image of this base has'],
  ],
  ['openssl', ['package openssl is asked for as "openssl (>= 3)" at kilopy.yaml:4:3']],
  [
    'extra',
    [
      'package extra comes with libffi8 and openssl',
      'package micropython Depends: libffi8 (>= 3.4)',
      'package micropython is what every image of this base has',
    ],
  ],
  ['a', ['package b Depends: a', 'package a Depends: b']],
  ['nothing', []],
])('the chain of package %s', (name, sentences) => {
  expect(lockChain(packages, name, wishes)).toEqual(sentences);
});

const edges: readonly (readonly [string, ClosureEdge])[] = [
  ['usr/bin/micropython', { by: undefined, how: 'root', name: '/usr/bin/micropython' }],
  ['lib/ld.so', { by: 'usr/bin/micropython', how: 'loader', name: '/lib/ld.so' }],
  ['usr/lib/libffi.so.8', { by: 'usr/bin/micropython', how: 'needed', name: 'libffi.so.8' }],
  ['usr/lib/deep.so', { by: 'usr/lib/libffi.so.8', how: 'companion', name: 'deep.so' }],
];

function imported(module: string, from: string, line: number): FirstImport {
  return { module, where: { file: from, line, column: 8 } };
}

function facts(nodes: readonly Node[]): WhyFacts {
  return {
    spec: {
      app: { entry: 'main.py', include: [], exclude: [], args: [] },
      slim: 'closure',
      packages: [{ text: 'openssl (>= 3)' }],
    },
    tree: new Map(nodes.map((node) => [node.path, node])),
    slim: { droppedNodes: new Map(), reached: new Map(edges) },
    packages,
    wishes,
    imports: {
      problems: [],
      runtimeModules: ['asyncio'],
      reached: ['main.py', 'one.py', 'two.py'],
      importedFiles: new Map([
        ['one.py', imported('one', 'main.py', 1)],
        ['two.py', imported('two', 'one.py', 7)],
      ]),
      importedModules: new Map([['asyncio', imported('asyncio', 'main.py', 3)]]),
    },
  };
}

const ffi = packageOrigin('libffi8');

test.each<[string, Node, readonly string[]]>([
  [
    'a library',
    file('usr/lib/libffi.so.8', '', ffi),
    [
      'main.py:3:8 imports asyncio, which MicroPython has',
      '/usr/bin/micropython runs main.py',
      '/usr/bin/micropython needs libffi.so.8 (DT_NEEDED): /usr/lib/libffi.so.8',
      'package libffi8 1 brings it',
      'package micropython Depends: libffi8 (>= 3.4)',
      'package micropython is what every image of this base has',
    ],
  ],
  ['the program', file('app/main.py', '', { kind: 'app', file: 'main.py' }), ['main.py is the program: app.entry']],
  [
    'a module two imports away',
    file('app/two.py', '', { kind: 'app', file: 'two.py' }),
    ['main.py:1:8 imports one', 'one.py:7:8 imports two'],
  ],
  [
    'data of the application',
    file('app/x.bin', '', { kind: 'app', file: 'x.bin' }),
    ["x.bin lies in the application's folder; no import reaches it (app.exclude leaves it out)"],
  ],
  [
    'an entry of files:',
    file('etc/motd', '', { kind: 'overlay', where: { file: 'kilopy.yaml', line: 9 } }),
    ['files: puts it there, at kilopy.yaml:9'],
  ],
  [
    'what a step makes',
    file('etc/passwd', '', { kind: 'pass', pass: 'users' }),
    ['kilopy’s own step users makes it: the user that the application runs as'],
  ],
  [
    'the launcher',
    file('usr/lib/kilopy/run.py', '', { kind: 'pass', pass: 'launcher' }),
    ['main.py:3:8 imports asyncio', 'the launcher lets asyncio tasks clean up after Ctrl-C'],
  ],
])('%s', (_, node, sentences) => {
  expect(whyNode(facts([node]), node)).toEqual(sentences);
});

test('what comes at run time, through two files; a folder; all of a package that was named', () => {
  const deep = file('usr/lib/deep.so', '', ffi);
  expect(whyNode(facts([deep]), deep)[3]).toBe('/usr/lib/libffi.so.8 loads deep.so at run time: /usr/lib/deep.so');
  const folder = directory('usr/lib', ffi);
  expect(whyNode(facts([folder]), folder)[0]).toBe('/usr/lib/libffi.so.8 stands in it');
  const named = file('usr/bin/c_rehash', '', packageOrigin('openssl'));
  expect(whyNode(facts([named]), named)[0]).toBe('package openssl is named under packages:, so all of it stays');
});

test('what was left out, and what keeps it', () => {
  const doc = whyDropped(facts([]), file('usr/share/doc/libffi8/copyright', '', ffi));
  expect(doc.keep).toContain('slim: none');
  const unreached = whyDropped(facts([]), file('usr/bin/x', '', ffi));
  expect(unreached.why).toContain('slim: closure');
  expect(unreached.keep).toContain('name libffi8 under packages:');
});
