import { releaseOf } from '../spec/bases.ts';
import type { Spec, TlsRoot } from '../spec/spec.ts';
import type { Target } from '../spec/targets.ts';
import type { LockKey } from './lock.ts';

/** The section that a spec and one of its targets belong to. */
export function lockKeyOf(spec: Spec, target: Target): LockKey {
  return { base: spec.base.name, release: releaseOf(spec.base), target: target.name };
}

/**
 * Settings that decide which packages are chosen. Mirrors and key files are left out: they say where bytes come from,
 * and the lock's hashes say which bytes.
 */
export function lockSettingsOf(spec: Spec, target?: Target): Readonly<Record<string, string>> {
  const pinned = pinnedRoots(spec);
  const roots = pinned.length === 0 ? {} : { roots: pinned.map(({ text }) => text).join(' ') };
  return { ...settingsOfBase(spec, target), ...roots };
}

/** Sources of root certificates whose answer the lock keeps; files are read by every build. */
export function pinnedRoots({ tls }: Pick<Spec, 'tls'>): readonly TlsRoot[] {
  return tls?.roots.filter(({ kind }) => kind !== 'file') ?? [];
}

function settingsOfBase(spec: Spec, target?: Target): Readonly<Record<string, string>> {
  const { base } = spec;
  const feeds = spec.feeds.map((feed) => [
    `feed ${feed.name}`,
    [
      ...(feed.kind === 'deb' ? [feed.kind, feed.suite, feed.components.join('+')] : [feed.kind]),
      ...(feed.allowUntrusted ? ['untrusted'] : []),
    ].join(' '),
  ]);
  if (base.name === 'image') {
    const { family } = base.settings;
    const named =
      family === undefined
        ? {}
        : { packages: `${family.name} ${releaseOf(family)}`, ...settingsOfBase({ ...spec, base: family }, target) };
    return { ...named, ...(Object.fromEntries(feeds) as Record<string, string>) };
  }
  const trust = base.settings.allowUntrusted ? [['trust', 'untrusted']] : [];
  if (base.name === 'openwrt') {
    const { board } = base.settings;
    const architecture = target?.openwrt?.[0];
    return Object.fromEntries([
      ...(architecture === undefined ? [] : [['architecture', architecture]]),
      ...(board === undefined ? [] : [['board', board]]),
      ...trust,
      ...feeds,
    ]) as Record<string, string>;
  }
  if (base.name === 'static') {
    const { snapshot, toolchain } = base.settings;
    const state = [
      ...(snapshot === undefined ? [] : [['snapshot', snapshot]]),
      // Without the folder: that is another one on other machines.
      ...(toolchain === undefined ? [] : [['toolchain', toolchain.split('/').at(-1) ?? '']]),
    ];
    return Object.fromEntries([...state, ...trust, ...feeds]) as Record<string, string>;
  }
  if (base.name !== 'debian') return Object.fromEntries([...trust, ...feeds]) as Record<string, string>;
  const { snapshot, components, updates } = base.settings;
  return Object.fromEntries([
    ['components', components.join('+')],
    ...(snapshot === undefined ? [] : [['snapshot', snapshot]]),
    ...(updates === 'available' ? [] : [['updates', updates]]),
    ...trust,
    ...feeds,
  ]) as Record<string, string>;
}
