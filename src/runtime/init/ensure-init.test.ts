import { expect, test } from 'vitest';
import { scratch } from '../../../test/support/cli.ts';
import { createContext } from '../../io/create-context.ts';
import { targets } from '../../spec/targets.ts';
import { openStore, type Store } from '../../store/store.ts';
import { sourceIdentity } from '../debian-source.ts';
import { ensureInit } from './ensure-init.ts';

test('an init of another musl is another one, and what is stored costs no network', async () => {
  const ctx = createContext();
  const target = targets.find(({ name }) => name === 'linux/mips');
  if (target === undefined) throw new Error('no target');
  const real = await openStore(ctx, scratch(), { offline: true });
  const blob = await real.put(Buffer.from('an init'));
  const asked: string[] = [];
  const store: Store = {
    ...real,
    async recall(kind, key) {
      if (!kind.startsWith('init-')) return await real.recall(kind, key);
      asked.push(key);
      return Buffer.from(JSON.stringify(blob));
    },
  };
  // Not known which musl is the newest: Debian has to be asked, which the store forbids.
  await expect(ensureInit(ctx, store, target)).rejects.toMatchObject({ exitCode: 4 });
  expect(asked).toEqual([]);
  for (const version of ['1.2.5-1', '1.2.5-2', '1.2.5-1']) {
    const files = [
      { name: `musl_${version}.dsc`, blob: { digest: `sha256:${'ab'.repeat(32)}`, sizeBytes: 1 } },
    ] as const;
    const text = sourceIdentity({ name: 'musl', version, files });
    await real.remember('deb-source-last-1', 'trixie musl', Buffer.from(text));
    expect(await ensureInit(ctx, store, target)).toEqual(blob);
  }
  expect(asked[1]).not.toBe(asked[0]);
  expect(asked[2]).toBe(asked[0]);
});
