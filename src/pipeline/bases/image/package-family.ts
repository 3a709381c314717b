import { KilopyError } from '../../../errors/kilopy-error.ts';
import {
  alpineDefaults,
  debianDefaults,
  openwrtDefaults,
  usesApk,
  wolfiDefaults,
  type PackageFamily,
} from '../../../spec/bases.ts';
import type { Store } from '../../../store/store.ts';
import type { Tree } from '../../../tree/node.ts';
import { resolvePath } from '../../../tree/paths.ts';
import type { PresentPackages } from './present-packages.ts';

/** Names of Debian's releases by VERSION_ID, where os-release has no code name (distroless). */
const debianSuites: Readonly<Record<string, string>> = { '11': 'bullseye', '12': 'bookworm', '13': 'trixie' };

/**
 * The base that packages for an image come from: the distribution and release in its os-release(5), which has to go
 * with the database that it has.
 *
 * @throws KilopyError KP2015 where that is not known
 */
export async function packageFamily(
  tree: Tree,
  store: Store,
  shown: string,
  present: PresentPackages | undefined,
): Promise<PackageFamily> {
  if (present === undefined) throw unknown(shown, 'it has no package database of dpkg, apk or opkg');
  const release = await osRelease(tree, store);
  const id = release.get('ID') ?? '';
  const family = familyOf(id, release);
  if (family === undefined)
    throw unknown(shown, id === '' ? 'it has no /etc/os-release' : `its os-release says ${describe(release)}`);
  if (managerOf(family) === present.manager) return family;
  throw unknown(
    shown,
    `its os-release says ${describe(release)}, and its package database is that of ${present.manager}`,
  );
}

export function managerOf(family: PackageFamily): PresentPackages['manager'] {
  if (family.name === 'debian') return 'dpkg';
  return family.name === 'openwrt' && !usesApk(family.settings.release) ? 'opkg' : 'apk';
}

function familyOf(id: string, release: ReadonlyMap<string, string>): PackageFamily | undefined {
  const version = release.get('VERSION_ID') ?? '';
  switch (id) {
    case 'debian': {
      const suite = release.get('VERSION_CODENAME') ?? debianSuites[version];
      return suite === undefined ? undefined : { name: 'debian', settings: { ...debianDefaults, suite } };
    }
    case 'alpine': {
      const branch = /^(\d+\.\d+)\.\d+$/u.exec(version)?.[1];
      // Between releases it says 3.25_alpha20260101.
      return { name: 'alpine', settings: { ...alpineDefaults, release: branch === undefined ? 'edge' : `v${branch}` } };
    }
    case 'wolfi':
    case 'chainguard':
      return { name: 'wolfi', settings: wolfiDefaults };
    case 'openwrt': {
      const board = release.get('OPENWRT_BOARD');
      const settings = { ...openwrtDefaults, release: version.replace(/^snapshot$/u, 'snapshots') };
      return { name: 'openwrt', settings: board === undefined ? settings : { ...settings, board } };
    }
    default:
      return undefined;
  }
}

/** os-release(5): NAME=value, the value perhaps in quotes. */
async function osRelease(tree: Tree, store: Store): Promise<ReadonlyMap<string, string>> {
  for (const path of ['etc/os-release', 'usr/lib/os-release']) {
    const { node } = resolvePath(tree, path);
    if (node?.type !== 'file') continue;
    const text = Buffer.from(await store.read(node.content)).toString('utf8');
    const fields = [...text.matchAll(/^([A-Z_][A-Z0-9_]*)=(?:"([^"\n]*)"|'([^'\n]*)'|([^\n]*))$/gmu)];
    return new Map(
      fields.map(([, name = '', double, single, plain]) => [name, double ?? single ?? plain?.trim() ?? '']),
    );
  }
  return new Map();
}

function describe(release: ReadonlyMap<string, string>): string {
  return [release.get('ID'), release.get('VERSION_ID')].filter((part) => part !== undefined && part !== '').join(' ');
}

function unknown(shown: string, why: string): KilopyError {
  return new KilopyError('KP2015', `where packages for ${shown} come from is not known`, {
    where: shown,
    why,
    fix: 'name it beside the image: base: {image: REFERENCE, debian: {suite: trixie}}, or remove packages:',
  });
}
