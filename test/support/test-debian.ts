import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ArchiveKey } from './archive-key.ts';
import { runCli, testStore } from './cli.ts';
import {
  makeDebArchive,
  serveArchive,
  type ArchivePackage,
  type ArchiveSuite,
  type DebArchive,
} from './deb-archive.ts';
import { startFaultServer, type FaultServer } from './fault-server.ts';
import { deadNetwork } from './recorded-mirror.ts';

/** A signed archive of the suite `small` on loopback. */
export interface TestDebian {
  readonly server: FaultServer;
  readonly url: string;
  /** Files that the server gives; tests damage them here. */
  readonly files: DebArchive;
}

/** A MicroPython that is only a name: enough for everything that fails before it would run. */
export const namedRuntime: ArchivePackage = {
  control: { Package: 'micropython', Version: '1.25.0-1' },
  content: { 'usr/bin/micropython': 'no program' },
};

export async function startTestDebian(
  key: ArchiveKey,
  packages: readonly ArchivePackage[],
  suite: Partial<ArchiveSuite> = {},
): Promise<TestDebian> {
  const files = await makeDebArchive(key, [{ suite: 'small', packages, ...suite }]);
  const server = await startFaultServer();
  return { server, url: serveArchive(server, files), files };
}

/** kilopy.yaml for such an archive, with the key beside it as `key.asc`. */
export function debianYaml(url: string, more: object = {}): string {
  return stringify({
    targets: ['linux/amd64'],
    base: { debian: { suite: 'small', mirror: url, keys: ['key.asc'] } },
    ...more,
  });
}

/** The packages of examples/hello for linux/amd64, as the test store has them: a MicroPython that runs. */
export async function realRuntime(): Promise<readonly ArchivePackage[]> {
  const folder = mkdtempSync(join(tmpdir(), 'kilopy-runtime-'));
  writeFileSync(join(folder, 'main.py'), '');
  const words = ['build', folder, '--base', 'debian', '--dry-run', '--offline', '--json', '--target', 'linux/amd64'];
  const { stdout, stderr } = await runCli(words, { env: deadNetwork });
  rmSync(folder, { recursive: true });
  const { downloads } = JSON.parse(stdout || JSON.stringify({ stderr })) as { downloads?: { digest: string }[] };
  if (downloads === undefined) throw new Error(`kilopy --dry-run said: ${stderr}${stdout}`);
  return downloads.map(({ digest }) => {
    const hex = digest.replace('sha256:', '');
    const path = join(testStore, 'blobs/sha256', hex.slice(0, 2), hex);
    const text = execFileSync('dpkg-deb', ['-f', path], { encoding: 'utf8' });
    // A paragraph as the archive would list it; long fields go on in lines that begin with a space.
    const fields = [...text.matchAll(/^(\S+): (.*(?:\n .*)*)/gmu)].map(([, name = '', value = '']) => [name, value]);
    return { control: Object.fromEntries(fields) as ArchivePackage['control'], deb: readFileSync(path) };
  });
}
