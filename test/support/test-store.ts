import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../../src/io/context.ts';
import { createContext } from '../../src/io/create-context.ts';
import { defaultLimits } from '../../src/io/limits.ts';
import { listFiles } from '../../src/store/list-files.ts';
import { openStore, type Store, type StoreOptions } from '../../src/store/store.ts';
import type { KilopyEvent } from '../../src/values/events.ts';

export interface TestStore {
  readonly ctx: Context;
  readonly store: Store;
  readonly events: KilopyEvent[];
  /** Opens the same folder again, as another run would. */
  reopen(options?: StoreOptions): Promise<Store>;
  /** Paths of all files below the root, sorted, without the names of blobs. */
  list(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

/** A store in a fresh folder, with short pauses and with its events written down. A silence is no fault to it for long: a busy machine makes some. */
export async function openTestStore(options: Partial<Context> = {}): Promise<TestStore> {
  const root = await mkdtemp(join(tmpdir(), 'kilopy-store-'));
  const events: KilopyEvent[] = [];
  const ctx = createContext({
    emit: (event) => events.push(event),
    limits: { ...defaultLimits, retryPauseMs: 1, stallMs: 20_000 },
    env: { PATH: process.env['PATH'] },
    ...options,
  });
  return {
    ctx,
    store: await openStore(ctx, root),
    events,
    reopen: (storeOptions) => openStore(ctx, root, storeOptions),
    async list() {
      const paths: string[] = [];
      for await (const file of listFiles(root)) paths.push(file.path.slice(root.length + 1));
      return paths.sort();
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
