import { alpineDefaults, debianDefaults } from '../../spec/bases.ts';

/** What an image of FROM is to kilopy. */
export interface ImageOrigin {
  readonly family: 'alpine' | 'debian' | 'openwrt' | 'none';
  /** Its release in the words of kilopy.yaml, where the tag says one. */
  readonly release?: string | undefined;
  /** MicroPython is in it already. */
  readonly hasRuntime: boolean;
  /** Nobody here knows what is in it. */
  readonly isUnknown?: true;
  /** What is different with kilopy, in one sentence; undefined when nothing is. */
  readonly why?: string | undefined;
}

/** Suites by what tags call them. */
const suites: Readonly<Record<string, string>> = {
  '13': 'trixie',
  trixie: 'trixie',
  sid: 'sid',
  unstable: 'sid',
  testing: 'testing',
};
const beforeTrixie = /^(?:oldstable|bookworm|bullseye|buster|stretch|9|10|11|12)\b/u;

/** @param reference with registry, tag and digest as they are written, variables replaced */
export function originOfImage(reference: string): ImageOrigin {
  const [withTag = ''] = reference.split('@');
  const [, path = '', tag = ''] = /^(.*?)(?::([^/:]*))?$/u.exec(withTag) ?? [];
  const name = path.replace(/^(?:docker\.io\/)?(?:library\/)?/u, '');
  if (name === 'scratch') return { family: 'none', hasRuntime: false };
  if (name === 'micropython/unix' || name.startsWith('micropython/'))
    return {
      family: 'none',
      hasRuntime: true,
      why: `${reference} is replaced by a runtime that kilopy builds: 540 MB less`,
    };
  if (name === 'alpine' || name.endsWith('/alpine'))
    return { family: 'alpine', release: alpineRelease(tag), hasRuntime: false };
  if (name === 'debian') {
    const suite = suites[tag.replace(/-.*$/u, '').replace(/\..*$/u, '')];
    const why = beforeTrixie.test(tag)
      ? `Debian has MicroPython from ${debianDefaults.suite} on, and ${tag} is older`
      : undefined;
    return { family: 'debian', release: suite, hasRuntime: false, why };
  }
  if (name === 'ubuntu')
    return {
      family: 'debian',
      hasRuntime: false,
      why: `kilopy has no base of Ubuntu; packages come from Debian ${debianDefaults.suite}`,
    };
  if (name.startsWith('openwrt/')) return { family: 'openwrt', hasRuntime: false };
  if (name === 'python' || name.endsWith('/python'))
    return {
      family: 'none',
      hasRuntime: false,
      why: 'it is CPython; kilopy runs the application with MicroPython, and checks its imports',
    };
  return {
    family: 'none',
    hasRuntime: false,
    isUnknown: true,
    why: `nothing of ${reference} is taken`,
  };
}

/** `3.24.1` -> `v3.24`; undefined for `latest`. */
function alpineRelease(tag: string): string | undefined {
  if (tag.startsWith('edge')) return 'edge';
  const branch = /^(\d+\.\d+)/u.exec(tag)?.[1];
  return branch === undefined ? undefined : `v${branch}`;
}

/** Whether a release of Alpine is older than the one that kilopy takes by itself. */
export function isOlderAlpine(release: string): boolean {
  const [major = 0, minor = 0] = numbers(release);
  const [knownMajor = 0, knownMinor = 0] = numbers(alpineDefaults.release);
  return major < knownMajor || (major === knownMajor && minor < knownMinor);
}

function numbers(release: string): number[] {
  return release.replace(/^v/u, '').split('.').map(Number);
}
