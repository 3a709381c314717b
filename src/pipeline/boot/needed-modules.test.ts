import { expect, test } from 'vitest';
import { neededModules } from './needed-modules.ts';

function modules(depends: Readonly<Record<string, string>>): ReadonlyMap<string, Uint8Array> {
  return new Map(
    Object.entries(depends).map(([name, needed]) => [
      `lib/modules/6.1.0/kernel/drivers/net/${name}.ko`,
      Buffer.from(`\x7fELF\0license=GPL\0depends=${needed}\0name=${name}\0`),
    ]),
  );
}

test('what a module needs comes before it, once, under the name that the kernel has for it', () => {
  const files = modules({
    'virtio-net': 'net-failover,virtio_ring',
    'net-failover': 'failover',
    failover: '',
    virtio_ring: 'virtio',
    virtio: '',
    more: '',
  });
  const names = neededModules(files, ['virtio_ring', 'virtio_net']).map(({ name }) => name);
  expect(names).toEqual(['virtio', 'virtio_ring', 'failover', 'net_failover', 'virtio_net']);
});

test('one that is not there is named, with what needs it', () => {
  expect(() => neededModules(modules({ pcnet32: 'mii' }), ['pcnet32'])).toThrow(
    expect.objectContaining({
      code: 'KP5060',
      message: expect.stringContaining('mii') as string,
      why: 'pcnet32 needs it',
    }),
  );
});
