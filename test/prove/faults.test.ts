import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drillNetwork, networkFaults } from '../support/drill-network.ts';
import {
  drillPlace,
  openSite,
  referenceOf,
  type Contents,
  type DrillFile,
  type DrillSite,
} from '../support/drill-site.ts';
import { startProxyServer, type ProxyServer } from '../support/proxy-server.ts';

/** Every fault of the network for every kind of file, directly and through a proxy that alone knows the mirror's name. */

let site: DrillSite;
let proxy: ProxyServer;
let reference: Contents;

beforeAll(async () => {
  [site, proxy] = await Promise.all([openSite(), startProxyServer()]);
});

afterAll(async () => {
  await proxy.close();
  await site.close();
});

test('an undisturbed build', async () => {
  reference = await referenceOf(drillPlace(site));
  expect(Object.keys(reference).length).toBeGreaterThan(3);
});

const files: readonly DrillFile[] = ['InRelease', 'Packages', 'deb'];

describe.each(files)('%s', (file) => {
  test.each(networkFaults)('$name', async (fault) => {
    expect(await drillNetwork(site, reference, fault, file)).toBe('right');
  });
});

// A proxy only passes on what the mirror does: every fault once, the kinds of files in turn.
test.each(networkFaults.map((fault, at) => ({ fault, name: fault.name, file: files[at % files.length] ?? 'deb' })))(
  '$name, behind a proxy: $file',
  async ({ fault, file }) => {
    const asked = proxy.requests.length;
    const { port, pathname } = new URL(site.url);
    await drillNetwork(site, reference, fault, file, {
      url: `http://mirror.invalid:${port}${pathname}`,
      env: { http_proxy: proxy.url },
    });
    expect(proxy.requests.length).toBeGreaterThan(asked);
  },
);
