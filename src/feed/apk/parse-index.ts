import { parseApkChecksum, type ApkChecksum } from '../../crypto/apk-checksum.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { ApkDependency, ApkPackage } from '../../solve/apk/apk-package.ts';
import { parseApkDependency } from '../../solve/apk/dependency.ts';
import type { Verified } from '../../values/verified.ts';
import { apkVersionRules } from './version.ts';

/** A package as it stands in an index, with where to get it. */
export interface ApkIndexPackage extends ApkPackage {
  /** URL of the folder that the package lies in, without a trailing slash. */
  readonly folder: string;
  /** Path below that folder. */
  readonly path: string;
  /** Of the control member (version 2) or of the database (version 3). */
  readonly checksum: ApkChecksum;
  readonly sizeBytes: number;
  /** `openwrt:abiversion=21`, and the like; an index of version 2 has none. */
  readonly tags?: readonly string[] | undefined;
}

/** Where an index comes from and for whom it is read. */
export interface ApkIndexOrigin {
  readonly feed: string;
  /** URL of the folder that its packages lie in. */
  readonly folder: string;
  /** URL of the repository, where it was named and not the index: an index of version 3 may give paths below it. Default `folder`. */
  readonly repository?: string | undefined;
  /** URL or path of the index itself, for messages. */
  readonly where: string;
  /** Packages of other architectures (but `noarch`) are kept and never installed, as apk does. */
  readonly architecture: string;
  readonly maxPackages: number;
}

/**
 * Parses the text of an APKINDEX (apk-tools 3.0.6, package.c and database.c): records of `X:value` lines with an empty
 * line between them; repeated relations add up.
 *
 * @throws KilopyError KP5070 for what is no such text or has too many packages
 */
export function parseApkIndex(text: Verified<string>, origin: ApkIndexOrigin): ApkIndexPackage[] {
  const packages: ApkIndexPackage[] = [];
  let record: IndexRecord | undefined;
  let lineNumber = 0;
  for (let start = 0; start <= text.length;) {
    let end = text.indexOf('\n', start);
    if (end === -1) end = text.length;
    lineNumber += 1;
    if (end - start >= 2) {
      if (text[start + 1] !== ':') throw unreadable(origin, lineNumber, 'a line is not a letter with a colon');
      record ??= newRecord(lineNumber);
      addField(record, text.charAt(start), text.slice(start + 2, end));
    } else if (record !== undefined) {
      packages.push(finish(record, origin));
      record = undefined;
      if (packages.length > origin.maxPackages) throw unreadable(origin, lineNumber, 'there are too many packages');
    }
    start = end + 1;
  }
  if (record !== undefined) packages.push(finish(record, origin));
  return packages;
}

interface IndexRecord {
  readonly lineNumber: number;
  readonly texts: Map<string, string>;
  readonly depends: ApkDependency[];
  readonly provides: ApkDependency[];
  readonly installIf: ApkDependency[];
  unusable: string | undefined;
  mentions: string;
}

function newRecord(lineNumber: number): IndexRecord {
  const lists = { depends: [], provides: [], installIf: [] };
  return { lineNumber, texts: new Map(), ...lists, unusable: undefined, mentions: '' };
}

const relationFields: Readonly<Record<string, 'depends' | 'provides' | 'installIf'>> = {
  D: 'depends',
  p: 'provides',
  i: 'installIf',
};

/** Fields that a solver or a download needs, and those that are only of the installed database or for people. */
const textFields: ReadonlySet<string> = new Set(['C', 'P', 'V', 'A', 'S', 'I', 'o', 'k']);
const otherFields: ReadonlySet<string> = new Set(['T', 'U', 'L', 'F', 'M', 'R', 'Z']);

function addField(record: IndexRecord, field: string, value: string): void {
  const list = relationFields[field];
  if (list !== undefined) {
    if (!record.mentions.includes(field)) record.mentions += field;
    addRelations(record, list, value);
  } else if (textFields.has(field)) {
    record.texts.set(field, value);
    if (field === 'P') record.mentions += field;
  } else if (!otherFields.has(field) && !(field >= 'a' && field <= 'z')) {
    // By apk's rule a new field in upper case changes what installing means.
    record.unusable = `its index entry has the field ${field}, which only a newer apk understands`;
  }
}

/** apk stops at the first word that it cannot take apart, and does not use a part of a list where that would be wrong. */
function addRelations(record: IndexRecord, list: 'depends' | 'provides' | 'installIf', value: string): void {
  for (const word of value.split(' ')) {
    if (word === '') continue;
    const parsed = parseApkDependency(word, apkVersionRules, false);
    if (parsed !== undefined) record[list].push(parsed);
    if (parsed !== undefined && !parsed.isBroken) continue;
    if (list === 'depends') record.unusable = `its dependency "${word}" cannot be read`;
    if (list === 'installIf') record.installIf.length = 0;
    if (parsed === undefined || list === 'installIf') return;
  }
}

function finish(record: IndexRecord, origin: ApkIndexOrigin): ApkIndexPackage {
  const text = (field: string): string => record.texts.get(field) ?? '';
  const checksum = parseApkChecksum(text('C'));
  const [name, version, architecture] = [text('P'), text('V'), text('A')];
  if (name === '' || checksum === undefined || !record.texts.has('V')) {
    throw unreadable(origin, record.lineNumber, 'an entry has no name, version or checksum');
  }
  const isForeign = architecture !== '' && architecture !== 'noarch' && architecture !== origin.architecture;
  const unusable = isForeign ? `it is for ${architecture}, not for ${origin.architecture}` : record.unusable;
  return {
    name,
    version,
    architecture,
    feed: origin.feed,
    depends: record.depends,
    provides: record.provides,
    installIf: record.installIf,
    providerPriority: numberOf(text('k')) % 2 ** 16,
    installedSizeBytes: numberOf(text('I')),
    origin: text('o'),
    identity: checksum.hex.slice(0, 40),
    unusable,
    mentions: record.mentions,
    folder: origin.folder,
    path: `${name}-${version}.apk`,
    checksum,
    sizeBytes: numberOf(text('S')),
  };
}

/** The digits that a text starts with; 0 without any. */
function numberOf(text: string): number {
  return Number(/^\d{0,15}/u.exec(text)?.[0] ?? '');
}

function unreadable({ where }: ApkIndexOrigin, lineNumber: number, why: string): KilopyError {
  return new KilopyError('KP5070', 'The index of packages cannot be read', {
    where: `${where}: line ${String(lineNumber)}`,
    why: `In it, ${why}.`,
  });
}
