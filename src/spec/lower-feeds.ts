import { resolve } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import { bases, releaseOf, usesApk, type Base } from './bases.ts';
import { checkUrl } from './check-url.ts';
import type { Faults } from './faults.ts';
import type { DraftFeed, FrontEnd } from './front-end.ts';
import type { FeedSpec } from './spec.ts';

/** Each base has one package manager; OpenWrt has changed from opkg to apk with 25.12. */
export function feedKindOf(base: Base): FeedSpec['kind'] {
  if (base.name === 'image') return base.settings.family === undefined ? 'deb' : feedKindOf(base.settings.family);
  if (base.name === 'debian') return 'deb';
  return base.name === 'openwrt' && !usesApk(base.settings.release) ? 'opkg' : 'apk';
}

/** Feeds beside those of the base. Their names stand in the lock, so each is there once and none is a base's. */
export function lowerFeeds(
  drafts: readonly DraftFeed[],
  front: FrontEnd,
  folder: string,
  base: Base,
  faults: Faults,
): readonly FeedSpec[] {
  const own = feedKindOf(base);
  // Which package manager an image has is known when it has been read.
  const isOpen = base.name === 'image' && base.settings.family === undefined;
  const taken = new Set<string>(['image', ...bases.map(({ name }) => name)]);
  return drafts.flatMap((draft, index) => {
    const where = front.locate(['feeds', index]);
    const kind = isOpen ? (draft.kind ?? own) : own;
    if (draft.kind !== undefined && draft.kind !== kind) {
      faults.add(
        new KilopyError('KP2007', `feeds of the kind ${draft.kind} do not go with the base ${base.name}`, {
          where: front.locate(['feeds', index, 'kind']),
          why: `packages of one image come from one package manager, and ${base.name} has ${kind}`,
          fix: `use a repository of the kind ${kind}`,
        }),
      );
      return [];
    }
    if (taken.has(draft.name) || !/^[a-z0-9][a-z0-9._-]*$/i.test(draft.name)) {
      faults.add(
        new KilopyError(
          'KP2003',
          `a feed cannot be called "${draft.name}"${taken.has(draft.name) ? ': the name is taken' : ''}`,
          {
            where: front.locate(['feeds', index, 'name']),
            fix: 'write a name of its own, of letters, digits, ".", "_" and "-"',
          },
        ),
      );
    }
    taken.add(draft.name);
    return [
      {
        name: draft.name,
        kind,
        url: faults.attempt(() => checkUrl(draft.url, front.locate(['feeds', index, 'url'])), draft.url),
        suite: draft.suite ?? releaseOf(base),
        components: draft.components ?? ['main'],
        keys: (draft.keys ?? []).map((path) => resolve(folder, path)),
        allowUntrusted: draft.allowUntrusted ?? false,
        allowExpired: draft.allowExpired ?? false,
        where,
      },
    ];
  });
}
