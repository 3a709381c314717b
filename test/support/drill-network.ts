import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import {
  build,
  contents,
  drillPlace,
  expectRight,
  type Contents,
  type DrillFile,
  type DrillSite,
} from './drill-site.ts';
import { expectWholeStore } from './failing-cli.ts';
import { expectWithin } from './expect-within.ts';
import type { Route } from './fault-server.ts';

/** How a build under a fault has to end: right, or with this exit code and code. */
type End = 'right' | readonly [exit: number, code: string];

export interface NetworkFault {
  readonly name: string;
  readonly route: (body: Uint8Array) => Route;
  readonly ends: Readonly<Record<DrillFile, End>>;
}

const half = (body: Uint8Array): number => Math.floor(body.length / 2);
const fine = (body: Uint8Array): Route => ({ kind: 'ok', body });
const after = (first: Route, body: Uint8Array): Route => ({ kind: 'sequence', routes: [first, fine(body)] });
const always = (end: End): Readonly<Record<DrillFile, End>> => ({
  InRelease: end,
  Packages: end,
  deb: end,
  APKINDEX: end,
  apk: end,
});

/** What networks do to a file. An InRelease has no length or digest to compare with: its signature tells. */
export const networkFaults: readonly NetworkFault[] = [
  {
    name: 'the connection dies in the body, once',
    route: (body) => after({ kind: 'cut', body, afterBytes: half(body) }, body),
    ends: always('right'),
  },
  {
    name: 'the connection dies in the body, every time',
    route: (body) => ({ kind: 'cut', body, afterBytes: 100 }),
    ends: always([4, 'KP6015']),
  },
  {
    name: 'the connection dies before an answer, once',
    route: (body) => after({ kind: 'cut', body, afterBytes: -1 }, body),
    ends: always('right'),
  },
  {
    name: 'the connection dies before an answer, every time',
    route: (body) => ({ kind: 'cut', body, afterBytes: -1 }),
    ends: always([4, 'KP6015']),
  },
  {
    name: '404',
    route: () => ({ kind: 'status', status: 404 }),
    ends: {
      InRelease: [5, 'KP5056'],
      Packages: [5, 'KP5054'],
      deb: [4, 'KP6012'],
      APKINDEX: [4, 'KP6012'],
      apk: [4, 'KP6012'],
    },
  },
  {
    name: '500, then fine',
    route: (body) => after({ kind: 'status', status: 500 }, body),
    ends: always('right'),
  },
  { name: '500, every time', route: () => ({ kind: 'status', status: 500 }), ends: always([4, 'KP6011']) },
  {
    name: '503 with Retry-After, then fine',
    route: (body) => after({ kind: 'status', status: 503, headers: { 'retry-after': '1' } }, body),
    ends: always('right'),
  },
  { name: '403', route: () => ({ kind: 'status', status: 403 }), ends: always([4, 'KP6011']) },
  {
    name: 'silence in the body, once',
    route: (body) => after({ kind: 'stall', body, afterBytes: half(body) }, body),
    ends: always('right'),
  },
  {
    name: 'silence in the body, every time',
    route: (body) => ({ kind: 'stall', body, afterBytes: 100 }),
    ends: always([4, 'KP6013']),
  },
  {
    name: 'silence before an answer, every time',
    route: (body) => ({ kind: 'stall', body, afterBytes: -1 }),
    ends: always([4, 'KP6013']),
  },
  {
    name: 'a length greater than the body',
    route: (body) => ({ kind: 'ok', body, contentLength: body.length + 10, range: 'ignored' }),
    ends: {
      InRelease: [4, 'KP6015'],
      Packages: [5, 'KP6021'],
      deb: [5, 'KP6021'],
      APKINDEX: [4, 'KP6015'],
      apk: [4, 'KP6015'],
    },
  },
  {
    name: 'the first half as if it were all',
    route: (body) => ({ kind: 'ok', body: body.subarray(0, half(body)), range: 'ignored' }),
    ends: {
      InRelease: [5, 'KP5004'],
      Packages: [5, 'KP6021'],
      deb: [5, 'KP6021'],
      APKINDEX: [5, 'KP4001'],
      apk: [5, 'KP5072'],
    },
  },
  {
    name: 'the first half without a length',
    route: (body) => ({ kind: 'ok', body: body.subarray(0, half(body)), chunked: true, range: 'ignored' }),
    ends: {
      InRelease: [5, 'KP5004'],
      Packages: [4, 'KP6015'],
      deb: [4, 'KP6015'],
      APKINDEX: [5, 'KP4001'],
      apk: [5, 'KP5072'],
    },
  },
  {
    name: 'more than there is',
    route: (body) => ({ kind: 'ok', body: Buffer.concat([body, body]), chunked: true, range: 'ignored' }),
    ends: {
      InRelease: [5, 'KP5004'],
      Packages: [5, 'KP6017'],
      deb: [5, 'KP6017'],
      APKINDEX: [5, 'KP5002'],
      apk: [5, 'KP6017'],
    },
  },
  {
    name: 'other bytes of the same length',
    route: (body) => ({ kind: 'ok', body: Buffer.from(body).fill(0x20, half(body), half(body) + 8) }),
    ends: {
      InRelease: [5, 'KP5002'],
      Packages: [5, 'KP6020'],
      deb: [5, 'KP6020'],
      APKINDEX: [5, 'KP4001'],
      apk: [5, 'KP5072'],
    },
  },
  {
    name: 'a slow drip',
    route: (body) => ({ kind: 'drip', body, chunkBytes: Math.ceil(body.length / 8), pauseMs: 300 }),
    ends: always('right'),
  },
  {
    name: 'a redirect to itself',
    route: () => ({ kind: 'redirect', to: '' }),
    ends: always([4, 'KP6014']),
  },
  {
    name: 'a redirect to a file of this machine',
    route: () => ({ kind: 'redirect', to: 'file:///etc/passwd' }),
    ends: always([4, 'KP6014']),
  },
  {
    name: 'the sign-in page of a guest network',
    route: () => ({ kind: 'html' }),
    ends: {
      InRelease: [5, 'KP6022'],
      Packages: [5, 'KP6022'],
      deb: [5, 'KP6022'],
      APKINDEX: [5, 'KP6022'],
      apk: [5, 'KP6022'],
    },
  },
  {
    name: 'the sign-in page of a guest network, once',
    route: (body) => after({ kind: 'html' }, body),
    ends: { InRelease: [5, 'KP6022'], Packages: 'right', deb: 'right', APKINDEX: [5, 'KP6022'], apk: 'right' },
  },
];

/** Far longer than two attempts and a pause for each path under which a list is looked for. */
const boundMs = 30_000;

/**
 * A build under one fault of one file. Where it fails: in bounded time, with the right codes, with the old outputs
 * untouched and whole files in the store. As soon as the network is well, the same store gives the right bytes.
 */
export async function drillNetwork(
  site: DrillSite,
  reference: Contents,
  fault: NetworkFault,
  file: DrillFile,
  network: { readonly url?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<'right'> {
  const end = fault.ends[file];
  const isSilent = fault.name.startsWith('silence');
  // Where one silence has to be survived, a busy machine must not add another one.
  const stallSeconds = end === 'right' ? '4' : '1';
  const env = { ...network.env, ...(isSilent ? { KILOPY_STALL_SECONDS: stallSeconds } : {}) };
  const place = drillPlace({ ...site, ...network }, { env });
  const out = join(place.folder, 'out');
  mkdirSync(out);
  const stale = Object.keys(reference).find((path) => path.startsWith('out/'));
  writeFileSync(join(place.folder, stale ?? ''), 'an older output');
  const before = contents(place.folder);
  for (const path of site.paths[file] ?? []) site.server.routes.set(path, fault.route(site.body(path)));
  const startedMs = Date.now();
  try {
    if (end === 'right') {
      await expectRight(place, reference);
    } else {
      const result = await build(place);
      expect(result.stderr).toContain(`error ${end[1]}: `);
      expect(result).toMatchObject({ status: end[0], stdout: '' });
      expect(contents(place.folder)).toEqual(before);
      expectWholeStore(place.store);
    }
    expectWithin(Date.now() - startedMs, boundMs);
  } finally {
    site.server.routes.clear();
  }
  if (end !== 'right') await expectRight(place, reference);
  return 'right';
}
