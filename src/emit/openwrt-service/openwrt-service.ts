import { encodeGzip } from '../../codec/gzip/encode-gzip.ts';
import { readElf } from '../../codec/elf/read-elf.ts';
import { compareTreePaths } from '../../codec/path-text.ts';
import { readSigningKey, type SigningKey } from '../../crypto/signing-key.ts';
import { readUsignSecretKey, signUsign, type UsignSecretKey } from '../../crypto/usign.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Node } from '../../tree/node.ts';
import { parentsOf } from '../../tree/paths.ts';
import type { BlobSource } from '../../values/blob.ts';
import { plainRecipe, type RecipeNode } from '../apk/apk-recipe.ts';
import { writeApkV3 } from '../apk/write-apk-v3.ts';
import { writeIndexV3 } from '../apk/write-index-v3.ts';
import type { Artifact } from '../artifact.ts';
import type { EmitInput, EmitTarget } from '../emit-input.ts';
import { writeIpk } from '../ipk/write-ipk.ts';
import { writePackages } from '../ipk/write-packages.ts';
import { digestOf } from '../measure.ts';
import type { Output } from '../output.ts';
import { readKeyFiles } from './key-files.ts';
import { initScript, serviceFolder, serviceOptions, uciConfig, type ServiceFacts } from './service-files.ts';
import { opkgVersion, serviceVersion, versionAnnotation } from './service-version.ts';

const format = 'openwrt-service';
const root = 'app/';
const mediaType = 'application/octet-stream';

/** The application as packages for routers that run OpenWrt: .ipk up to 24.10, .apk from 25.12 on, with their indexes. */
export const openwrtService: Output = {
  extension: 'ipk',
  mediaType,
  perTarget: true,
  async emit(ctx, input) {
    const keys = await signingKeys(ctx);
    const artifacts: Artifact[] = [];
    if (input.settings.annotations[versionAnnotation] === undefined && input.targets[0]?.createdSeconds === 0) {
      ctx.emit({
        type: 'note',
        text: `the package has version 0, by which no router sees an update: give it one in kilopy.yaml (annotations: ${versionAnnotation}: 1.0.0)`,
      });
    }
    for (const target of input.targets) {
      // Without a runtime of its own the package is for every target: once is enough.
      const names = new Set(artifacts.map(({ fileName }) => fileName));
      const made = await packagesOf(input, target, keys);
      artifacts.push(...made.filter(({ fileName }) => !names.has(fileName)));
    }
    return artifacts;
  },
};

interface Keys {
  readonly usign: UsignSecretKey | undefined;
  readonly ec: readonly SigningKey[];
}

async function signingKeys(ctx: Context): Promise<Keys> {
  const files = await readKeyFiles(ctx);
  const { usign, ec } = files ?? {};
  const folder = ctx.env.KILOPY_OPENWRT_KEYS ?? '';
  const warn = (what: string, why: string): void => ctx.emit({ type: 'warning', text: `${what} not signed: ${why}` });
  if (files === undefined) {
    warn('the indexes are', 'KILOPY_OPENWRT_KEYS names no folder with key-build and private-key.pem');
  } else if (usign === undefined && ec === undefined) {
    warn('the indexes are', `${folder} (KILOPY_OPENWRT_KEYS) has no key-build and no private-key.pem`);
  } else {
    if (usign === undefined) warn('Packages is', `${folder} has no key-build`);
    if (ec === undefined) warn('packages.adb is', `${folder} has no private-key.pem`);
  }
  return {
    usign: usign === undefined ? undefined : readUsignSecretKey(usign, 'key-build'),
    ec: ec === undefined ? [] : [readSigningKey(ec, 'public-key.pem')],
  };
}

async function packagesOf(input: EmitInput, target: EmitTarget, keys: Keys): Promise<readonly Artifact[]> {
  const { settings, blobs } = input;
  const name = (settings.name.split('/').at(-1) ?? '').toLowerCase();
  const runtime = await staticRuntime(target, settings.entrypoint, blobs);
  const folder = serviceFolder(name);
  const facts: ServiceFacts = {
    name,
    interpreter: runtime === undefined ? '/usr/bin/micropython' : `/${folder}/micropython`,
    ...entryOf(settings.entrypoint),
    options: serviceOptions(settings),
  };
  const mtimeSeconds = target.createdSeconds;
  const nodes = withParents([
    ...(await applicationNodes(target, folder, blobs)),
    ...(runtime === undefined ? [] : [file(`${folder}/micropython`, runtime, 0o755)]),
    file(`etc/init.d/${name}`, Buffer.from(initScript(facts)), 0o755),
    file(`etc/config/${name}`, Buffer.from(uciConfig(facts)), 0o644),
  ]);
  const version = serviceVersion(settings.annotations, mtimeSeconds);
  const architecture = runtime === undefined ? undefined : architectureOf(target);
  const depends = runtime === undefined ? ['micropython'] : [];
  const about = { name, version, depends, architecture, mtimeSeconds, nodes };
  const ipk = await makeIpk(about);
  const index = Buffer.from(writePackages([ipk]));
  const apk = makeApk(about, keys.ec);
  const label = input.targets.length > 1 && architecture !== undefined ? `${target.target.fileLabel}-` : '';
  const files: readonly (readonly [string, Uint8Array])[] = [
    [ipk.fileName, ipk.bytes],
    [`${label}Packages`, index],
    [`${label}Packages.gz`, await encodeGzip(index)],
    ...(keys.usign === undefined ? [] : [[`${label}Packages.sig`, Buffer.from(signUsign(index, keys.usign))] as const]),
    [`${name}-${version}.apk`, apk.bytes],
    [`${label}packages.adb`, writeIndexV3([apk], architecture ?? 'noarch', name, keys.ec)],
  ];
  return files.map(([fileName, bytes]) => ({
    format,
    fileName,
    targets: [target.target.name],
    mediaType,
    digest: digestOf(bytes),
    sizeBytes: bytes.length,
    rawBytes: bytes.length,
    layers: [],
    write: (ctx, path) => ctx.fs.writeAtomic(path, bytes),
  }));
}

interface ServicePackage {
  readonly name: string;
  readonly version: string;
  readonly depends: readonly string[];
  /** Undefined for one without programs. */
  readonly architecture: string | undefined;
  readonly mtimeSeconds: number;
  readonly nodes: readonly RecipeNode[];
}

async function makeIpk({
  name,
  version,
  depends,
  architecture,
  mtimeSeconds,
  nodes,
}: ServicePackage): Promise<Awaited<ReturnType<typeof writeIpk>>> {
  return await writeIpk({
    fields: [
      ['Package', name],
      ['Version', opkgVersion(version)],
      ['Depends', depends.join(', ')],
      ['Section', 'utils'],
      ['Require-User', `${name}:${name}`],
      ['Architecture', architecture ?? 'all'],
    ],
    description: `${name}, made by kilopy`,
    conffiles: [`/etc/config/${name}`],
    scripts: new Map([
      ['postinst', ipkScript('default_postinst')],
      ['prerm', ipkScript('default_prerm')],
    ]),
    nodes,
    mtimeSeconds,
  });
}

/** What stands in every package of OpenWrt. */
function ipkScript(action: string): string {
  const library = '${IPKG_INSTROOT}/lib/functions.sh';
  return `#!/bin/sh\n[ "\${IPKG_NO_SCRIPT}" = "1" ] && exit 0\n[ -s ${library} ] || exit 0\n. ${library}\n${action} $0 $@\n`;
}

/** OpenWrt's own additions to an apk package are lists below lib/apk/packages, which its scripts read. */
function makeApk(
  { name, version, depends, architecture, mtimeSeconds, nodes }: ServicePackage,
  keys: readonly SigningKey[],
): ReturnType<typeof writeApkV3> {
  const list = nodes.filter(({ type }) => type !== 'directory').map(({ path }) => `/${path}\n`);
  const extra = (ending: string, text: string): RecipeNode =>
    file(`lib/apk/packages/${name}.${ending}`, Buffer.from(text), 0o644);
  const script = (action: string): string =>
    `#!/bin/sh\n[ -s "\${IPKG_INSTROOT}/lib/functions.sh" ] || exit 0\n. "\${IPKG_INSTROOT}/lib/functions.sh"\nexport root="\${IPKG_INSTROOT}"\nexport pkgname="${name}"\n${action}\n`;
  return writeApkV3(
    {
      ...plainRecipe,
      name,
      version,
      architecture: architecture ?? 'noarch',
      description: `${name}, made by kilopy`,
      url: '',
      license: '',
      origin: name,
      buildTime: mtimeSeconds,
      depends,
      provides: [],
      scripts: new Map([
        ['post-install', script('add_group_and_user\ndefault_postinst')],
        ['pre-deinstall', script('default_prerm')],
      ]),
      nodes: withParents([
        ...nodes,
        extra('list', list.join('')),
        extra('conffiles', `/etc/config/${name}\n`),
        extra('rusers', `${name}:${name}\n`),
      ]),
    },
    keys,
  );
}

/** The entry point and its arguments, without interpreter and launcher: procd has no need of one. */
function entryOf(entrypoint: readonly string[]): Pick<ServiceFacts, 'entry' | 'args'> {
  const at = entrypoint.findIndex((word) => word.startsWith(`/${root}`));
  const entry = entrypoint[at];
  if (entry === undefined) throw new Error('an image without an application');
  return { entry: entry.slice(root.length + 1), args: entrypoint.slice(at + 1) };
}

/** MicroPython when it is one file that runs without libraries; undefined when OpenWrt's own has to be there. */
async function staticRuntime(
  { tree }: EmitTarget,
  entrypoint: readonly string[],
  blobs: BlobSource,
): Promise<Uint8Array | undefined> {
  const node = tree.get((entrypoint.find((word) => word.endsWith('/micropython')) ?? '').slice(1));
  if (node?.type !== 'file') return undefined;
  const bytes = await blobs.read(node.content);
  const elf = readElf(bytes, node.path);
  return elf === undefined || elf.interpreter !== undefined || elf.needed.length > 0 ? undefined : bytes;
}

/** OpenWrt's name of the architecture. Throws KP2330 where it has none. */
function architectureOf({ target }: EmitTarget): string {
  const name = target.openwrt?.[0];
  if (name !== undefined) return name;
  throw new KilopyError('KP2330', `OpenWrt does not run on ${target.name}`, {
    fix: 'build for linux/mips, linux/mipsle or another of its targets',
  });
}

async function applicationNodes(
  { tree }: EmitTarget,
  folder: string,
  blobs: BlobSource,
): Promise<readonly RecipeNode[]> {
  const inside = [...tree.values()].filter(
    (node): node is Exclude<Node, { type: 'directory' }> => node.path.startsWith(root) && node.type !== 'directory',
  );
  return await Promise.all(
    inside.map(async (node): Promise<RecipeNode> => {
      const path = `${folder}/${node.path.slice(root.length)}`;
      if (node.type === 'symlink') return { type: 'symlink', path, mode: 0o777, target: node.target };
      if (node.type === 'file') return file(path, await blobs.read(node.content), node.mode);
      throw new KilopyError('KP2330', `${node.path} is a device, which a package for OpenWrt cannot have`);
    }),
  );
}

function file(path: string, content: Uint8Array, mode: number): RecipeNode {
  return { type: 'file', path, mode, content };
}

/** Sorted, each parent before what is in it. */
function withParents(nodes: readonly RecipeNode[]): readonly RecipeNode[] {
  const all = new Map<string, RecipeNode>();
  for (const node of nodes) {
    for (const path of parentsOf(node.path)) {
      if (path !== '' && !all.has(path)) all.set(path, { type: 'directory', path, mode: 0o755 });
    }
    all.set(node.path, node);
  }
  return [...all.values()].toSorted((a, b) => compareTreePaths(a.path, b.path));
}
