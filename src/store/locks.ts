import { linkSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { lockPath } from './folders.ts';
import { formatMark, ownMark, parseMark, stateOf } from '../io/process-mark.ts';
import type { Store } from './store.ts';
import { storeError } from './store-error.ts';
import { removeUnreadable } from './unreadable.ts';
import { temporaryPath } from './temporary.ts';

const pollMs = 50;
const noteAfterMs = 1000;
/** A holder touches its lock this often; one that another machine holds counts as left behind after the second time. */
const beatMs = 10_000;
const foreignStaleMs = 120_000;

/**
 * Locks between processes. A lock is a file that names its holder, made by link(2) so that it appears whole. The lock
 * of a dead process is taken over. Two waiters may take over at once and, rarely, both go on: what they do is
 * content-addressed, so that costs work and nothing else.
 */
export function createLocks(ctx: Context, root: string): Pick<Store, 'withLock'> {
  const inside = new Map<string, Promise<unknown>>();
  return {
    async withLock(key, work) {
      // Calls within one process queue up here, so that the file tells only processes apart.
      const before = inside.get(key);
      const turn = (async () => {
        await before?.catch(() => undefined);
        return await holding(ctx, root, key, work);
      })();
      inside.set(key, turn);
      try {
        return await turn;
      } finally {
        if (inside.get(key) === turn) inside.delete(key);
      }
    },
  };
}

async function holding<T>(ctx: Context, root: string, key: string, work: () => Promise<T>): Promise<T> {
  const path = lockPath(root, key);
  await acquire(ctx, root, path, key);
  const beat = setInterval(() => touch(path), beatMs);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await release(path);
  }
}

async function acquire(ctx: Context, root: string, path: string, key: string): Promise<void> {
  const startedMs = ctx.clock.now();
  let noted = false;
  for (;;) {
    if (ctx.signal.aborted) throw interrupted();
    if (tryLock(root, path)) return;
    const holder = await readHolder(root, path);
    if (holder === undefined) continue;
    if (await isLeftBehind(path, holder)) {
      await removeLock(root, path, holder);
      continue;
    }
    if (!noted && ctx.clock.now() - startedMs >= noteAfterMs) {
      noted = true;
      ctx.emit({ type: 'note', text: `waiting for another kilopy (${describe(holder)}) that does the same: ${key}` });
    }
    await sleep(pollMs, undefined, { signal: ctx.signal }).catch(() => undefined);
  }
}

/** Undefined when the lock has gone, or was something that is no lock and has been removed. */
async function readHolder(root: string, path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if ((await removeUnreadable(error, path)) === undefined) throw storeError(error, root);
    return undefined;
  }
}

function tryLock(root: string, path: string): boolean {
  const temporary = temporaryPath(root);
  try {
    writeFileSync(temporary, `${formatMark(ownMark())}\n`, { flag: 'wx', mode: 0o644 });
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw storeError(error, root);
  } finally {
    rmSync(temporary, { force: true });
  }
}

async function isLeftBehind(path: string, holder: string): Promise<boolean> {
  const mark = parseMark(holder);
  // Locks appear whole, so this one was damaged.
  if (mark === undefined) return true;
  const state = stateOf(mark);
  if (state !== 'unknown') return state === 'dead';
  const status = await stat(path).catch(() => undefined);
  return status !== undefined && Date.now() - status.mtimeMs > foreignStaleMs;
}

/** Moves the lock aside and looks again: between reading and moving, another waiter may have taken it over. */
async function removeLock(root: string, path: string, holder: string): Promise<void> {
  const aside = temporaryPath(root);
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== holder) linkSync(aside, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw storeError(error, root);
  } finally {
    await rm(aside, { force: true });
  }
}

async function release(path: string): Promise<void> {
  const holder = await readFile(path, 'utf8').catch(() => undefined);
  if (holder === `${formatMark(ownMark())}\n`) await rm(path, { force: true });
}

function touch(path: string): void {
  const nowSeconds = Date.now() / 1000;
  try {
    utimesSync(path, nowSeconds, nowSeconds);
  } catch {
    // Taken over, or removed by hand: the work goes on all the same.
  }
}

function describe(holder: string): string {
  const mark = parseMark(holder);
  return mark === undefined ? 'unknown' : `process ${String(mark.pid)}`;
}

function interrupted(): KilopyError {
  return new KilopyError('KP1002', 'Interrupted while waiting for another kilopy');
}
