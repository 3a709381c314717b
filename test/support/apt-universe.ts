import { readFile } from 'node:fs/promises';
import type { DebPackage } from '../../src/solve/deb/deb-package.ts';
import type { AptRoot } from './apt-oracle.ts';
import { packagesFromText } from './deb-world.ts';

/** The packages that apt sees, from its own lists and in its order. */
export async function aptPackages({ lists, architecture }: AptRoot): Promise<readonly DebPackage[]> {
  const packages: DebPackage[] = [];
  for (const list of lists) {
    const suite = /_dists_(.+?)_main/u.exec(list)?.[1] ?? list;
    for (const one of packagesFromText(await readFile(list, 'utf8'), suite, architecture)) packages.push(one);
  }
  return packages;
}
