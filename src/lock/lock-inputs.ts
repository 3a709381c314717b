import type { Spec } from '../spec/spec.ts';
import type { Target } from '../spec/targets.ts';
import type { LockKey } from './lock.ts';

/** The section that a spec and one of its targets belong to. */
export function lockKeyOf(spec: Spec, target: Target): LockKey {
  return { base: spec.base.name, release: spec.base.settings.suite, target: target.name };
}

/**
 * Settings that decide which packages are chosen. Mirrors and key files are left out: they say where bytes come from,
 * and the lock's hashes say which bytes.
 */
export function lockSettingsOf(spec: Spec): Readonly<Record<string, string>> {
  const { snapshot, components, updates, allowUntrusted } = spec.base.settings;
  const feeds = spec.feeds.map((feed) => [
    `feed ${feed.name}`,
    [feed.kind, feed.suite, feed.components.join('+'), ...(feed.allowUntrusted ? ['untrusted'] : [])].join(' '),
  ]);
  return Object.fromEntries([
    ['components', components.join('+')],
    ...(snapshot === undefined ? [] : [['snapshot', snapshot]]),
    ...(updates === 'available' ? [] : [['updates', updates]]),
    ...(allowUntrusted ? [['trust', 'untrusted']] : []),
    ...feeds,
  ]) as Record<string, string>;
}
