import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { makeAlpineMirror, nativeTarget } from './alpine-mirror.ts';
import { startOpenwrtMirror } from './openwrt-mirror.ts';
import { deadNetwork } from './recorded-mirror.ts';

/** Servers of this machine in place of those of Alpine, of OpenWrt and of a repository of one's own. */
export interface MigrateMirrors {
  /** Environment of a kilopy that is to use them. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * What a person with a mirror of his own adds to the kilopy.yaml that migrate wrote: the key that signs it. Nothing else is
   * changed, but for the name of the repository that no one has.
   */
  addKeys(folder: string): void;
  close(): void;
}

export async function startMigrateMirrors(): Promise<MigrateMirrors> {
  const greeter = { name: 'greeter', version: '1.2-r0', content: { 'usr/share/greeter/words': 'hello\n' } };
  const bundle = { name: 'ca-certificates-bundle', version: '1-r0', content: { 'etc/ssl/cert.pem': 'none\n' } };
  const { files, publicKey } = await makeAlpineMirror(
    [nativeTarget, 'linux/arm/v7'],
    [greeter, bundle],
    ['v3.24', 'edge'],
  );
  const openwrt = await startOpenwrtMirror('24.10.4');
  const server = createServer((request, response) => {
    // The repository of one's own has what is in main.
    const path = (request.url ?? '').replace(/^\/apk\//u, '/alpine/v3.24/main/');
    const body = files.get(path);
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    env: {
      ...deadNetwork,
      NO_PROXY: '127.0.0.1',
      KILOPY_ALPINE_MIRROR: `${url}/alpine`,
      KILOPY_OPENWRT_MIRROR: openwrt.url,
    },
    addKeys(folder) {
      const path = join(folder, 'kilopy.yaml');
      const document = parseDocument(readFileSync(path, 'utf8'));
      const { base, feeds } = document.toJS() as { base: string | Record<string, object>; feeds?: readonly object[] };
      for (const [name, key] of [
        ['alpine', 'test.rsa.pub'],
        ['openwrt', 'test.pub'],
      ] as const) {
        const settings = typeof base === 'string' ? (base === name ? {} : undefined) : base[name];
        if (settings !== undefined) document.set('base', { [name]: { ...settings, keys: [key] } });
      }
      if (feeds !== undefined)
        document.set(
          'feeds',
          feeds.map((feed) => ({ ...feed, url: `${url}/apk`, keys: ['test.rsa.pub'] })),
        );
      writeFileSync(path, String(document));
      writeFileSync(join(folder, 'test.rsa.pub'), publicKey);
      writeFileSync(join(folder, 'test.pub'), openwrt.usignKey);
    },
    close() {
      server.close();
      openwrt.close();
    },
  };
}
