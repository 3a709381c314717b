import { KilopyError } from '../../errors/kilopy-error.ts';

export interface KernelModule {
  /** As the kernel calls it: `virtio_net`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Modules with those that they need before them. A package of Debian has no modules.dep, which depmod makes when it is installed; each module
 * says in its own `.modinfo` what it depends on.
 *
 * @param files all modules that may be needed, by path
 * @throws KilopyError KP5060 for one that is not there
 */
export function neededModules(
  files: ReadonlyMap<string, Uint8Array>,
  wanted: readonly string[],
): readonly KernelModule[] {
  const byName = new Map([...files].map(([path, bytes]) => [nameOf(path), bytes]));
  const ordered = new Map<string, KernelModule>();
  const add = (name: string, needer: string): void => {
    if (ordered.has(name)) return;
    const bytes = byName.get(name);
    if (bytes === undefined)
      throw new KilopyError('KP5060', `the kernel's package has no module ${name}`, { why: needer });
    for (const needed of dependsOf(bytes)) add(needed, `${name} needs it`);
    ordered.set(name, { name, bytes });
  };
  for (const name of wanted) add(name, 'the network card needs it');
  return [...ordered.values()];
}

/** Files have `-` or `_`, the kernel only `_`. */
function nameOf(path: string): string {
  return path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/\.ko$/u, '')
    .replaceAll('-', '_');
}

function dependsOf(bytes: Uint8Array): readonly string[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const list = /(?:^|\0)depends=([^\0]*)\0/u.exec(text)?.[1] ?? '';
  return list
    .split(',')
    .filter((name) => name !== '')
    .map((name) => name.replaceAll('-', '_'));
}
