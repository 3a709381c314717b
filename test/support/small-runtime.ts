import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ArchivePackage } from './deb-archive.ts';
import { formatControl, makeAr, makeTar } from './deb-file.ts';
import { realRuntime } from './test-debian.ts';

/** What a MicroPython of Debian loads, and the links to it. */
const loaded = /^(?:micropython|ld-linux-.*|libc\.so\.6|libm\.so\.6|libgcc_s\.so.*|libffi\.so.*|libmbed.*\.so.*)$/u;

/**
 * The packages of `realRuntime` with nothing in them but what MicroPython loads: the same program, in packages that are unpacked and
 * packed again in a third of the time. For tests that build often.
 */
export async function smallRuntime(): Promise<readonly ArchivePackage[]> {
  const packages = await realRuntime();
  return await Promise.all(packages.map(async (one) => ({ ...one, deb: await smaller(one) })));
}

async function smaller({ control, deb = new Uint8Array() }: ArchivePackage): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'kilopy-small-'));
  try {
    const root = join(folder, 'root');
    mkdirSync(root);
    writeFileSync(join(folder, 'deb'), deb);
    execFileSync('dpkg-deb', ['-x', join(folder, 'deb'), root]);
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isDirectory() && !loaded.test(basename(entry.name))) rmSync(join(entry.parentPath, entry.name));
    }
    const words = ['-C', root, '--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--format=gnu', '-c', '.'];
    const data = execFileSync('xz', ['-c', '-0'], {
      input: execFileSync('tar', words, { maxBuffer: 2 ** 28 }),
      maxBuffer: 2 ** 28,
    });
    return makeAr([
      ['debian-binary', Buffer.from('2.0\n')],
      ['control.tar.gz', gzipSync(await makeTar({ control: formatControl(control) }))],
      ['data.tar.xz', data],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
