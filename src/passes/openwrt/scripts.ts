import type { InstalledPackage } from './installed-package.ts';

export interface OpenwrtScriptsReport {
  /** Packages whose own scripts would do something in an image that kilopy does not do. None was run. */
  readonly unknown: readonly { readonly name: string; readonly version: string; readonly scripts: readonly string[] }[];
}

/** What runs when a package is installed: opkg's names, then apk's. */
const installing = ['preinst', 'postinst', 'postinst-pkg', 'pre-install', 'post-install', 'trigger'];

/** Lines that stand in the postinst of every package of OpenWrt; what default_postinst does is done by passes. */
const standard = [
  /^#/u,
  /^\[ "\$\{IPKG_NO_SCRIPT\}" = "1" \] && exit 0$/u,
  /^\[ -s "?\$\{IPKG_INSTROOT\}\/lib\/functions\.sh"? \] \|\| exit 0$/u,
  /^\[ -x "?\$\{IPKG_INSTROOT\}\/lib\/functions\.sh"? \] \|\| exit 0$/u,
  /^\. "?\$\{IPKG_INSTROOT\}\/lib\/functions\.sh"?$/u,
  /^export root="\$\{IPKG_INSTROOT\}"$/u,
  /^export pkgname="[^"]*"$/u,
  /^(?:add_group_and_user|default_postinst)(?: (?:\$0|\$@|"\$0"|"\$@"))*$/u,
  /^exit 0$/u,
  /^true$/u,
];

/** From here on a script does nothing while an image is built. */
const onlyOnDevice = [
  /^\[ -n "?\$\{?IPKG_INSTROOT\}?"? \] && (?:exit|return) 0$/u,
  /^\[ -z "?\$\{?IPKG_INSTROOT\}?"? \] \|\| (?:exit|return) 0$/u,
  /^\[ -n "?\$\{?IPKG_INSTROOT\}?"? \] \|\| \{$/u,
  /^\[ -z "?\$\{?IPKG_INSTROOT\}?"? \] && \{$/u,
  /^if \[ -z "?\$\{?IPKG_INSTROOT\}?"? \]; then$/u,
];

/** Which packages have scripts of their own that would change an image. Pure; nothing is run. */
export function judgeOpenwrtScripts(packages: readonly InstalledPackage[]): OpenwrtScriptsReport {
  const unknown = packages.flatMap(({ name, version, payload }) => {
    const scripts = installing.filter((script) => hasOwnEffect(payload.scripts.get(script) ?? ''));
    return scripts.length === 0 ? [] : [{ name, version, scripts }];
  });
  return { unknown: unknown.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
}

function hasOwnEffect(script: string): boolean {
  let depth = 0;
  for (const raw of script.split('\n')) {
    const line = raw.trim();
    if (depth > 0) {
      // Inside of a block for the device: blocks open and close line by line in OpenWrt's scripts.
      if (/(?:\{|; then|\bdo)$/u.test(line)) depth += 1;
      if (/^(?:\}|fi\b|done\b)/u.test(line)) depth -= 1;
      continue;
    }
    if (line === '' || standard.some((pattern) => pattern.test(line))) continue;
    const guard = onlyOnDevice.findIndex((pattern) => pattern.test(line));
    if (guard === 0 || guard === 1) return false;
    if (guard === -1) return true;
    depth = 1;
  }
  return false;
}
