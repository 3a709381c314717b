import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { emitOutputs } from '../../src/emit/registry.ts';
import { squashfsFile } from '../../src/emit/squashfs.ts';
import { createContext } from '../../src/io/create-context.ts';
import type { Node } from '../../src/tree/node.ts';
import type { KilopyEvent } from '../../src/values/events.ts';
import { scratch } from '../support/cli.ts';
import { memoryBlobs } from '../support/memory-blobs.ts';
import { differencesOf, readBack } from '../support/read-back.ts';
import { syntheticImage } from '../support/synthetic-image.ts';

/** Extended attributes in outputs: kept, refused or mentioned, and never left out in silence. */

const origin = { kind: 'pass', pass: 'test' } as const;
const common = { mode: 0o755, uid: 0, gid: 0, mtimeSeconds: 1_700_000_000, origin };
const root: Node = { ...common, type: 'directory', path: '' };

function treeWith(name: string): Map<string, Node> {
  const xattrs = new Map([[name, Buffer.from('0100000200200000000000000000000000000000', 'hex')]]);
  return new Map<string, Node>([
    ['', root],
    ['bin', { ...common, type: 'directory', path: 'bin', xattrs }],
  ]);
}

test('squashfs keeps capabilities, and unsquashfs gives them back', async () => {
  const [folder, tree] = [scratch(), treeWith('security.capability')];
  const settings = { blockBytes: 2 ** 16, mtimeSeconds: 1_700_000_000 };
  const file = await squashfsFile(createContext(), tree, memoryBlobs(), folder, settings);
  expect(differencesOf(tree, await readBack(file, scratch()))).toEqual([]);
  const listed = execFileSync('unsquashfs', ['-s', file], { encoding: 'utf8' });
  expect(listed).toMatch(/Xattrs are compressed/u);
});

test('squashfs refuses access lists with KP8021', async () => {
  const tree = treeWith('system.posix_acl_access');
  const settings = { blockBytes: 2 ** 16, mtimeSeconds: 1 };
  await expect(squashfsFile(createContext(), tree, memoryBlobs(), scratch(), settings)).rejects.toMatchObject({
    code: 'KP8021',
  });
});

test.each([
  ['xz', 64],
  ['gzip', 128],
  ['zstd', 256],
  ['lz4', 1024],
] as const)('squashfs with %s and blocks of %i KiB, twice the same, and as .gz', async (compression, kibibytes) => {
  const ctx = createContext();
  const settings = { ...syntheticImage().settings, squashfs: { blockBytes: kibibytes * 1024, compression } };
  const once = await emitOutputs(ctx, { ...syntheticImage('linux/amd64'), settings }, ['squashfs', 'squashfs.gz']);
  const again = await emitOutputs(ctx, { ...syntheticImage('linux/amd64'), settings }, ['squashfs', 'squashfs.gz']);
  expect(again.map(({ digest }) => digest)).toEqual(once.map(({ digest }) => digest));
  const files = once.map(({ fileName }) => join(scratch(), fileName));
  for (const [i, artifact] of once.entries()) await artifact.write(ctx, files[i] ?? '');
  const facts = execFileSync('unsquashfs', ['-s', files[0] ?? ''], { encoding: 'utf8' });
  expect(facts).toContain(`Compression ${compression}\n`);
  expect(facts).toContain(`Block size ${String(kibibytes * 1024)}\n`);
  const trees = [await readBack(files[0] ?? '', scratch()), await readBack(files[1] ?? '', scratch())] as const;
  expect(differencesOf(...trees)).toEqual([]);
  expect(trees[0].size).toBeGreaterThan(5);
});

test('cpio says that it leaves attributes out; cpio.xz is the same archive', async () => {
  const events: KilopyEvent[] = [];
  const ctx = { ...createContext(), emit: (event: KilopyEvent) => events.push(event) };
  const input = syntheticImage('linux/amd64');
  const [target] = input.targets;
  if (target === undefined) throw new Error('no target');
  const targets = [{ ...target, tree: treeWith('security.capability') }];
  const [plain, packed] = await emitOutputs(ctx, { ...input, targets }, ['cpio', 'cpio.xz']);
  const said = events.flatMap((event) => (event.type === 'warning' ? [event.text] : []));
  expect(said).toEqual([
    'cpio of linux/amd64: the extended attributes of 1 files are left out, which cpio cannot keep',
    'cpio.xz of linux/amd64: the extended attributes of 1 files are left out, which cpio cannot keep',
  ]);
  const folder = scratch();
  await plain?.write(ctx, join(folder, 'a.cpio'));
  await packed?.write(ctx, join(folder, 'b.cpio.xz'));
  expect(execFileSync('xz', ['-dc', join(folder, 'b.cpio.xz')])).toEqual(execFileSync('cat', [join(folder, 'a.cpio')]));
});
