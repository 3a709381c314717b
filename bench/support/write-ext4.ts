// A measured Node.js process, which bench/openwrt.ts bundles: the files of a folder, which are in the store already, as an ext4 image.
//   node write-ext4.js put FOLDER LIST     puts them into the store and writes down what there is
//   node write-ext4.js write LIST IMAGE    makes the image; every file is hashed again on its way out of the store
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { planExt4 } from '../../src/emit/ext4/plan-ext4.ts';
import { writeExt4 } from '../../src/emit/ext4/write-ext4.ts';
import { createContext } from '../../src/io/create-context.ts';
import { openStore } from '../../src/store/store.ts';
import type { Node } from '../../src/tree/node.ts';

const [verb, from = '', to = ''] = process.argv.slice(2);
const ctx = createContext();
const store = await openStore(ctx);

if (verb === 'put') {
  const origin = { kind: 'pass', pass: 'bench' } as const;
  const nodes: Node[] = [];
  for (const path of readdirSync(from, { recursive: true, encoding: 'utf8' }).sort()) {
    const status = statSync(join(from, path));
    const node = { path, mode: status.mode & 0o7777, uid: 0, gid: 0, mtimeSeconds: 1_700_000_000, origin };
    if (status.isDirectory()) nodes.push({ ...node, type: 'directory' });
    else nodes.push({ ...node, type: 'file', content: await store.put(readFileSync(join(from, path))) });
  }
  writeFileSync(to, JSON.stringify(nodes));
} else {
  const nodes = JSON.parse(readFileSync(from, 'utf8')) as readonly Node[];
  const plan = planExt4(new Map(nodes.map((node) => [node.path, node])), {
    uuid: Buffer.alloc(16, 1),
    hashSeed: Buffer.alloc(16, 2),
    label: 'bench',
    timeSeconds: 1_700_000_000,
  });
  await ctx.fs.writeAtomic(to, writeExt4(plan, store));
}
