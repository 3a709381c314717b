import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryBlobs } from '../../../test/support/memory-blobs.ts';
import { makeIpk } from '../../../test/support/opkg-repository.ts';
import { openTestStore, type TestStore } from '../../../test/support/test-store.ts';
import { sha256 } from '../../crypto/digest.ts';
import { opkgPackage } from '../../feed/opkg/parse-index.ts';
import type { InstalledPackage } from '../../passes/openwrt/installed-package.ts';
import { fetchPlan, layPackages } from './install-packages.ts';

describe('Packages and the package disagree', () => {
  let testStore: TestStore;
  let folder: string;
  let truth: Readonly<Record<string, string>>;

  beforeAll(async () => {
    testStore = await openTestStore();
    folder = mkdtempSync(join(tmpdir(), 'kilopy-plan-'));
    const { fileName, bytes } = await makeIpk({ name: 'one', version: '1-r1', content: { 'etc/one': '1' } });
    writeFileSync(join(folder, fileName), bytes);
    const sum = sha256(bytes).slice('sha256:'.length);
    const place = { filename: fileName, size: String(bytes.length), sha256sum: sum };
    truth = { package: 'one', version: '1-r1', architecture: 'mips_24kc', ...place };
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await testStore.remove();
  });

  async function fetchOne(lies: Readonly<Record<string, string>>): Promise<readonly InstalledPackage[]> {
    const fields = new Map(Object.entries({ ...truth, ...lies }));
    const origin = { feed: 'test', folder: pathToFileURL(folder).href, where: 'Packages' };
    const step = {
      package: opkgPackage(fields, origin, false),
      reason: { kind: 'wish', wish: { text: 'one' } },
    } as const;
    return await fetchPlan(testStore.ctx, testStore.store, { steps: [step] }, []);
  }

  // Those that need the file come before it is in the store.
  test.each([
    ['another size', { size: '10' }, 'KP5108'],
    ['another content', { sha256sum: '0'.repeat(64) }, 'KP5108'],
    ['a file that is not there', { filename: 'gone.ipk' }, 'KP5108'],
    ['no sum at all', { sha256sum: '' }, 'KP5054'],
    ['another name', { package: 'two' }, 'KP5104'],
    ['another version', { version: '1-r2' }, 'KP5104'],
    ['another architecture', { architecture: 'all' }, 'KP5104'],
  ] as const)('%s', async (_, lies, code) => {
    await expect(fetchOne(lies)).rejects.toMatchObject({ code, exitCode: 5 });
  });

  test('where they agree it is installed', async () => {
    expect(await fetchOne({})).toMatchObject([{ name: 'one', version: '1-r1', isWished: true }]);
  });
});

describe('two packages with one file', () => {
  const blobs = memoryBlobs();

  function ipk(name: string, fields: Readonly<Record<string, string>> = {}): InstalledPackage {
    const node = { mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 0, type: 'file' } as const;
    const entries = [{ ...node, path: 'etc/x', content: blobs.add(`of ${name}`) }];
    const payload = { entries, control: new Map(Object.entries(fields)), conffiles: [], scripts: new Map() };
    return { name, version: '1', architecture: 'all', payload, isWished: true, isNeeded: false };
  }

  test('both are named', () => {
    expect(() => layPackages([ipk('one'), ipk('two')])).toThrow(
      expect.objectContaining({
        code: 'KP7003',
        message: expect.stringContaining('/etc/x') as string,
        why: expect.stringMatching(/one[\s\S]*two/u) as string,
      }),
    );
  });

  test.each([
    ['the other', ipk('one'), ipk('two', { replaces: 'one' }), 'two'],
    ['what the other provides', ipk('one', { provides: 'virtual' }), ipk('two', { replaces: 'virtual' }), 'two'],
    ['the other, which comes later', ipk('one', { replaces: 'two' }), ipk('two'), 'one'],
  ])('a package that replaces %s has the file', (_, first, second, owner) => {
    expect(layPackages([first, second]).get('etc/x')?.origin).toMatchObject({ kind: 'package', name: owner });
  });
});
