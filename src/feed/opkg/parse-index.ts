import { parseOpkgControl } from '../../codec/opkg-control.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { parseOpkgDependencies, parseOpkgNames } from '../../solve/opkg/dependency.ts';
import type { OpkgDependency, OpkgPackage } from '../../solve/opkg/opkg-package.ts';
import type { Verified } from '../../values/verified.ts';

/** A package as it stands in an index, with where to get it. */
export interface OpkgIndexPackage extends OpkgPackage {
  /** URL of the folder that the index lies in, without a trailing slash. */
  readonly folder: string;
  /** Path below the folder. */
  readonly filename: string;
  /** 64 hexadecimal digits; empty when the index does not say. */
  readonly sha256: string;
  /** -1 when the index does not say. */
  readonly sizeBytes: number;
  /** Of the packed content in old indexes, of the unpacked in new ones. */
  readonly installedBytes: number;
  readonly description: string;
  readonly section: string;
}

export interface OpkgIndexOrigin {
  readonly feed: string;
  readonly folder: string;
  readonly where: string;
  readonly maxPackages: number;
}

/** The packages of a verified index. Throws KP5102. */
export function parseOpkgIndex(text: Verified<string>, origin: OpkgIndexOrigin): readonly OpkgIndexPackage[] {
  const paragraphs = parseOpkgControl(text);
  if (paragraphs.length === 0 && text.trim() !== '') throw unreadable(origin.where, 'It has no package.');
  if (paragraphs.length > origin.maxPackages) {
    throw unreadable(
      origin.where,
      `It has ${String(paragraphs.length)} packages; ${String(origin.maxPackages)} are allowed.`,
    );
  }
  return paragraphs.map((paragraph) => opkgPackage(paragraph, origin, false));
}

/** A paragraph of an index, or the control file of a package that is given as a file. Throws KP5102. */
export function opkgPackage(
  fields: ReadonlyMap<string, string>,
  origin: Pick<OpkgIndexOrigin, 'feed' | 'folder' | 'where'>,
  isByHand: boolean,
): OpkgIndexPackage {
  const text = (field: string): string => fields.get(field) ?? '';
  const [name, version, architecture] = ['package', 'version', 'architecture'].map(text) as [string, string, string];
  if (!/^[\w.+~@-]+$/u.test(name) || version === '' || architecture === '') {
    throw unreadable(
      origin.where,
      `The entry of ${JSON.stringify(name.slice(0, 80))} has no name, version or architecture.`,
    );
  }
  const { depends, conflicts, sequence } = relationsOf(fields);
  return {
    name,
    version,
    architecture,
    feed: origin.feed,
    depends,
    provides: parseOpkgNames(text('provides')).filter((one) => one !== name),
    conflicts,
    replaces: parseOpkgNames(text('replaces')),
    isHeld: /^\S+\s+(?:\w+,)*(?:hold|prefer)/u.test(text('status')),
    sequence,
    isEssential: text('essential') === 'yes',
    isByHand,
    abiVersion: fields.get('abiversion'),
    folder: origin.folder,
    filename: text('filename').replace(/^\.\//u, ''),
    sha256: text('sha256sum').toLowerCase(),
    sizeBytes: number(text('size')),
    installedBytes: Math.max(0, number(text('installed-size'))),
    description: text('description'),
    section: text('section'),
  };
}

/** In the order of the record, as opkg takes them. */
function relationsOf(
  fields: ReadonlyMap<string, string>,
): Required<Pick<OpkgPackage, 'depends' | 'conflicts' | 'sequence'>> {
  const depends: OpkgDependency[] = [];
  const conflicts: OpkgDependency[] = [];
  let sequence = '';
  for (const [field, text] of fields) {
    const kind = dependencyFields.get(field);
    if (kind !== undefined) {
      const items = parseOpkgDependencies(text, kind);
      depends.push(...items);
      sequence += 'd'.repeat(items.length);
    } else if (field === 'conflicts') {
      conflicts.push(...parseOpkgDependencies(text));
      sequence += 'c'.repeat(conflicts.length);
    } else if (field === 'provides') sequence += 'P';
    else if (field === 'replaces') sequence += 'R';
  }
  return { depends, conflicts, sequence };
}

const dependencyFields = new Map([
  ['pre-depends', 'depends'],
  ['depends', 'depends'],
  ['recommends', 'recommends'],
  ['suggests', 'suggests'],
] as const) as ReadonlyMap<string, 'depends' | 'recommends' | 'suggests'>;

function number(text: string): number {
  return /^\d{1,15}$/u.test(text) ? Number(text) : -1;
}

function unreadable(where: string, why: string): KilopyError {
  return new KilopyError('KP5102', `${where} is no index of opkg`, { where, why });
}
