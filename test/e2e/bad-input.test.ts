import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratch, testStore } from '../support/cli.ts';
import { expectFailure, workplace, type Expected } from '../support/failing-cli.ts';
import { deadNetwork } from '../support/recorded-mirror.ts';

/** Faults that need no archive: found before anything is asked of the network, which is dead here. */

const good = 'print("hello")\n';

interface Row {
  readonly name: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly expected: Expected;
}

const rows: readonly Row[] = [
  {
    name: 'no main.py',
    files: {},
    expected: { exit: 2, code: 'KP3002', says: ['main.py', /fix: add main\.py/u, 'kilopy new'] },
  },
  {
    name: 'no folder',
    args: ['build', 'nowhere'],
    expected: { exit: 2, code: 'KP2012', says: ['nowhere', /fix: /u] },
  },
  {
    name: 'a syntax error in main.py, before anything is downloaded',
    files: { 'main.py': 'import sys\n\ndef hello(:\n    pass\n' },
    expected: { exit: 2, code: 'KP3005', says: [/main\.py:3/u, 'def hello(:'] },
  },
  {
    name: 'a syntax error in a module of the application',
    files: { 'main.py': 'import helper\n', 'helper.py': 'x = = 1\n' },
    expected: { exit: 2, code: 'KP3005', says: [/helper\.py:1/u] },
  },
  {
    name: 'unknown keys, all of them at once',
    files: { 'main.py': good, 'kilopy.yaml': 'nmae: x\ntargets: [linux/amd64]\nportz: [80]\n' },
    expected: {
      exit: 2,
      code: 'KP2002',
      says: [
        /kilopy\.yaml:1:1: .*"nmae"/u,
        'did you mean name?',
        /kilopy\.yaml:3:1: .*"portz"/u,
        'did you mean ports?',
      ],
    },
  },
  {
    name: 'an argument that no program can get',
    files: { 'main.py': good, 'kilopy.yaml': 'app:\n  args: [one, "t\\0wo"]\n' },
    expected: { exit: 2, code: 'KP2003', says: [/kilopy\.yaml:2:15/u, 'NUL'] },
  },
  {
    name: 'a command without its second word',
    args: ['cache'],
    expected: { exit: 2, code: 'KP1001', says: ['kilopy cache needs one of: info, clean'] },
  },
  {
    name: 'an unknown target in kilopy.yaml',
    files: { 'main.py': good, 'kilopy.yaml': 'targets:\n  - linux/arm65\n' },
    expected: { exit: 2, code: 'KP2004', says: [/kilopy\.yaml:2:5/u, 'linux/arm64', 'kilopy targets'] },
  },
  {
    name: 'an unknown target on the command line',
    args: ['build', 'app', '--target', 'linux/arm65'],
    expected: { exit: 2, code: 'KP2004', says: ['--target', 'linux/arm64'] },
  },
  {
    name: 'armhf, which Debian and Alpine understand differently',
    args: ['build', 'app', '--target', 'armhf'],
    expected: { exit: 2, code: 'KP2005', says: ['linux/arm/v7', 'linux/arm/v6', 'Debian', 'Alpine'] },
  },
  {
    name: 'an unknown base',
    files: { 'main.py': good, 'kilopy.yaml': 'base: debain\n' },
    expected: { exit: 2, code: 'KP2006', says: [/kilopy\.yaml:1:7/u, 'did you mean debian?'] },
  },
  {
    name: 'an unknown output',
    files: { 'main.py': good, 'kilopy.yaml': 'outputs: [ocii]\n' },
    expected: { exit: 2, code: 'KP2009', says: [/kilopy\.yaml:1:11/u, 'did you mean oci?'] },
  },
  {
    name: 'an unknown output on the command line',
    args: ['build', 'app', '--output', 'oci,targz'],
    expected: { exit: 2, code: 'KP2009', says: ['--output', 'tar.gz'] },
  },
  {
    name: 'YAML that is none',
    files: { 'main.py': good, 'kilopy.yaml': 'env:\n  A: [1\n' },
    expected: { exit: 2, code: 'KP2001', says: [/kilopy\.yaml:\d/u] },
  },
  {
    name: 'an unknown option',
    args: ['build', 'app', '--ofline'],
    expected: { exit: 2, code: 'KP1001', says: ['did you mean --offline?'] },
  },
  {
    name: 'an unknown command',
    args: ['biuld', 'app'],
    expected: { exit: 2, code: 'KP1001', says: ['did you mean build?'] },
  },
  {
    name: 'the network is down',
    args: ['build', 'app', '--base', 'debian'],
    expected: { exit: 4, code: 'KP6010', says: [/why: .*ECONNREFUSED/u, /fix: check the network/u] },
  },
  {
    name: 'the network is down, and the runtime was never compiled',
    expected: { exit: 4, code: 'KP9103', says: [/why: .*ECONNREFUSED/su, 'kilopy runtime build', '--base debian'] },
  },
  {
    name: 'nothing in the store, and offline',
    args: ['build', 'app', '--offline', '--base', 'debian'],
    expected: { exit: 4, code: 'KP5059', says: ['offline'] },
  },
  {
    name: 'a snapshot of the sources, without network',
    args: ['build', 'app', '--snapshot', '20260131'],
    expected: { exit: 4, code: 'KP9103', says: [/snapshot\.debian\.org|20260131T000000Z/u] },
  },
  {
    name: 'a feed for base alpine that was never compiled, and offline',
    args: ['runtime', 'export', '--alpine', '--target', 'linux/amd64', '--out-dir', 'feed', '--offline'],
    expected: { exit: 4, code: 'KP9103', says: ['offline', 'base alpine', 'kilopy runtime export --alpine'] },
  },
  {
    name: 'a variant of base alpine, which has one',
    args: ['runtime', 'export', '--alpine', '--variant', 'small', '--out-dir', 'feed'],
    expected: { exit: 2, code: 'KP1001', says: ['--alpine and --variant exclude each other', 'one variant, full'] },
  },
  {
    name: 'newer sources, and offline',
    args: ['runtime', 'export', '--update', '--offline', '--out-dir', 'feed'],
    expected: { exit: 2, code: 'KP1001', says: ['--offline and --update exclude each other'] },
  },
  {
    name: 'no runtime in the store, and offline',
    args: ['build', 'app', '--offline'],
    expected: { exit: 4, code: 'KP9103', says: ['offline', 'kilopy runtime build', '--base debian'] },
  },
];

test.each(rows)('$name', async ({ files = { 'main.py': good }, args = ['build', 'app'], expected }) => {
  const { status } = await expectFailure(workplace(files, deadNetwork), args, expected);
  expect(status).toBe(expected.exit);
});

describe('with the indexes of trixie in the store', () => {
  const env = { ...deadNetwork, KILOPY_CACHE: testStore };
  const offlineRows: readonly Row[] = [
    {
      name: 'a module that the runtime does not have',
      files: { 'main.py': '"""Says hello."""\nimport sys\nimport logging\n' },
      expected: { exit: 2, code: 'KP3006', says: [/main\.py:3:8/u, "'logging'", 'micropython-lib'] },
    },
    {
      name: 'a module of a package index',
      files: { 'main.py': 'import umqtt.simple\n' },
      expected: { exit: 2, code: 'KP3006', says: [/main\.py:1:8/u, 'umqtt', /fix: /u] },
    },
    {
      name: 'an unknown package',
      files: { 'main.py': good, 'kilopy.yaml': 'packages:\n  - ca-certificate\nbase: debian\n' },
      expected: { exit: 7, code: 'KP5502', says: [/kilopy\.yaml:2:5/u, 'did you mean ca-certificates?'] },
    },
    {
      name: 'versions that cannot be had',
      files: { 'main.py': good, 'kilopy.yaml': 'packages:\n  - micropython (>= 99)\nbase: debian\n' },
      expected: { exit: 7, code: 'KP5503', says: [/kilopy\.yaml:2:5/u, 'micropython (>= 99)', /trixie has 1\./u] },
    },
    {
      name: 'an output folder that is a file',
      args: ['build', 'app', '--offline', '--out-dir', 'app/main.py'],
      expected: { exit: 2, code: 'KP1005', says: ['app/main.py', '--out-dir'] },
    },
    {
      name: 'an output folder in a file system that takes none',
      args: ['build', 'app', '--offline', '--out-dir', '/proc/kilopy'],
      expected: { exit: 2, code: 'KP1005', says: ['/proc/kilopy', /fix: /u] },
    },
  ];
  test.each(offlineRows)(
    '$name',
    async ({ files = { 'main.py': good }, args = ['build', 'app', '--offline'], expected }) => {
      const place = workplace(files, env);
      mkdirSync(join(place.folder, 'app'), { recursive: true });
      writeFileSync(join(place.folder, 'mark'), 'stays');
      const { status } = await expectFailure(place, args, expected);
      expect(status).toBe(expected.exit);
    },
  );
});

test.each([
  ['none', undefined, 'unshare is not installed'],
  [
    'one that may not',
    '#!/bin/sh\necho "unshare: unshare failed: Operation not permitted" >&2\nexit 1\n',
    'not permitted',
  ],
])('a computer that cannot compile says so before it asks the network: unshare, %s', async (_, script, says) => {
  const bin = scratch();
  if (script !== undefined) writeFileSync(join(bin, 'unshare'), script, { mode: 0o755 });
  const place = workplace({ 'main.py': good }, { ...deadNetwork, PATH: bin });
  const expected = { exit: 6, code: 'KP9104', says: [says, '--base debian'] };
  expect((await expectFailure(place, ['build', 'app'], expected)).stderr).not.toContain('ECONNREFUSED');
});
