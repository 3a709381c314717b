import { expect, test } from 'vitest';
import { targets } from '../../spec/targets.ts';
import { buildFacts } from '../build-facts.ts';
import { compilerVariables } from '../compiler.ts';
import { ownCompiler, ownFacts } from './own-compiler.ts';
import type { ZigToolchain } from './own-toolchain.ts';
import { zigFacts } from './zig-facts.ts';

const zig: ZigToolchain = {
  name: 'zig',
  version: '0.17.1',
  machine: 'any',
  sha256: 'ab',
  programs: 'cd',
  program: '/opt/zig/zig',
  library: '/opt/zig/lib',
  folders: [],
  shims: new Map(),
  scripts: new Map(),
};

test('zig compiles for every target with a runtime', () => {
  expect(Object.keys(zigFacts).sort()).toEqual(Object.keys(buildFacts).sort());
});

/** Words of gcc that clang refuses, or takes for nothing. */
const ofGcc = /-march=24kc|-mips16|-minterlink-mips16|-mno-shared|-mplt/u;

test.each(targets.filter(({ name }) => name in buildFacts))('$name: flags are those of the compiler', (target) => {
  const facts = buildFacts[target.name];
  if (facts === undefined) throw new Error('no facts');
  const withZig = ownFacts(target, facts, '/opt/zig/zig');
  expect(`${withZig.archFlags} ${withZig.pythonFlags}`).not.toMatch(ofGcc);
  // Registers that clang does not keep in variables (see zig-facts.ts).
  expect(withZig.pythonFlags).toContain('-DMICROPY_GCREGS_SETJMP=1');
  expect(withZig).toMatchObject({ muslTarget: facts.muslTarget, pageBytes: facts.pageBytes, softFlags: undefined });
  expect(ownFacts(target, facts, 'gcc')).toEqual({ ...facts, softFlags: undefined });
  const compiler = ownCompiler(target, zig);
  expect(compiler.own).toEqual({ name: 'zig', version: '0.17.1', machine: 'any', sha256: 'ab', programs: 'cd' });
  const variables = compilerVariables(target, withZig, compiler);
  for (const line of [`ZIG_TARGET='${zigFacts[target.name]?.zigTarget ?? ''}'`, `ARCH_FLAGS='${withZig.archFlags}'`])
    expect(variables).toContain(`export ${line}\n`);
});

test('with gcc, scripts know nothing of zig', () => {
  const [target] = targets;
  if (target === undefined) throw new Error('no target');
  const facts = { version: '0.17.1', machine: 'any', sha256: 'ab', folders: [] };
  const compiler = ownCompiler(target, { ...facts, name: 'gcc', prefix: '/usr/bin/' });
  expect(compiler).toEqual({
    packages: [],
    prefix: '/toolchain/bin/',
    own: { name: 'gcc', version: '0.17.1', machine: 'any', sha256: 'ab' },
  });
});
