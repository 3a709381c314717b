import * as fc from 'fast-check';
import type { Node } from '../../src/tree/node.ts';

/** A node of a random tree with its content, which the test puts where it wants it. */
export type RandomNode = Node extends infer N
  ? N extends { readonly type: 'file' }
    ? Omit<N, 'content'> & { readonly bytes: Uint8Array }
    : N
  : never;

const origin = { kind: 'pass', pass: 'random' } as const;

const name = fc.oneof(
  { weight: 8, arbitrary: fc.stringMatching(/^[a-z0-9._+-]{1,12}$/) },
  { weight: 1, arbitrary: fc.stringMatching(/^[a-z]{200,255}$/) },
  { weight: 1, arbitrary: fc.constantFrom('with space', 'ümlaut', '日本', "it's", '-dash') },
);
const facts = fc.record({
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.constantFrom(0, 1, 1000, 65_534, 65_536, 4_000_000_000),
  gid: fc.constantFrom(0, 5, 65_535, 70_000),
  mtimeSeconds: fc.oneof(
    fc.integer({ min: 0, max: 2_000_000_000 }),
    fc.constantFrom(0, 2 ** 31, 2 ** 32 + 5, 8_000_000_000),
  ),
});
const xattrs = fc.option(
  fc
    .dictionary(
      fc.constantFrom('user.a', 'user.note', 'trusted.t', 'user.bb', 'security.capability'),
      fc.uint8Array({ maxLength: 200 }),
      { maxKeys: 4 },
    )
    .map(
      (values) =>
        new Map(
          Object.entries(values).map(([key, value]) => [
            key,
            // The kernel checks this one when it is read: cap_net_raw of revision 2.
            key === 'security.capability' ? Buffer.from('0100000200200000000000000000000000000000', 'hex') : value,
          ]),
        ),
    ),
  { nil: undefined, freq: 3 },
);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.integer({ min: 0, max: 40_000 }).map((length) => Buffer.alloc(length, 'kilopy ')),
  fc.constantFrom(1023, 1024, 1025, 4096, 200_000).map((length) => Buffer.alloc(length, 'x')),
);

/** Trees with every kind of node, at most a few levels deep; parents are present, the root is. */
export const randomTree: fc.Arbitrary<readonly RandomNode[]> = fc
  .array(
    fc.record({
      parent: fc.nat(),
      name,
      facts,
      xattrs,
      kind: fc.constantFrom('file', 'file', 'file', 'directory', 'directory', 'symlink', 'device', 'link'),
      bytes,
      target: fc.oneof(fc.stringMatching(/^[a-z./]{1,80}$/), fc.stringMatching(/^[a-z/]{55,64}$/)),
      device: fc.constantFrom(['char', 1, 3], ['block', 8, 1], ['fifo', 0, 0], ['char', 300, 70_000]),
    }),
    { maxLength: 40 },
  )
  .map((drafts) => {
    const root: RandomNode = { type: 'directory', path: '', mode: 0o755, uid: 0, gid: 0, mtimeSeconds: 1, origin };
    const nodes = new Map<string, RandomNode>([['', root]]);
    const folders = [''];
    const files: RandomNode[] = [];
    for (const [i, draft] of drafts.entries()) {
      const parent = folders[draft.parent % folders.length] ?? '';
      const path = parent === '' ? draft.name : `${parent}/${draft.name}`;
      if (nodes.has(path) || path === 'lost+found' || draft.name === '.' || draft.name === '..') continue;
      const common = { ...draft.facts, path, origin };
      const extra = draft.xattrs === undefined || draft.xattrs.size === 0 ? {} : { xattrs: draft.xattrs };
      const old = files[draft.parent % Math.max(1, files.length)];
      if (draft.kind === 'directory') {
        nodes.set(path, { ...common, ...extra, type: 'directory' });
        folders.push(path);
      } else if (draft.kind === 'symlink') {
        nodes.set(path, { ...common, mode: 0o777, type: 'symlink', target: draft.target });
      } else if (draft.kind === 'device') {
        const [device, major, minor] = draft.device as ['char', number, number];
        nodes.set(path, { ...common, type: 'device', device, major, minor });
      } else if (draft.kind === 'link' && old?.type === 'file') nodes.set(path, { ...old, path });
      else {
        const node: RandomNode = { ...common, ...extra, type: 'file', bytes: draft.bytes, inode: `i${String(i)}` };
        nodes.set(path, node);
        files.push(node);
      }
    }
    return [...nodes.values()];
  });
