import { expect, test } from 'vitest';
import type { LockSection } from '../lock/lock.ts';
import { targets } from '../spec/targets.ts';
import { checkLockFits } from './device-fit.ts';
import { forDevice } from './for-device.ts';

const mipsel = targets.filter(({ name }) => name === 'linux/mipsle');

function sectionOf(sizes: Readonly<Record<string, number>>): LockSection {
  const facts = { version: '1', architecture: 'mipsel_24kc', feed: 'f', path: 'p', sha256: '', reason: '' };
  const packages = Object.entries(sizes).map(([name, sizeBytes]) => ({ ...facts, name, sizeBytes }));
  return {
    base: 'openwrt',
    release: '23.05.5',
    target: 'linux/mipsle',
    wishes: [],
    settings: {},
    sources: [],
    packages,
  };
}

test('packages of a lock that cannot fit are refused before they are fetched', () => {
  expect(() => checkLockFits({ device: 'minew_g1-c' }, [sectionOf({ large: 20_000_000, small: 1 })], mipsel)).toThrow(
    expect.objectContaining({
      code: 'KP2322',
      exitCode: 3,
      message: expect.stringMatching(/does not fit by \d+ kB; biggest: large 20000 kB, small 1 kB$/u) as string,
    }),
  );
  expect(() => checkLockFits({ device: 'minew_g1-c' }, [sectionOf({ small: 1_000_000 })], mipsel)).not.toThrow();
  expect(() => checkLockFits({}, [sectionOf({ large: 1e12 })], mipsel)).not.toThrow();
});

test('a target of another processor is refused, and one that OpenWrt does not have', () => {
  for (const name of ['linux/mips', 'linux/s390x']) {
    const other = targets.filter((one) => one.name === name);
    expect(() => checkLockFits({ device: 'minew_g1-c' }, [sectionOf({})], other)).toThrow(
      expect.objectContaining({ code: 'KP2321' }),
    );
  }
});

test('with a kernel of kilopy only the packages are weighed before it is there', () => {
  const all = [sectionOf({ large: 21_000_000 })];
  expect(() => checkLockFits({ device: 'minew_g1-c' }, all, mipsel)).toThrow(
    expect.objectContaining({ code: 'KP2322' }),
  );
  expect(() => checkLockFits({ device: 'minew_g1-c', ownKernel: true }, all, mipsel)).not.toThrow();
});

test('the processor of a device is the target, unless another is named; what OpenWrt does not know is refused', () => {
  const request = { folder: '', overrides: {}, outDir: '', compress: 'default', lock: 'keep', offline: true } as const;
  expect(forDevice(request, 'glinet_gl-xe300').overrides.target).toBe('mips_24kc');
  expect(forDevice({ ...request, overrides: { target: 'host' } }, 'malta-be').overrides.target).toBe('host');
  expect(() => forDevice(request, 'mikrotik_knot')).toThrow(expect.objectContaining({ code: 'KP2320' }));
});
