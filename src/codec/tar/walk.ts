import { archiveError, limitError, withSource } from '../archive-error.ts';
import { decodePath } from '../path-text.ts';
import { applyRecords, type GnuNames } from './apply-records.ts';
import { blockBytes, isZeroBlock } from './fields.ts';
import { parsePaxRecords } from './pax.ts';
import { paddedBytes, type RawHeader, readRawHeader } from './raw-header.ts';
import type { PaxRecords, TarHeader, TarLimits, TarOptions } from './tar-header.ts';

/** What the walk asks of its driver: bytes (answered with fewer only at the end), or to hand out an entry and skip its body. */
export type Demand =
  | { readonly kind: 'read'; readonly sizeBytes: number }
  | { readonly kind: 'entry'; readonly header: TarHeader; readonly pax: PaxRecords };

/** Names and records that stand in front of an entry. Far above any real one (Go's reader has the same bound). */
const recordBytes = 2 ** 20;
/** Global records count for every entry, so their number multiplies the work. */
const recordCount = 256;

const defaultTarLimits: TarLimits = { fileBytes: 2 * 2 ** 30, entries: 1_000_000 };

/**
 * The order of blocks in a tar archive, without saying where bytes come from: `readTar` drives it over a buffer,
 * `readTarStream` over a stream.
 */
export function* walkTar(options: TarOptions): Generator<Demand, void, Uint8Array> {
  try {
    yield* walkBlocks(options);
  } catch (error) {
    throw withSource(error, options.source);
  }
}

function* walkBlocks(options: TarOptions): Generator<Demand, void, Uint8Array> {
  const limits = options.limits ?? defaultTarLimits;
  let globals: PaxRecords = new Map();
  let locals: PaxRecords = new Map();
  let gnu: GnuNames = {};
  let pending = false;
  let entries = 0;
  let offset = 0;
  for (;;) {
    const block = yield { kind: 'read', sizeBytes: blockBytes };
    if (block.length < blockBytes || isZeroBlock(block)) {
      if (pending)
        throw archiveError('tar', offset, undefined, 'the archive ends between the records of an entry and the entry');
      yield* expectEnd(block, offset, options);
      return;
    }
    const raw = readRawHeader(block, offset);
    const start = offset;
    offset += blockBytes;
    if ('gxXLK'.includes(raw.flag)) {
      const body = yield* readRecord(raw, offset);
      offset += paddedBytes(raw.sizeBytes);
      const entry = decodePath(raw.path);
      pending = raw.flag !== 'g';
      if (raw.flag === 'g') globals = mergeRecords(globals, parsePaxRecords(body, start, entry), start);
      else if (raw.flag === 'L') gnu = { ...gnu, path: untilNul(body) };
      else if (raw.flag === 'K') gnu = { ...gnu, linkTarget: untilNul(body) };
      else locals = parsePaxRecords(body, start, entry);
      continue;
    }
    if (raw.flag === 'V') continue;
    const pax = mergeRecords(globals, locals, start);
    const header = applyRecords(raw, gnu, pax, start);
    entries += 1;
    if (entries > limits.entries) {
      throw limitError('tar', start, header.path, `the archive has more than ${String(limits.entries)} entries`);
    }
    if (header.sizeBytes > limits.fileBytes) {
      throw limitError(
        'tar',
        start,
        header.path,
        `an entry has ${String(header.sizeBytes)} bytes, more than ${String(limits.fileBytes)}`,
      );
    }
    yield { kind: 'entry', header, pax };
    offset += paddedBytes(header.sizeBytes);
    locals = new Map();
    gnu = {};
    pending = false;
  }
}

/** Message for a body that ends early; the drivers see it first. */
export function bodyCutShort(header: TarHeader, source: string | undefined): unknown {
  return withSource(
    archiveError('tar', header.offset + blockBytes, header.path, 'the archive ends inside an entry'),
    source,
  );
}

function* readRecord(raw: RawHeader, offset: number): Generator<Demand, Uint8Array, Uint8Array> {
  const entry = decodePath(raw.path);
  if (raw.sizeBytes > recordBytes) {
    throw limitError('tar', offset, entry, `a name or PAX record has more than ${String(recordBytes)} bytes`);
  }
  const padded = yield { kind: 'read', sizeBytes: paddedBytes(raw.sizeBytes) };
  if (padded.length < paddedBytes(raw.sizeBytes))
    throw archiveError('tar', offset, entry, 'the archive ends inside a record');
  return padded.subarray(0, raw.sizeBytes);
}

function* expectEnd(block: Uint8Array, offset: number, options: TarOptions): Generator<Demand, void, Uint8Array> {
  if (block.length === 0 && options.endMarker === 'optional') return;
  if (block.length < blockBytes) {
    throw archiveError('tar', offset, undefined, 'the archive is cut short: its end mark is missing');
  }
  const second = yield { kind: 'read', sizeBytes: blockBytes };
  const alone = second.length === 0 && options.endMarker === 'optional';
  if (!alone && (second.length < blockBytes || !isZeroBlock(second))) {
    throw archiveError('tar', offset + blockBytes, undefined, 'the end mark of the archive is not whole');
  }
}

/** An empty value takes a keyword away (pax(1)). */
function mergeRecords(below: PaxRecords, above: PaxRecords, offset: number): PaxRecords {
  if (above.size === 0) return below;
  const merged = new Map(below);
  for (const [keyword, value] of above) {
    if (value.length === 0) merged.delete(keyword);
    else merged.set(keyword, value);
  }
  if (merged.size > recordCount) {
    throw limitError('tar', offset, undefined, `an entry has more than ${String(recordCount)} PAX records`);
  }
  return merged;
}

function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end === -1 ? bytes : bytes.subarray(0, end);
}
