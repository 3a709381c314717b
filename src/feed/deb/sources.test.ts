import { expect, test } from 'vitest';
import { createContext } from '../../io/create-context.ts';
import { debianDefaults } from '../../spec/bases.ts';
import { debFeedSettings, debIndexSources, parseSnapshot, type DebFeedSettings } from './sources.ts';

const ctx = createContext({ env: { KILOPY_DEBIAN_MIRROR: 'http://m/debian' } });

async function places(settings: DebFeedSettings): Promise<readonly string[]> {
  const sources = await debIndexSources(ctx, settings);
  return sources.map(({ archive, suite, components }) => `${archive} ${suite} ${components.join(' ')}`.trimEnd());
}

const trixie = [
  'http://m/debian trixie main',
  'http://m/debian trixie-updates main',
  'http://m/debian-security trixie-security main',
];

test.each<[DebFeedSettings, readonly string[]]>([
  [{}, trixie],
  [{ suite: 'sid' }, ['http://m/debian sid main']],
  [{ suite: 'unstable', components: ['main', 'contrib'] }, ['http://m/debian unstable main contrib']],
  [{ suite: 'trixie-backports' }, ['http://m/debian trixie-backports main']],
  [{ securityMirror: 'http://s/sec/' }, [trixie[0]!, trixie[1]!, 'http://s/sec trixie-security main']],
  [
    { mirror: 'https://x/d/' },
    ['https://x/d trixie main', 'https://x/d trixie-updates main', 'https://x/d-security trixie-security main'],
  ],
  [{ mirror: 'https://x/d', isDebian: false }, ['https://x/d trixie main']],
  [{ mirror: 'https://x/d', suite: './', isDebian: false }, ['https://x/d ./']],
  [
    { snapshot: '20250520', suite: 'bookworm' },
    [
      'https://snapshot.debian.org/archive/debian/20250520T000000Z bookworm main',
      'https://snapshot.debian.org/archive/debian/20250520T000000Z bookworm-updates main',
      'https://snapshot.debian.org/archive/debian-security/20250520T000000Z bookworm-security main',
    ],
  ],
])('sources of %j', async (settings, expected) => {
  expect(await places(settings)).toEqual(expected);
});

test.each<DebFeedSettings>([
  { suite: '' },
  { suite: '../trixie' },
  { suite: 'tri xie' },
  { components: [] },
  { components: ['../x'] },
  { mirror: 'ftp://x/debian' },
  { mirror: 'debian' },
  { securityMirror: 'file:///x' },
  { snapshot: '2025-05-20' },
  { snapshot: '20250231' },
  { snapshot: '20250520T250000Z' },
  { snapshot: '20250520', mirror: 'http://x/debian' },
])('refuses %j', async (settings) => {
  await expect(debIndexSources(ctx, settings)).rejects.toThrow(expect.objectContaining({ code: 'KP5058' }));
});

test.each(['KILOPY_DEBIAN_MIRROR', 'KILOPY_DEBIAN_SECURITY_MIRROR'])('refuses %s when it is no URL', async (name) => {
  const odd = createContext({ env: { KILOPY_DEBIAN_MIRROR: 'http://m/debian', [name]: 'somewhere' } });
  await expect(debIndexSources(odd, {})).rejects.toThrow(expect.objectContaining({ code: 'KP5058' }));
});

test('a dated state is judged at its date', async () => {
  const [source] = await debIndexSources(ctx, { snapshot: '20250520T120000Z' });
  expect(source?.judgedAtMs).toBe(Date.UTC(2025, 4, 20, 12));
  expect(parseSnapshot('20240229')).toEqual({ stamp: '20240229T000000Z', ms: Date.UTC(2024, 1, 29) });
});

async function first(settings: DebFeedSettings = {}): Promise<unknown> {
  const [source] = await debIndexSources(ctx, settings);
  return [source?.feed, source?.keys, source?.debianKeys];
}

test("only Debian, and feeds without keys of their own, may be signed with Debian's keys", async () => {
  const trust = { keys: ['/own.asc'], allowUntrusted: false, allowExpired: false };
  const feed = {
    name: 'own',
    kind: 'deb',
    url: 'http://own/debian',
    suite: 'trixie',
    components: ['main'],
    where: { file: 'x' },
  } as const;
  const [debian, own, other] = debFeedSettings({ ...debianDefaults, keys: ['/own.asc'] }, [
    { ...feed, ...trust },
    { ...feed, ...trust, name: 'other', keys: [] },
  ]);
  expect(await first(debian)).toEqual(['debian', ['/own.asc'], true]);
  expect(await first(own)).toEqual(['own', ['/own.asc'], false]);
  expect(await first(other)).toEqual(['other', [], true]);
  expect(await places(own ?? {})).toEqual(['http://own/debian trixie main']);
});
