import { resolve } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { SourceLocation } from '../values/source-location.ts';
import {
  alpineDefaults,
  bases,
  debianDefaults,
  defaultBase,
  findBase,
  imageRow,
  openwrtDefaults,
  staticDefaults,
  wolfiDefaults,
  type ApkBaseSettings,
  type Base,
  type BaseName,
  type BaseRow,
  type DebianSettings,
  type ImageSettings,
  type OpenwrtSettings,
  type StaticSettings,
  type PackageFamily,
} from './bases.ts';
import { checkUrl } from './check-url.ts';
import type { Faults } from './faults.ts';
import type { Draft, DraftBaseSettings, FrontEnd } from './front-end.ts';
import { checkOpenwrtRelease } from './openwrt/releases.ts';

export interface LoweredBase {
  readonly base: Base;
  readonly row: BaseRow;
  /** False when the base asked for was refused and `base` only stands in, so that further checks make no sense. */
  readonly known: boolean;
}

/** The base of the last front end that names one; settings of earlier front ends for the same base stay in force. */
export function lowerBase(fronts: readonly FrontEnd[], folder: string, faults: Faults): LoweredBase {
  const front = fronts.findLast(({ value }) => value.base !== undefined);
  const image = front === undefined ? undefined : imageDraft(front);
  if (front !== undefined && image !== undefined) return lowerImage(front, image, folder, faults);
  const name = front === undefined ? defaultBase : faults.attempt(() => chooseBase(front), undefined);
  const row = bases.find((candidate) => candidate.name === (name ?? defaultBase));
  if (row === undefined) throw new TypeError(`no row for the base ${defaultBase}`);
  const settings = Object.assign(
    {},
    ...fronts.map((each) => settingsFor(name ?? defaultBase, each.value.base)),
  ) as DraftBaseSettings;
  const locate = (setting: string): SourceLocation | undefined =>
    fronts
      .findLast(
        ({ value }) => settingsFor(name ?? defaultBase, value.base)[setting as keyof DraftBaseSettings] !== undefined,
      )
      ?.locate(['base', row.name, setting]);
  const where = front?.locate(['base']);
  return {
    base: { ...completeBase(name ?? defaultBase, settings, folder, locate, faults), where },
    row,
    known: name !== undefined,
  };
}

interface ImageDraft {
  readonly text: string;
  readonly flatten: boolean;
  readonly plainHttp: boolean;
  /** Name of the base that its packages come from. */
  readonly family: string | undefined;
}

const besideImage: ReadonlySet<string> = new Set(['image', 'flatten', 'plainHttp']);

/** What stands beside `image:`, where that is the base that is named. */
function imageDraft({ value: { base } }: FrontEnd): ImageDraft | undefined {
  if (typeof base === 'string') {
    const text = /^image:(.*)$/su.exec(base)?.[1];
    return text === undefined ? undefined : { text, flatten: false, plainHttp: false, family: undefined };
  }
  if (base?.image === undefined) return undefined;
  const families = Object.keys(base).filter((key) => !besideImage.has(key));
  if (families.length > 1) return undefined;
  const { image: text, flatten = false, plainHttp = false } = base;
  return { text, flatten, plainHttp, family: families[0] };
}

const familyNames: readonly string[] = [
  'debian',
  'alpine',
  'wolfi',
  'openwrt',
] satisfies readonly PackageFamily['name'][];

/** A path on this machine: one that says so, or one with the ending of an archive. Everything else is a reference. */
function lowerImage(front: FrontEnd, draft: ImageDraft, folder: string, faults: Faults): LoweredBase {
  const { text, flatten, plainHttp, family } = draft;
  const where = front.locate(typeof front.value.base === 'string' ? ['base'] : ['base', 'image']);
  const isPath = /^[./~]|\.(?:tar|tgz|tar\.\w+)$/u.test(text);
  if (!isPath && (text.trim() === '' || /\s/u.test(text)))
    faults.add(new KilopyError('KP2003', `"${text}" names no image`, { where, fix: 'write a reference or a path' }));
  const settings: ImageSettings = {
    from: isPath ? 'path' : 'registry',
    path: isPath ? resolve(folder, text) : text,
    shown: text,
    flatten,
    plainHttp,
    family: family === undefined ? undefined : lowerFamily(front, family, folder, faults),
    keys: [],
    allowUntrusted: true,
  };
  return { base: { name: 'image', settings, where }, row: imageRow, known: true };
}

/** `{image: REF, debian: {suite: trixie}}`: where packages for the image come from. */
function lowerFamily(front: FrontEnd, name: string, folder: string, faults: Faults): PackageFamily | undefined {
  const locate: Locate = (setting) => front.locate(['base', name, setting]);
  if (familyNames.includes(name)) {
    const family = name as PackageFamily['name'];
    const where = front.locate(['base', name], 'key');
    const base = completeBase(family, settingsFor(family, front.value.base), folder, locate, faults);
    return { ...base, where } as PackageFamily;
  }
  faults.add(
    new KilopyError('KP2011', `packages for an image do not come from ${name}`, {
      where: front.locate(['base', name], 'key'),
      fix: `name one of ${familyNames.join(', ')}, or none: the image itself says which`,
    }),
  );
  return undefined;
}

type Locate = (setting: string) => SourceLocation | undefined;

function completeBase(name: BaseName, draft: DraftBaseSettings, folder: string, locate: Locate, faults: Faults): Base {
  if (name === 'alpine') return { name, settings: apkSettings(draft, alpineDefaults, folder, locate, faults) };
  if (name === 'wolfi') return { name, settings: apkSettings(draft, wolfiDefaults, folder, locate, faults) };
  if (name === 'static') return { name, settings: staticSettings(draft, folder, locate, faults) };
  if (name === 'openwrt') return { name, settings: openwrtSettings(draft, folder, locate, faults) };
  return { name: 'debian', settings: debianSettings(draft, folder, locate, faults) };
}

function staticSettings(
  { variant, snapshot, toolchain }: DraftBaseSettings,
  folder: string,
  locate: Locate,
  faults: Faults,
): StaticSettings {
  const settings = {
    ...staticDefaults,
    variant: variant ?? staticDefaults.variant,
    ...(toolchain === undefined ? {} : { toolchain: toolchain.includes('/') ? resolve(folder, toolchain) : toolchain }),
  };
  if (snapshot === undefined) return settings;
  const moment = faults.attempt(() => checkSnapshot(snapshot, locate('snapshot')), undefined);
  return { ...settings, snapshot: moment };
}

function apkSettings(
  draft: DraftBaseSettings,
  defaults: ApkBaseSettings,
  folder: string,
  locate: Locate,
  faults: Faults,
): ApkBaseSettings {
  const { mirror } = draft;
  return {
    release: faults.attempt(() => checkRelease(draft.release ?? defaults.release, locate('release')), defaults.release),
    mirror: mirror === undefined ? undefined : faults.attempt(() => checkUrl(mirror, locate('mirror')), undefined),
    database: draft.database ?? defaults.database,
    keys: (draft.keys ?? []).map((path) => resolve(folder, path)),
    allowUntrusted: draft.allowUntrusted ?? defaults.allowUntrusted,
  };
}

function openwrtSettings(draft: DraftBaseSettings, folder: string, locate: Locate, faults: Faults): OpenwrtSettings {
  const { mirror, board } = draft;
  const release = draft.release ?? openwrtDefaults.release;
  return {
    release: faults.attempt(() => checkOpenwrtRelease(release, locate('release')), openwrtDefaults.release),
    mirror: mirror === undefined ? undefined : faults.attempt(() => checkUrl(mirror, locate('mirror')), undefined),
    board: board === undefined ? undefined : faults.attempt(() => checkBoard(board, locate('board')), undefined),
    keys: (draft.keys ?? []).map((path) => resolve(folder, path)),
    allowUntrusted: draft.allowUntrusted ?? openwrtDefaults.allowUntrusted,
  };
}

function checkBoard(text: string, where: SourceLocation | undefined): string {
  if (/^[a-z0-9_]+\/[a-z0-9_-]+$/u.test(text)) return text;
  throw new KilopyError('KP2003', `"${text}" is no target of OpenWrt`, {
    where,
    fix: 'write ramips/mt76x8, or the like',
  });
}

/** The name that a front end gives. Throws KP2006, KP2007 or KP2011. */
function chooseBase(front: FrontEnd): BaseName {
  const { base } = front.value;
  const where = front.locate(['base']);
  if (base === undefined) return defaultBase;
  const names = typeof base === 'string' ? [base] : Object.keys(base);
  const [name, second] = names;
  if (name === undefined) throw new KilopyError('KP2006', 'base is empty', { where });
  if (second !== undefined) {
    throw new KilopyError('KP2011', `base names ${names.join(' and ')}; an image has one base`, {
      where: front.locate(['base', second], 'key'),
    });
  }
  const row = findBase(name, where);
  if (!row.available) {
    throw new KilopyError('KP2007', `the base ${row.name} is not in this version of kilopy`, {
      where,
      why: `it will be: ${row.description}`,
      fix: `use base: ${bases
        .filter(({ available }) => available)
        .map((known) => known.name)
        .join(' or ')}`,
      data: { base: name },
    });
  }
  return name as BaseName;
}

function settingsFor(name: BaseName, base: Draft['base']): DraftBaseSettings {
  return typeof base === 'object' ? (base[name] ?? {}) : {};
}

function debianSettings(draft: DraftBaseSettings, folder: string, locate: Locate, faults: Faults): DebianSettings {
  const url = (setting: 'mirror' | 'securityMirror'): string | undefined => {
    const text = draft[setting];
    return text === undefined ? undefined : faults.attempt(() => checkUrl(text, locate(setting)), undefined);
  };
  const { snapshot } = draft;
  return {
    suite: faults.attempt(() => checkSuite(draft.suite ?? debianDefaults.suite, locate('suite')), debianDefaults.suite),
    mirror: url('mirror'),
    securityMirror: url('securityMirror'),
    snapshot:
      snapshot === undefined ? undefined : faults.attempt(() => checkSnapshot(snapshot, locate('snapshot')), undefined),
    components: draft.components ?? debianDefaults.components,
    updates: draft.updates ?? debianDefaults.updates,
    keys: (draft.keys ?? []).map((path) => resolve(folder, path)),
    allowUntrusted: draft.allowUntrusted ?? debianDefaults.allowUntrusted,
    allowExpired: draft.allowExpired ?? debianDefaults.allowExpired,
  };
}

function checkSuite(suite: string, where: SourceLocation | undefined): string {
  if (/^[a-z0-9][a-z0-9.+_/-]*$/i.test(suite) && !suite.includes('..')) return suite;
  throw new KilopyError('KP2003', `"${suite}" cannot be a suite`, { where, fix: 'write a code name, such as trixie' });
}

/** `v3.24`, `3.24`, `edge`, `latest-stable`. */
function checkRelease(text: string, where: SourceLocation | undefined): string {
  if (/^\d+\.\d+$/.test(text)) return `v${text}`;
  if (/^(?:v\d+\.\d+|edge|latest-stable|rolling)$/.test(text)) return text;
  const fix = 'write a branch, such as v3.24, or edge';
  throw new KilopyError('KP2003', `"${text}" is no release`, { where, fix });
}

/** `2026-01-31`, `20260131`, `20260131T120000Z` or `2026-01-31T12:00:00Z` as snapshot.debian.org writes it. */
function checkSnapshot(text: string, where: SourceLocation | undefined): string {
  const match = /^(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d):?(\d\d)Z)?$/.exec(text);
  const [year, month, day, hour = '00', minute = '00', second = '00'] = match?.slice(1) ?? [];
  const iso = `${String(year)}-${String(month)}-${String(day)}T${hour}:${minute}:${second}.000Z`;
  const moment = new Date(iso);
  if (match !== null && !Number.isNaN(moment.getTime()) && moment.toISOString() === iso) {
    return `${String(year)}${String(month)}${String(day)}T${hour}${minute}${second}Z`;
  }
  throw new KilopyError('KP2003', `"${text}" is no date`, {
    where,
    fix: 'write 2026-01-31, or 20260131T120000Z for a time of day in UTC',
  });
}
