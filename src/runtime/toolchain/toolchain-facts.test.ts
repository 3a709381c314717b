import { expect, test } from 'vitest';
import type { RootPlan } from '../build-in-root.ts';
import { toolchainOf } from './toolchain-facts.ts';

function plan(...names: string[]): RootPlan {
  const packages = names.map((name) => ({ name, version: '12.2.0-14', sha256: 'ab' }));
  return { packages, setup: '', unpack: () => Promise.resolve() };
}

test.each([
  ['gcc', ['gcc', 'make'], 'gcc-12'],
  ['a cross compiler', ['gcc', 'make', 'gcc-mips-linux-gnu'], 'gcc-12-mips-linux-gnu'],
  ['one whose name begins as another', ['gcc', 'gcc-mipsel-linux-gnu'], 'gcc-12-mipsel-linux-gnu'],
])('the package with the compiler itself: %s', (_, packages, name) => {
  const all = plan(
    'gcc',
    'gcc-12-base',
    'gcc-12-mips-linux-gnu',
    'gcc-12-mipsel-linux-gnu',
    'gcc-12',
    'gcc-mips-linux-gnu',
  );
  expect(toolchainOf({ packages, prefix: '' }, all)).toEqual({
    from: 'debian',
    name,
    version: '12.2.0-14',
    sha256: 'ab',
  });
});

test('one of this computer; and nothing where no compiler is known', () => {
  const own = { name: 'gcc', version: '13.2.1', machine: 'mips-linux-musl', sha256: 'cd' } as const;
  expect(toolchainOf({ packages: [], prefix: '/toolchain/bin/', own }, plan())).toEqual({
    from: 'host',
    name: 'gcc-mips-linux-musl',
    version: '13.2.1',
    sha256: 'cd',
  });
  expect(toolchainOf({ packages: ['gcc'], prefix: '' }, plan('make'))).toBeUndefined();
});
