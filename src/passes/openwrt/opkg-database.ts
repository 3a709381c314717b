import { parseOpkgDependencies, parseOpkgNames } from '../../solve/opkg/dependency.ts';
import type { Node, Tree } from '../../tree/node.ts';
import { resolvePath } from '../../tree/paths.ts';
import { overlay } from '../../tree/overlay.ts';
import type { BlobStore } from '../../values/blob.ts';
import { hexOf } from '../../crypto/digest.ts';
import { inTableOrder, parseAlternatives, type InstalledPackage } from './installed-package.ts';

export interface OpkgDatabaseSettings {
  /** What `Installed-Time` says. */
  readonly installedSeconds: number;
  /** postinst and preinst lie there until the image is prepared. */
  readonly withScripts: boolean;
}

const folder = 'usr/lib/opkg';

/** What opkg keeps of installed packages: usr/lib/opkg/status and info/NAME.{control,list,conffiles,prerm,...}. */
export async function writeOpkgDatabase(
  tree: Tree,
  blobs: BlobStore,
  packages: readonly InstalledPackage[],
  settings: OpkgDatabaseSettings,
): Promise<Tree> {
  const mtimeSeconds = settings.installedSeconds;
  const common = { uid: 0, gid: 0, mtimeSeconds, origin: { kind: 'pass', pass: 'opkg-database' } } as const;
  const nodes: Node[] = [];
  const add = async (path: string, text: string, mode: number = 0o644): Promise<void> => {
    nodes.push({ ...common, type: 'file', path, mode, content: await blobs.put(Buffer.from(text)) });
  };
  for (const pkg of packages) {
    for (const { name, text, mode } of opkgInfoFiles(pkg, settings)) await add(`${folder}/info/${name}`, text, mode);
  }
  await add(`${folder}/status`, statusText(tree, packages, settings));
  return overlay(tree, nodes).tree;
}

/** What `info/` has of one package; names without the folder. */
export function opkgInfoFiles(
  { name, payload }: Pick<InstalledPackage, 'name' | 'payload'>,
  { withScripts }: Pick<OpkgDatabaseSettings, 'withScripts'>,
): readonly { readonly name: string; readonly text: string; readonly mode: number }[] {
  const list = payload.entries
    .filter(({ type }) => type !== 'directory')
    .map(({ path }) => `/${path}\n`)
    .toSorted();
  const kept = [...payload.scripts].filter(([script]) => withScripts || !/^(?:postinst|preinst)/u.test(script));
  return [
    { name: `${name}.list`, text: list.join(''), mode: 0o644 },
    ...kept.map(([script, text]) => ({
      name: `${name}.${script}`,
      text,
      mode: script === 'control' || script === 'conffiles' ? 0o644 : 0o755,
    })),
  ];
}

/** The paragraphs of the status file, in the order and words of opkg. */
export function statusText(
  tree: Tree,
  packages: readonly InstalledPackage[],
  { installedSeconds }: Pick<OpkgDatabaseSettings, 'installedSeconds'>,
): string {
  return inTableOrder(packages)
    .map((pkg) => statusFields(tree, pkg, installedSeconds))
    .map((lines) => `${lines.join('\n')}\n\n`)
    .join('');
}

function statusFields(tree: Tree, pkg: InstalledPackage, installedSeconds: number): readonly string[] {
  const { control, conffiles } = pkg.payload;
  const field = (name: string): string => control.get(name) ?? '';
  const flags = [...(/\bhold\b/u.test(field('status')) ? ['hold'] : []), ...(pkg.isWished ? ['user'] : [])];
  return [
    `Package: ${pkg.name}`,
    ...optional('ABIVersion', field('abiversion')),
    `Version: ${pkg.version}`,
    ...optional('Depends', relations(field('depends'))),
    ...optional('Provides', parseOpkgNames(field('provides')).join(', ')),
    ...optional('Replaces', parseOpkgNames(field('replaces')).join(', ')),
    ...optional('Conflicts', relations(field('conflicts'))),
    `Status: install ${flags.length === 0 ? 'ok' : flags.join(',')} installed`,
    ...(field('essential') === 'yes' ? ['Essential: yes'] : []),
    `Architecture: ${pkg.architecture}`,
    ...conffileLines(tree, conffiles),
    `Installed-Time: ${String(installedSeconds)}`,
    ...(pkg.isNeeded ? ['Auto-Installed: yes'] : []),
    ...optional(
      'Alternatives',
      parseAlternatives(field('alternatives'))
        .map(({ priority, path, target }) => `${String(priority)}:${path}:${target}`)
        .join(', '),
    ),
  ];
}

function optional(title: string, value: string): string[] {
  return value === '' ? [] : [`${title}: ${value}`];
}

/** Configuration with the digest that it was installed with, so that opkg sees what the user has changed. */
function conffileLines(tree: Tree, conffiles: readonly string[]): readonly string[] {
  const lines = conffiles.flatMap((path) => {
    const { node } = resolvePath(tree, path);
    return node?.type === 'file' ? [` /${path} ${hexOf(node.content.digest)}`] : [];
  });
  return lines.length === 0 ? [] : ['Conffiles:', ...lines];
}

function relations(field: string): string {
  return parseOpkgDependencies(field)
    .map(({ alternatives }) =>
      alternatives
        .map(({ name, operator, version }) =>
          version === undefined ? name : `${name} (${signOf(operator)}${version})`,
        )
        .join(' | '),
    )
    .join(', ');
}

/** opkg's own spelling: `<<` comes out as `<`, `<` as `<=`. */
function signOf(operator: string | undefined): string {
  if (operator === '<<') return '< ';
  if (operator === '>>') return '> ';
  return operator === undefined ? '' : operator.length === 1 && operator !== '=' ? `${operator}= ` : `${operator} `;
}
