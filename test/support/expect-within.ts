import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';

/** What a bare `node -e 0` takes on a machine that does nothing else. */
const nodeAtRestMs = 50;

/**
 * Fails when something took longer than it may on a machine at rest. Where it did, the machine is asked how busy it is: the limit grows
 * by as much as a bare Node.js is slower now, and is twice as long in any case, because a busy moment may be over by then.
 */
export function expectWithin(tookMs: number, limitMs: number): void {
  expect(tookMs, 'the time taken').toBeGreaterThanOrEqual(0);
  if (tookMs <= limitMs) return;
  const slower = Math.max(...Array.from({ length: 5 }, bareNodeMs)) / nodeAtRestMs;
  expect(tookMs).toBeLessThan(limitMs * Math.max(2, 2 * slower));
}

function bareNodeMs(): number {
  const startedMs = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  return performance.now() - startedMs;
}
