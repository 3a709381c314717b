import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { build, bytes, checkout, printTable, scratch } from './support/kilopy.ts';

/** The recipes of docs/sizes.md, for examples/hello on linux/amd64; each beside the one it is compared with. */
const recipes: readonly (readonly [words: string, than: string | undefined])[] = [
  ['--base debian --slim none', undefined],
  ['--base debian --slim packages', '--base debian --slim none'],
  ['--base debian', '--base debian --slim none'],
  ['--base debian --compress max', '--base debian'],
  ['--base static', '--base debian'],
  ['--base static --compress max', '--base static'],
  ['--base static --output bin', '--base static'],
  ['--base static --output tar.gz', '--base static'],
  ['--base static --output cpio.xz', '--base static --output tar.gz'],
  ['--base static --output squashfs', '--base static --output tar.gz'],
  ['--base static --output ext4', '--base static --output tar.gz'],
];

/** What each recipe of the size cookbook comes to: what a registry sends of images, the file of everything else. */
export function recipesTable(): void {
  const folder = scratch();
  cpSync(join(checkout, 'examples/hello/main.py'), join(folder, 'hello/main.py'));
  const sizes = new Map<string, number>();
  const rows = recipes.map(([words, than]) => {
    const order = ['hello', '--target', 'linux/amd64', ...words.split(' '), '--out-dir', `out-${String(sizes.size)}`];
    const [artifact] = build(order, folder).artifacts;
    if (artifact === undefined) throw new Error(`${words} made nothing`);
    const size = artifact.wireBytes ?? artifact.sizeBytes;
    sizes.set(words, size);
    const before = than === undefined ? undefined : sizes.get(than);
    const change =
      before === undefined ? '' : `${bytes(size - before).replace(/^(?!-)/u, '+')} (${(size / before).toFixed(2)} x)`;
    return [`\`kilopy build ${words}\``, bytes(size), change, than === undefined ? '' : `\`${than}\``];
  });
  printTable('Recipes, bytes', ['recipe', 'on the wire, or the file', 'change', 'against'], rows);
}
