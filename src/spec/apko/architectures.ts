import { KilopyError } from '../../errors/kilopy-error.ts';
import type { SourceLocation } from '../../values/source-location.ts';
import type { OciPlatform } from '../../values/oci-image.ts';
import { suggestion } from '../suggestion.ts';

/** A processor family as apko knows it. */
export interface ApkoArchitecture {
  readonly name: '386' | 'amd64' | 'arm/v6' | 'arm/v7' | 'arm64' | 'loong64' | 'ppc64le' | 'riscv64' | 's390x';
  /** In repositories. */
  readonly apk: string;
  readonly oci: OciPlatform;
  /** Other names that mean it. */
  readonly aliases: readonly string[];
}

function plain(name: ApkoArchitecture['name'], apk: string, aliases: readonly string[] = []): ApkoArchitecture {
  const [architecture = '', variant] = name.split('/');
  return { name, apk, oci: { os: 'linux', architecture, ...(variant === undefined ? {} : { variant }) }, aliases };
}

/** Every architecture, in the order in which apko takes them for `all`. */
export const apkoArchitectures: readonly ApkoArchitecture[] = [
  plain('386', 'x86', ['i386']),
  plain('amd64', 'x86_64'),
  plain('arm64', 'aarch64'),
  plain('arm/v6', 'armhf'),
  plain('arm/v7', 'armv7'),
  plain('loong64', 'loongarch64'),
  plain('ppc64le', 'ppc64le'),
  plain('riscv64', 'riscv64'),
  plain('s390x', 's390x'),
];

/** Node's names for the machine that kilopy runs on. */
const hostNames: Readonly<Record<string, ApkoArchitecture['name']>> = { x64: 'amd64', ia32: '386', arm: 'arm/v7' };

/** The architectures of a list of names; `host` and `all` stand for some. Sorted by name, each once. Throws KP2103. */
export function parseApkoArchitectures(
  names: readonly string[],
  hostArch: string,
  where?: SourceLocation | string,
): readonly ApkoArchitecture[] {
  const chosen = new Set<ApkoArchitecture>();
  for (const name of names.map((text) => text.trim())) {
    if (name === 'all') return apkoArchitectures;
    const wanted = name === 'host' ? (hostNames[hostArch] ?? hostArch) : name;
    chosen.add(findArchitecture(wanted, where));
  }
  return [...chosen].sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function findArchitecture(name: string, where?: SourceLocation | string): ApkoArchitecture {
  const found = apkoArchitectures.find((row) => row.name === name || row.apk === name || row.aliases.includes(name));
  if (found !== undefined) return found;
  const known = [...new Set(apkoArchitectures.flatMap((row) => [row.name, row.apk]))];
  throw new KilopyError('KP2103', `unknown architecture "${name}"`, { where, fix: suggestion(name, known) });
}
