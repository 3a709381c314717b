import { comparePaths } from '../codec/path-text.ts';

/** The scripts of one package, by the name of their control member (`postinst`, ...). */
export interface PackageScripts {
  readonly name: string;
  readonly version: string;
  readonly scripts: ReadonlyMap<string, string>;
}

export interface MaintainerScriptsReport {
  /** Packages whose scripts are done by kilopy in another way, with that way. */
  readonly recreated: readonly { readonly name: string; readonly by: string }[];
  /** Packages whose scripts do something that kilopy does not know. None was run. */
  readonly unknown: readonly { readonly name: string; readonly version: string; readonly scripts: readonly string[] }[];
}

/** Scripts that dpkg and apk run during an installation. Those of a removal are of no interest to an image. */
const installing = ['preinst', 'postinst', 'pre-install', 'post-install', 'trigger'];

/** What the scripts of well-known packages are for in an image, and what stands for it. */
const known: ReadonlyMap<string, string> = new Map([
  ['alpine-baselayout', 'folders and links are in the package; users and groups are made by the pass users'],
  ['base-files', 'the links and folders of the root are made by the passes usr-merge and mount-points'],
  ['base-passwd', 'users and groups are made by the pass users'],
  ['ca-certificates', 'the bundle is made by the pass ca-certificates'],
  ['dash', 'the package brings /bin/sh itself; the diversion is for upgrades'],
  ['libc6', 'restarting services and checking the kernel concern a running system'],
  ['libc-bin', 'ldconfig: the loader finds every library of the closure without its cache'],
  ['libpam0g', 'restarting services concerns a running system'],
  ['libssl3t64', 'restarting services concerns a running system'],
  ['musl-utils', 'ldconfig: musl keeps no cache of libraries'],
  ['tzdata', 'the time zone is UTC, or TZ in env: of kilopy.yaml'],
]);

/** debhelper’s generated parts that mean nothing in an image that is built and never upgraded. */
const harmlessSections: ReadonlySet<string> = new Set([
  'dh_installdebconf',
  'dh_installmenu',
  'dh_installmime',
  'dh_makeshlibs',
  'dh_icons',
  'dh_lintian',
  'dh_python3',
  'dh_installdocs',
  'dh_installman',
  'dh_perl',
]);

/**
 * Which maintainer scripts matter. kilopy runs none: for well-known packages passes do what they would have done,
 * scripts without effect are passed over, and all others are named, so that nothing is left out in silence. Pure.
 */
export function judgeMaintainerScripts(packages: Iterable<PackageScripts>): MaintainerScriptsReport {
  const recreated: { name: string; by: string }[] = [];
  const unknown: { name: string; version: string; scripts: string[] }[] = [];
  for (const { name, version, scripts } of [...packages].toSorted((a, b) => comparePaths(a.name, b.name))) {
    const effective = installing.filter((script) => hasEffect(scripts.get(script) ?? ''));
    if (effective.length === 0) continue;
    const by = known.get(name);
    if (by === undefined) unknown.push({ name, version, scripts: effective });
    else recreated.push({ name, by });
  }
  return { recreated, unknown };
}

/** False for a script of which nothing is left without comments, generated harmless parts and empty branches. */
export function hasEffect(script: string): boolean {
  const rest = withoutSections(script)
    .split('\n')
    .map((line) => line.replace(/^\s*#.*$/u, '').trim())
    .filter((line) => line !== '' && !/^(?:set [-+][eux]+|exit 0|true|:|fi|esac|;;|ldconfig)$/u.test(line))
    .join('\n');
  return !/^(?:case "?\$\{?1\}?"? in\n(?:[\w\s|*()-]+\)(?:\s*;;)?\n?|echo "?(?:post|pre)inst called with unknown argument.*\n?|exit 1\n?)*)?$/u.test(
    rest,
  );
}

/** `# Automatically added by dh_X/VERSION` to `# End automatically added section`, where X is harmless. */
function withoutSections(script: string): string {
  return script.replace(
    /^# Automatically added by (\w+)(?:\/\S*)?\n[\s\S]*?^# End automatically added section$/gmu,
    (section, helper: string) => (harmlessSections.has(helper) ? '' : section),
  );
}
