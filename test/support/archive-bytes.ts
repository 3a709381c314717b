import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';

/** Bytes of everything in an OCI archive that a registry keeps: layers, configuration, manifest. */
export function archiveBytes(path: string, cwd?: string): number {
  const { stdout } = spawnSync('tar', ['-tvf', path], { cwd, encoding: 'utf8' });
  const blobs = stdout.split('\n').filter((line) => /blobs\/sha256\/[0-9a-f]/.test(line));
  expect(blobs.length).toBeGreaterThan(2);
  return blobs.reduce((sum, line) => sum + Number(line.split(/\s+/)[2]), 0);
}
