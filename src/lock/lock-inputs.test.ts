import { expect, test } from 'vitest';
import { debianDefaults, type DebianSettings } from '../spec/bases.ts';
import type { FeedSpec, Spec } from '../spec/spec.ts';
import { targets } from '../spec/targets.ts';
import { lockKeyOf, lockSettingsOf } from './lock-inputs.ts';

const feed: FeedSpec = {
  name: 'own',
  kind: 'deb',
  url: 'https://example.org/debian',
  suite: 'stable',
  components: ['main', 'extra'],
  keys: [],
  allowUntrusted: true,
  allowExpired: false,
  where: { file: 'kilopy.yaml' },
};

function settings(changes: Partial<DebianSettings>, feeds: readonly FeedSpec[] = []): Readonly<Record<string, string>> {
  return lockSettingsOf({
    base: { name: 'debian', settings: { ...debianDefaults, ...changes } },
    feeds,
  } as Partial<Spec> as Spec);
}

test.each<[Partial<DebianSettings>, readonly FeedSpec[], Readonly<Record<string, string>>]>([
  [{}, [], { components: 'main' }],
  [{ mirror: 'https://other.example.org', keys: ['/k.asc'], allowExpired: true }, [], { components: 'main' }],
  [{ snapshot: '20260131T000000Z' }, [], { components: 'main', snapshot: '20260131T000000Z' }],
  [{ components: ['main', 'contrib'], allowUntrusted: true }, [], { components: 'main+contrib', trust: 'untrusted' }],
  [{}, [feed], { components: 'main', 'feed own': 'deb stable main+extra untrusted' }],
  [
    {},
    [{ ...feed, url: 'https://mirror.example.org', allowUntrusted: false }],
    { components: 'main', 'feed own': 'deb stable main+extra' },
  ],
])('what decides the packages, and no mirror: %j', (changes, feeds, expected) => {
  expect(settings(changes, feeds)).toEqual(expected);
});

test('the key is base, suite and target', () => {
  const spec = { base: { name: 'debian', settings: { ...debianDefaults, suite: 'sid' } } } as Partial<Spec> as Spec;
  expect(lockKeyOf(spec, targets[0]!)).toEqual({ base: 'debian', release: 'sid', target: 'linux/amd64' });
});
