import { expect, test } from 'vitest';
import { checkFit, devices, findDevice } from './devices.ts';
import { targets } from './targets.ts';

test('every device is of a target that kilopy builds for, with its byte order', () => {
  for (const { name, architecture, byteOrder } of devices) {
    const target = targets.find(({ openwrt }) => openwrt?.includes(architecture));
    expect([name, target?.elf.byteOrder]).toEqual([name, byteOrder]);
  }
});

test('a device is found by its own name, with - for _, and by the name of its model', () => {
  for (const name of ['glinet_gl-mt300n-v2', 'GLINET-GL-MT300N-V2', 'gl-mt300n-v2']) {
    expect(findDevice(name).title).toContain('GL-MT300N-V2');
  }
  expect(() => findDevice('gl-mt300')).toThrow(expect.objectContaining({ code: 'KP2320', exitCode: 2 }));
});

test('what fits, by how much it does not, and what is the largest', () => {
  const device = findDevice('minew_g1-c');
  const biggest = [
    { name: 'libc', sizeBytes: 600_000 },
    { name: 'app', sizeBytes: 1000 },
  ];
  const fit = { architecture: 'mipsel_24kc', biggest };
  expect(() => checkFit(device, { ...fit, flashBytes: 15_744 * 1024 })).not.toThrow();
  expect(() => checkFit(device, { ...fit, flashBytes: 15_744 * 1024 + 213_500 })).toThrow(
    expect.objectContaining({
      code: 'KP2322',
      exitCode: 3,
      message: 'Minew G1-C: does not fit by 214 kB; biggest: libc 600 kB, app 1 kB',
    }),
  );
  expect(() => checkFit(device, { ...fit, flashBytes: 1, ramBytes: 128 * 1024 * 1024 + 1 })).toThrow(
    expect.objectContaining({ code: 'KP2322', data: expect.objectContaining({ what: 'memory' }) as object }),
  );
  expect(() => checkFit(device, { ...fit, architecture: 'mips_24kc', flashBytes: 1 })).toThrow(
    expect.objectContaining({
      code: 'KP2321',
      message: expect.stringContaining('mipsel_24kc, not mips_24kc') as string,
    }),
  );
});
