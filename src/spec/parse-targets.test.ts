import { expect, test } from 'vitest';
import type { KilopyError } from '../errors/kilopy-error.ts';
import { bases } from './bases.ts';
import { hostTarget } from './host-target.ts';
import { parseTargets } from './parse-targets.ts';
import { targets } from './targets.ts';

const host = targets.find(({ name }) => name === 'linux/arm64');
const debian = bases.find(({ name }) => name === 'debian')!.targets;

function parse(text: string): string {
  try {
    return parseTargets(text, { host, all: debian })
      .map(({ name }) => name)
      .join(' ');
  } catch (error) {
    const fault = error as KilopyError;
    return [fault, ...fault.others].map(({ code, message, fix }) => `${code} ${message}; ${String(fix)}`).join('\n');
  }
}

test.each([
  ['linux/amd64', 'linux/amd64'],
  ['amd64', 'linux/amd64'],
  ['X86_64', 'linux/amd64'],
  ['aarch64', 'linux/arm64'],
  ['linux/arm64/v8', 'linux/arm64'],
  ['arm/v7', 'linux/arm/v7'],
  ['armv7l', 'linux/arm/v7'],
  ['armel', 'linux/arm/v5'],
  ['armv6', 'linux/arm/v6'],
  ['i386', 'linux/386'],
  ['386', 'linux/386'],
  ['ppc64el', 'linux/ppc64le'],
  ['mips', 'linux/mips'],
  ['mipsel', 'linux/mipsle'],
  ['mips_24kc', 'linux/mips'],
  ['mipsel_24kc', 'linux/mipsle'],
  ['aarch64_cortex-a53', 'linux/arm64'],
  ['host', 'linux/arm64'],
  [' amd64 , host,amd64', 'linux/amd64 linux/arm64'],
  [
    'host,all',
    `linux/arm64 ${debian
      .map(({ name }) => name)
      .filter((name) => name !== 'linux/arm64')
      .join(' ')}`,
  ],
])('%s means %s', (text, expected) => {
  expect(parse(text)).toBe(expected);
});

test.each([
  ['armhf', /^KP2005 .*Debian means ARMv7.*Alpine ARMv6.*; write linux\/arm\/v7 or linux\/arm\/v6$/],
  ['linux/armhf', /^KP2005/],
  ['mips64le', /^KP2005 .*linux\/mips .*linux\/mipsle/],
  ['arm', /^KP2005 .*linux\/arm\/v5/],
  ['x86', /^KP2005 .*; write linux\/386 or linux\/amd64$/],
  ['amd46', /^KP2004 unknown target "amd46"; did you mean linux\/amd64\?/],
  ['linux/riscv65', /^KP2004 .*did you mean linux\/riscv64\?/],
  ['windows/amd64', /^KP2004/],
  ['', /^KP2004 no target is given/],
  ['armhf,nonsense', /^KP2005 .*\nKP2004 unknown target "nonsense"/],
])('%j is refused', (text, expected) => {
  expect(parse(text)).toMatch(expected);
});

test('no name means two targets', () => {
  const ambiguous = ['arm-linux-gnueabihf'];
  const names = targets.flatMap((target) => [
    ...new Set([target.name, target.fileLabel, target.gnuTriplet, ...target.aliases, ...(target.openwrt ?? [])]),
  ]);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual(ambiguous);
});

test("names of Debian and Alpine mean that ecosystem's target, or are refused as ambiguous", () => {
  for (const target of targets) {
    for (const name of [target.debian, target.alpine]) {
      expect([target.name, 'KP2005']).toContain(name === undefined ? target.name : parse(name).split(' ')[0]);
    }
  }
});

test('OCI: arm64 without variant, arm always with one; labels join architecture and variant', () => {
  for (const { oci, fileLabel, name } of targets) {
    expect(fileLabel).toBe(`${oci.architecture}${oci.variant ?? ''}`);
    expect(name).toBe(['linux', oci.architecture, oci.variant].filter((part) => part !== undefined).join('/'));
    expect(oci.variant === undefined).toBe(oci.architecture !== 'arm');
  }
});

test.each([
  [{ arch: 'x64', byteOrder: 'little' }, 'linux/amd64'],
  [{ arch: 'arm64', byteOrder: 'little' }, 'linux/arm64'],
  [{ arch: 'arm', byteOrder: 'little', armVersion: '7' }, 'linux/arm/v7'],
  [{ arch: 'arm', byteOrder: 'little', armVersion: '6' }, 'linux/arm/v6'],
  [{ arch: 'arm', byteOrder: 'little' }, 'linux/arm/v7'],
  [{ arch: 'ppc64', byteOrder: 'little' }, 'linux/ppc64le'],
  [{ arch: 'ppc64', byteOrder: 'big' }, undefined],
  [{ arch: 's390x', byteOrder: 'big' }, 'linux/s390x'],
  [{ arch: 'mipsel', byteOrder: 'little' }, 'linux/mipsle'],
  [{ arch: 'loong64', byteOrder: 'little' }, undefined],
] as const)('the host %j is %s', (facts, expected) => {
  expect(hostTarget(facts)?.name).toBe(expected);
});

test('an unknown host is an error that says so', () => {
  expect(() => parseTargets('host', { host: undefined, all: debian })).toThrow(/this machine is of no family/);
});
