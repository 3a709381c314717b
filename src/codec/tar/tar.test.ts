import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { decodePath } from '../path-text.ts';
import { readTar } from './read-tar.ts';
import { readTarStream } from './read-tar-stream.ts';
import { writeTar, type TarWriteEntry } from './write-tar.ts';

const plain = { mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 1_700_000_000 } as const;

test('everything that can be written is read back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyEntry(), { maxLength: 5 }), async (entries) => {
      const bytes = await collect(writeTar(entries));
      expect(bytes.length % 512).toBe(0);
      const back = [...readTar(bytes)].map(({ header, body }) => ({ header, body: [...body] }));
      expect(back.map(({ header }) => summary(header))).toEqual(entries.map(summary));
      expect(back.map(({ body }) => body)).toEqual(entries.map(({ body }) => [...((body as Uint8Array) ?? [])]));
      const streamed: unknown[] = [];
      for await (const { header, body } of readTarStream(pieces(bytes, 100))) {
        streamed.push({ header, body: [...(await collect(body))] });
      }
      expect(streamed).toEqual(back);
    }),
    { numRuns: 150 },
  );
});

test('bodies that nobody reads are skipped', async () => {
  const bytes = await collect(writeTar([file('a', 'x'.repeat(1000)), file('b', 'second')]));
  const names: string[] = [];
  for await (const { header } of readTarStream(pieces(bytes, 333))) names.push(header.path);
  expect(names).toEqual(['a', 'b']);
});

test.each([
  ['short', 'a/b'.repeat(10), 0],
  ['split into prefix and name', `${'d'.repeat(90)}/${'f'.repeat(90)}`, 0],
  ['too long for ustar', 'd'.repeat(200), 1],
  ['not ASCII', 'münchen/日本', 0],
])('a name that is %s', async (_, path, paxHeaders) => {
  const bytes = await collect(writeTar([file(path, '')]));
  expect(bytes.length).toBe(512 * (3 + 2 * paxHeaders));
  expect([...readTar(bytes)][0]?.header.path).toBe(path);
});

test('every truncation is an error with offset, and names the entry it is in', async () => {
  const bytes = await sample();
  for (let length = 0; length < bytes.length; length++) {
    const error = failure(() => [...readTar(bytes.subarray(0, length))]);
    expect(error?.code, `cut at ${String(length)}`).toBe('KP4001');
    expect(error?.data.offset).toBeLessThanOrEqual(length + 512);
  }
  const inside = failure(() => [...readTar(bytes.subarray(0, 512 + 600), { source: 'a.tar' })]);
  expect(inside).toMatchObject({ where: 'a.tar', data: { format: 'tar', entry: 'first' } });
  expect(failure(() => [...readTar(bytes.subarray(0, 100), { source: 'a.tar' })])?.where).toBe('a.tar');
});

test('truncations of a stream are errors too', async () => {
  const bytes = await sample();
  for (let length = 0; length < bytes.length; length += 61) {
    await expect(collectEntries(bytes.subarray(0, length))).rejects.toMatchObject({ code: 'KP4001' });
  }
});

test('a flipped bit in a header never goes unnoticed, and nothing but KilopyError is thrown', async () => {
  const bytes = await sample();
  for (let bit = 0; bit < bytes.length * 8; bit += 7) {
    const damaged = Uint8Array.from(bytes);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    const code = failure(() => [...readTar(damaged)])?.code;
    // The checksum field's own blanks carry no information; bodies have no checksum.
    const mustFail = bit < 512 * 8 && (bit >> 3 < 148 || bit >> 3 >= 156);
    expect(mustFail ? ['KP4001'] : ['KP4001', 'KP4002', 'KP4003', undefined], `bit ${String(bit)}`).toContain(code);
  }
});

test('sparse files, unknown types and too many entries are refused', async () => {
  const bytes = await collect(writeTar([file('a', ''), file('b', '')]));
  expect(failure(() => [...readTar(withFlag(bytes, 'S'))])?.code).toBe('KP4002');
  expect(failure(() => [...readTar(withFlag(bytes, 'M'))])?.code).toBe('KP4002');
  expect(failure(() => [...readTar(bytes, { limits: { entries: 1, fileBytes: 9 } })])?.code).toBe('KP4003');
});

test('a file over the limit is refused before its body is read', async () => {
  const bytes = await collect(writeTar([file('big', 'x'.repeat(5000))]));
  expect(failure(() => [...readTar(bytes, { limits: { entries: 9, fileBytes: 4999 } })])?.code).toBe('KP4003');
});

test('more PAX records than any real entry has are refused', async () => {
  const xattrs = new Map(Array.from({ length: 300 }, (_, index) => [`user.${String(index)}`, Buffer.of(1)]));
  const bytes = await collect(writeTar([{ ...plain, type: 'directory', path: 'd', xattrs }]));
  expect(failure(() => [...readTar(bytes)])?.code).toBe('KP4003');
});

test('an archive without end mark is read where that is allowed', async () => {
  const bytes = (await collect(writeTar([file('a', 'x')]))).subarray(0, 1024);
  expect(failure(() => [...readTar(bytes)])?.code).toBe('KP4001');
  expect([...readTar(bytes, { endMarker: 'optional' })]).toHaveLength(1);
});

function anyEntry(): fc.Arbitrary<TarWriteEntry> {
  const name = fc
    .oneof(
      fc.string({ minLength: 1, maxLength: 300 }),
      fc.uint8Array({ minLength: 1, maxLength: 250 }).map(decodePath),
      fc
        .array(fc.string({ minLength: 1, maxLength: 80 }), { minLength: 2, maxLength: 5 })
        .map((parts) => parts.join('/')),
    )
    .map((text) => text.replaceAll('\0', '_').replace(/\/$/, '.'));
  const id = fc.oneof(fc.nat(70_000), fc.nat(4_294_967_295));
  const common = {
    path: name,
    mode: fc.nat(0o7777),
    uid: id,
    gid: id,
    mtimeSeconds: fc.oneof(fc.nat(), fc.integer({ min: -5_000_000_000, max: 50_000_000_000 })),
    xattrs: fc
      .array(
        fc.tuple(
          fc.constantFrom('user.a', 'security.capability', 'user.ö'),
          fc.uint8Array({ minLength: 1, maxLength: 150 }),
        ),
      )
      .map((pairs) => new Map(pairs)),
  };
  return fc.oneof(
    fc
      .record({ ...common, type: fc.constant('file' as const), body: fc.uint8Array({ maxLength: 1100 }) })
      .map((entry) => ({ ...entry, sizeBytes: entry.body.length })),
    fc.record({ ...common, type: fc.constantFrom('symlink' as const, 'hardlink' as const), linkTarget: name }),
    fc.record({ ...common, type: fc.constantFrom('directory' as const, 'fifo' as const) }),
    fc.record({
      ...common,
      type: fc.constantFrom('char' as const, 'block' as const),
      major: fc.nat(4095),
      minor: fc.nat(1_048_575),
    }),
  );
}

function summary(entry: TarWriteEntry): unknown {
  const { type, mode, uid, gid, mtimeSeconds } = entry;
  const path = entry.path.replace(/\/$/, '');
  const xattrs = [...(entry.xattrs ?? [])]
    .map(([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`)
    .sort();
  return {
    type,
    path,
    mode,
    uid,
    gid,
    mtimeSeconds,
    xattrs,
    linkTarget: entry.linkTarget ?? '',
    major: entry.major ?? 0,
    minor: entry.minor ?? 0,
  };
}

function file(path: string, text: string): TarWriteEntry {
  const body = Buffer.from(text);
  return { ...plain, type: 'file', path, body, sizeBytes: body.length };
}

async function sample(): Promise<Uint8Array> {
  return collect(
    writeTar([
      file('first', 'x'.repeat(700)),
      {
        ...plain,
        type: 'symlink',
        path: 'l'.repeat(150),
        linkTarget: 'first',
        xattrs: new Map([['user.a', Buffer.of(0, 1)]]),
      },
      { ...plain, type: 'directory', path: 'etc' },
    ]),
  );
}

/** Changes the type of the first entry and mends its checksum. */
function withFlag(bytes: Uint8Array, flag: string): Uint8Array {
  const changed = Buffer.from(bytes);
  changed[156] = flag.charCodeAt(0);
  changed.fill(0x20, 148, 156);
  const sum = changed.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  changed.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return changed;
}

function failure(run: () => unknown): KilopyError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof KilopyError) return error;
    throw error;
  }
}

async function collectEntries(bytes: Uint8Array): Promise<void> {
  for await (const { body } of readTarStream(pieces(bytes, 100))) await collect(body);
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

async function* pieces(bytes: Uint8Array, sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += sizeBytes) yield bytes.subarray(start, start + sizeBytes);
}
