import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { serveApkRepository, type ServedApkRepository, type TestApk } from './apk-repository.ts';
import { runCli, type CliResult } from './cli.ts';
import { workplace, type Workplace } from './failing-cli.ts';
import { startFaultServer, type FaultServer } from './fault-server.ts';

/** An application of apko on repositories of this machine, and a store of its own. */
export interface ApkPlace extends Workplace {
  readonly server: FaultServer;
  readonly repositories: readonly ServedApkRepository[];
  /** Writes app/apko.yaml, and the keys: PEM by the name of its file. */
  configure(packages: readonly string[], keys?: Readonly<Record<string, string>>): void;
  /** `kilopy apko WORDS` in the folder `app`. */
  apko(...words: readonly string[]): Promise<CliResult>;
  /** `kilopy apko build-minirootfs`, and what the archive has at a path. */
  root(): Promise<CliResult>;
  /** Lines of show-packages; fails with what was said. */
  packages(): Promise<readonly string[]>;
}

/** One repository for each list of packages, in the order of preference. */
export async function apkPlace(
  lists: readonly (readonly TestApk[])[],
  env: Readonly<Record<string, string>> = {},
): Promise<ApkPlace> {
  const server = await startFaultServer();
  onTestFinished(() => server.close());
  const repositories: ServedApkRepository[] = [];
  for (const [i, packages] of lists.entries())
    repositories.push(await serveApkRepository(server, packages, `/r${String(i)}`));
  const place = workplace({}, { SOURCE_DATE_EPOCH: '1700000000', ...env });
  const app = join(place.folder, 'app');
  const apko = async (...words: readonly string[]): Promise<CliResult> =>
    await runCli(['apko', ...words], { cwd: app, env: place.env });
  const own = Object.fromEntries(repositories.map(({ publicKey }, i) => [`key${String(i)}.rsa.pub`, publicKey]));
  const configure: ApkPlace['configure'] = (packages, keys = own) => {
    for (const [name, pem] of Object.entries(keys)) writeFileSync(join(app, name), pem);
    const names = Object.keys(keys);
    const contents = { keyring: names, repositories: repositories.map(({ url }) => url), packages };
    writeFileSync(join(app, 'apko.yaml'), JSON.stringify({ contents, archs: ['x86_64'] }));
  };
  return {
    ...place,
    server,
    repositories,
    configure,
    apko,
    root: async () => await apko('build-minirootfs', 'apko.yaml', 'root.tar', '--build-arch', 'x86_64'),
    async packages() {
      const { stdout, stderr, status } = await apko('show-packages', 'apko.yaml');
      expect([stderr, status]).toEqual([expect.not.stringContaining('error'), 0]);
      return stdout.trimEnd().split('\n');
    },
  };
}

/** What a file of root.tar holds. */
export function rootText({ folder }: Workplace, path: string): string {
  const bytes = readFileSync(join(folder, 'app/root.tar'));
  for (let at = 0; at + 512 <= bytes.length;) {
    const name = bytes
      .subarray(at, at + 100)
      .toString('latin1')
      .replace(/\0.*$/su, '');
    const sizeBytes = Number.parseInt(bytes.subarray(at + 124, at + 135).toString('latin1'), 8) || 0;
    if (name === path) return bytes.subarray(at + 512, at + 512 + sizeBytes).toString('utf8');
    at += 512 + Math.ceil(sizeBytes / 512) * 512;
  }
  throw new Error(`root.tar has no ${path}`);
}
