import { expect, test } from 'vitest';
import { writeApkV2 } from '../../emit/apk/write-apk-v2.ts';
import { openApkV2 } from '../../feed/apk/v2/package.ts';
import type { RuntimeProduct } from '../../runtime/micropython/ensure-micropython.ts';
import { targets } from '../../spec/targets.ts';
import { runtimeArchitecture } from './runtime-architecture.ts';
import { runtimePackage } from './runtime-package.ts';

const product: RuntimeProduct = {
  target: 'linux/mips',
  variant: 'small',
  version: '1.25.0',
  recipe: `sha256:${'ab'.repeat(32)}`,
  blob: { digest: `sha256:${'cd'.repeat(32)}`, sizeBytes: 3 },
  full: { digest: `sha256:${'cd'.repeat(32)}`, sizeBytes: 3 },
  objects: { digest: `sha256:${'cd'.repeat(32)}`, sizeBytes: 3 },
  modules: ['asyncio', 'sys'],
  proved: true,
  sources: [{ name: 'micropython', version: '1.25.0+ds-1', sha256: 'ef'.repeat(32) }],
  licences: 'MIT\n',
};

function targetOf(name: string): (typeof targets)[number] {
  const target = targets.find((one) => one.name === name);
  if (target === undefined) throw new Error(name);
  return target;
}

test('names of architectures are all different', () => {
  const names = targets.map((target) => runtimeArchitecture(target));
  expect(new Set(names).size).toBe(names.length);
});

test('a runtime as a package: the same bytes each time, bound by the index alone, every parent there', async () => {
  const recipe = runtimePackage(product, targetOf('linux/mips'), Buffer.from('elf'));
  expect(recipe.provides).toEqual(['micropython=1.25.0-r0']);
  // The arithmetic of floats is glibc's on MIPS; mbedTLS comes with TLS.
  expect(recipe.license).toBe('MIT AND LGPL-2.1-or-later');
  const tls = runtimePackage({ ...product, variant: 'tls' }, targetOf('linux/amd64'), Buffer.from('elf'));
  expect(tls.license).toBe('MIT AND Apache-2.0');
  expect(recipe.nodes.map(({ path }) => path)).toEqual([
    'usr',
    'usr/bin',
    'usr/bin/micropython',
    'usr/share',
    'usr/share/kilopy',
    'usr/share/kilopy/micropython-small.modules.json',
    'usr/share/kilopy/micropython-small.recipe.json',
    'usr/share/licenses',
    'usr/share/licenses/micropython-small',
    'usr/share/licenses/micropython-small/LICENSE',
  ]);
  const [first, second] = [await writeApkV2(recipe, [], 'sha256'), await writeApkV2(recipe, [], 'sha256')];
  expect(Buffer.compare(first.bytes, second.bytes)).toBe(0);
  const unproved = runtimePackage({ ...product, proved: false }, targetOf('linux/mips'), Buffer.from('elf'));
  expect(Buffer.compare((await writeApkV2(unproved, [], 'sha256')).bytes, first.bytes)).toBe(0);
  const checksum = { algorithm: 'sha1', hex: Buffer.from(first.identity).toString('hex') } as const;
  expect(() => openApkV2(first.bytes, { checksum }, 'micropython-small')).not.toThrow();
  expect(() => openApkV2(first.bytes, { checksum: { ...checksum, hex: '0'.repeat(40) } }, 'other')).toThrow(/checksum/);
});
