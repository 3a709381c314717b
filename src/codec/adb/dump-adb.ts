import { decodePath } from '../path-text.ts';
import { databaseHeader, dataHeaderBytes } from './adb-format.ts';
import { dependencyText } from './adb-dependency.ts';
import { adbRoots, type AdbKind } from './adb-schema.ts';
import {
  bigIntOf,
  blobOf,
  itemsOf,
  nullWord,
  rootWord,
  slotsOf,
  viewAdb,
  type AdbView,
  type AdbWord,
} from './adb-view.ts';
import { describeUnknown } from './describe-unknown.ts';
import type { AdbFile, AdbSignature } from './read-adb.ts';
import { yamlText } from './yaml-text.ts';

/** What a reader says of a signature: apk's own words. */
export type SignatureWord = 'OK' | 'UNTRUSTED signature';

/**
 * Prints an ADB file as `apk adbdump` does, line by line without newlines; the lines are text of `decodePath`. Fields
 * that apk-tools 3.0.6 does not know, which it leaves out, stand as comments.
 *
 * @param judge what to say of each signature
 * @throws KP4001 and KP4003, at the latest when the data blocks are read
 */
export async function* dumpAdb(
  file: AdbFile,
  judge: (signature: AdbSignature) => SignatureWord,
): AsyncGenerator<string> {
  const { schema, database } = file;
  yield `#%SCHEMA: ${schema.toString(16).toUpperCase().padStart(8, '0')}`;
  const versions = `compat: ${String(database[databaseHeader.compatAt])}, ver: ${String(database[databaseHeader.versionAt])}`;
  yield `# ADB block, size: ${String(database.length)}, ${versions}`;
  const view = viewAdb(database);
  const root = adbRoots.get(schema);
  if (root?.kind === 'object') yield* dumpFields(view, root.fields, rootWord(view), '');
  for (const signature of file.signatures) yield signatureLine(signature, judge(signature));
  for await (const { sizeBytes } of file.data) yield `# data block, size: ${String(sizeBytes + dataHeaderBytes)}`;
}

/** Bytes of a line after which apk cuts the signature. */
const signatureLineBytes = 160;

function signatureLine({ version, hash, bytes }: AdbSignature, word: SignatureWord): string {
  const head = `sig v${hexByte(version)} h${hexByte(hash)} `;
  const most = Math.ceil((signatureLineBytes - head.length - 40) / 2);
  const rest = Buffer.from(bytes.subarray(2));
  const cut = rest.length >= most ? `${rest.toString('hex', 0, most)}..` : rest.toString('hex');
  return `# ${head}${cut}: ${word}`;
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, '0');
}

const emptyObject = '# empty object';

type ObjectKind = Extract<AdbKind, { kind: 'object' }>;

function* dumpFields(
  view: AdbView,
  fields: ObjectKind['fields'],
  word: AdbWord,
  indent: string,
): Generator<string, void> {
  const slots = slotsOf(view, word);
  let empty = true;
  for (const [number, value] of slots.entries()) {
    if (number === 0 || value === nullWord) continue;
    empty = false;
    const field = fields[number - 1];
    if (field === undefined) yield `${indent}# field ${String(number)}: ${describeUnknown(view, value)}`;
    else yield* dumpField(view, field.name, field.type, value, indent);
  }
  if (empty) yield `${indent}${emptyObject}`;
}

function* dumpField(
  view: AdbView,
  name: string,
  type: AdbKind,
  word: AdbWord,
  indent: string,
): Generator<string, void> {
  if (type.kind === 'object') {
    const [first = '', ...more] = dumpFields(view, type.fields, word, `${indent}  `);
    if (first.trimStart() === emptyObject) yield `${indent}${name}: ${emptyObject}`;
    else yield* [`${indent}${name}:`, first, ...more];
  } else if (type.kind === 'array') {
    const items = itemsOf(view, word);
    yield `${indent}${name}: # ${String(items.length)} items`;
    for (const item of items) if (item !== nullWord) yield* dumpItem(view, type.item, item, `${indent}  `);
  } else {
    yield* scalarLines(view, type, word, `${indent}${name}: `, `${indent}  `);
  }
}

function* dumpItem(view: AdbView, type: AdbKind, word: AdbWord, indent: string): Generator<string, void> {
  if (type.kind === 'object') {
    let lead = `${indent}- `;
    for (const line of dumpFields(view, type.fields, word, `${indent}  `)) {
      yield lead + line.slice(lead.length);
      lead = `${indent}  `;
    }
  } else if (type.kind !== 'array') {
    yield* scalarLines(view, type, word, `${indent}- `, `${indent}  `);
  }
}

function* scalarLines(
  view: AdbView,
  type: AdbKind,
  word: AdbWord,
  lead: string,
  indent: string,
): Generator<string, void> {
  const [first, ...more] = scalarText(view, type, word);
  yield `${lead}${first ?? ''}`;
  for (const line of more) yield `${indent}${line}`;
}

/** apk renders into buffers of 256 bytes, and says only the size of what does not fit. */
const longestHex = 128;
const longestText = 256;

function scalarText(view: AdbView, type: AdbKind, word: AdbWord): readonly string[] {
  switch (type.kind) {
    case 'int':
      return [String(bigIntOf(view, word) ?? 0n)];
    case 'octal': {
      const digits = (bigIntOf(view, word) ?? 0n).toString(8);
      return [digits === '0' ? '0' : `0${digits}`];
    }
    case 'hex': {
      const bytes = blobOf(view, word) ?? Buffer.alloc(0);
      return yamlText(bytes.length <= longestHex ? bytes.toString('hex') : `(${String(bytes.length)} bytes)`, false);
    }
    case 'xattr':
      return yamlText(xattrText(blobOf(view, word) ?? Buffer.alloc(0)), false);
    case 'dependency':
      return yamlText(dependencyText(view, word), false);
    case 'text':
    case 'script':
      return yamlText(decodePath(blobOf(view, word) ?? Buffer.alloc(0)), type.kind === 'script');
    default:
      return [];
  }
}

/** Name and value with a zero byte between them. */
function xattrText(bytes: Buffer): string {
  const cut = bytes.indexOf(0);
  if (cut === -1) return '';
  const name = decodePath(bytes.subarray(0, cut));
  const value = bytes.subarray(cut + 1);
  const fits = cut + 1 + 2 * value.length <= longestText;
  return fits ? `${name}=${value.toString('hex')}` : `${name}=(${String(value.length)} bytes)`;
}
