import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string | undefined;

/** One run of the tests has one folder for temporary files, so that what a test leaves is gone afterwards. */
export function setup(): void {
  // Short: unix sockets have room for 108 bytes of path.
  folder = mkdtempSync(join(tmpdir(), 'kilopy-t-'));
  // Some tests go on as nobody.
  chmodSync(folder, 0o1777);
  process.env['TMPDIR'] = folder;
}

export function teardown(): void {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}
