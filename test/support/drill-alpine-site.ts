import { stringify } from 'yaml';
import { makeAlpineMirror, nativeTarget } from './alpine-mirror.ts';
import { noise, type DrillSite } from './drill-site.ts';
import { startFaultServer } from './fault-server.ts';

/** A mirror in Alpine's layout with a MicroPython that runs and one package more, larger than one chunk. */
export async function openAlpineSite(): Promise<DrillSite> {
  const tool = {
    name: 'tool',
    version: '1.0-r0',
    content: { 'usr/share/tool/data': Buffer.from(noise(300_000)).toString('hex') },
  };
  const { files, publicKey } = await makeAlpineMirror([nativeTarget], [tool]);
  const server = await startFaultServer();
  server.fallback = (path) => {
    const body = files.get(path);
    return body === undefined ? undefined : { kind: 'ok', body };
  };
  const named = (pattern: RegExp): string[] => [...files.keys()].filter((path) => pattern.test(path));
  return {
    server,
    url: `${server.url}/alpine`,
    paths: { APKINDEX: named(/\/main\/.*APKINDEX/u), apk: named(/\/tool-.*\.apk$/u) },
    body: (path) => files.get(path) ?? new Uint8Array(),
    configuration: (mirror, more) => ({
      'kilopy.yaml': stringify({
        targets: [nativeTarget],
        base: { alpine: { mirror, keys: ['test.rsa.pub'] } },
        packages: ['tool'],
        ...more,
      }),
      'test.rsa.pub': publicKey,
    }),
    close: () => server.close(),
  };
}
