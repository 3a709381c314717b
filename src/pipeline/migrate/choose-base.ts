import { alpineDefaults, debianDefaults } from '../../spec/bases.ts';
import type { Draft } from '../../spec/front-end.ts';
import { isOlderAlpine, originOfImage } from './origin-of-image.ts';
import type { Note, PackageWish, StageState } from './stage-state.ts';

/** Base, packages and feeds of kilopy.yaml. */
export interface ChosenBase {
  readonly base: NonNullable<Draft['base']>;
  readonly name: 'static' | 'alpine' | 'debian' | 'openwrt';
  readonly packages: readonly string[];
  readonly feeds: NonNullable<Draft['feeds']>;
  readonly tls: Draft['tls'];
}

/** Packages that the base brings, or that an image without a shell has no use for. */
const without: Readonly<Record<string, string>> = {
  micropython: '',
  'micropython-lib': '',
  bash: 'there is no shell in the image',
  busybox: 'there is no shell in the image',
  tini: 'init: true stands for it',
  'dumb-init': 'init: true stands for it',
  'su-exec': 'user: stands for it',
  gosu: 'user: stands for it',
};

/**
 * The packages decide: MicroPython from a distribution means its base, so that the same program runs; where it was
 * compiled, or came with an image, kilopy's own stands in for it.
 *
 * @param image what the first FROM names
 * @param imports modules that files of the application import
 */
export function chooseBase(
  state: StageState,
  image: { readonly reference: string; readonly line: number },
  imports: ReadonlySet<string>,
): ChosenBase {
  const origin = originOfImage(image.reference);
  const say = (kind: Note['kind'], line: number, what: string, why: string, fix?: string): void => {
    state.notes.push({ kind, line, what, why, fix });
  };
  const managers = new Set(state.packages.map(({ manager }) => manager));
  const wanted = state.packages.filter((wish) => isWanted(wish, state, say));
  const takesRuntime = state.packages.some(({ name }) => name.startsWith('micropython'));
  const certificates = wanted.filter(({ name }) => name.startsWith('ca-certificates'));
  const others = wanted.filter((wish) => !certificates.includes(wish));
  if (origin.why !== undefined)
    say(
      'changed',
      image.line,
      `FROM ${image.reference}`,
      origin.why,
      origin.isUnknown === true ? standOn(image.reference) : undefined,
    );

  const family =
    managers.has('opkg') || origin.family === 'openwrt'
      ? 'openwrt'
      : managers.has('apk')
        ? 'alpine'
        : managers.has('apt')
          ? 'debian'
          : undefined;
  if (family === 'openwrt') return plain('openwrt', 'openwrt', []);
  if (family === undefined || (!takesRuntime && others.length === 0)) {
    const variant = variantFor(imports);
    const roots = certificates.length > 0 ? { roots: 'system' } : undefined;
    return {
      base: variant === 'small' ? 'static' : { static: { variant } },
      name: 'static',
      packages: [],
      feeds: [],
      tls: roots,
    };
  }
  if (family === 'debian') {
    const suite = origin.release ?? debianDefaults.suite;
    return plain('debian', suite === debianDefaults.suite ? 'debian' : { debian: { suite } }, []);
  }
  return alpine();

  function plain(name: ChosenBase['name'], base: ChosenBase['base'], feeds: ChosenBase['feeds']): ChosenBase {
    return { base, name, packages: [...new Set(wanted.map(({ text }) => text))], feeds, tls: undefined };
  }

  function alpine(): ChosenBase {
    const repositories = state.repositories.map((repository) => ({ ...repository, ...alpinePlace(repository.url) }));
    const fromTesting = repositories.some(({ repository }) => repository === 'testing');
    let { release } = origin;
    if (release !== undefined && release !== 'edge' && (fromTesting || takesRuntime) && isOlderAlpine(release)) {
      say(
        'changed',
        image.line,
        `FROM ${image.reference}`,
        `Alpine ${release} has no MicroPython of its own; ${alpineDefaults.release} has`,
      );
      release = undefined;
    }
    if (release === alpineDefaults.release) release = undefined;
    const feeds: NonNullable<Draft['feeds']>[number][] = [];
    for (const { url, line, allowUntrusted, repository, isForAll } of repositories) {
      const isUsed = others.some((wish) => isForAll || wish.line === line);
      const what = `--repository ${url}`;
      if (repository === 'main' || repository === 'community' || (repository === 'testing' && !isUsed)) {
        const why =
          repository === 'testing' ? 'MicroPython has moved to community, which the base has' : 'the base has it';
        say('needless', line, what, why);
        if (allowUntrusted) say('changed', line, '--allow-untrusted', "kilopy carries Alpine's keys, and verifies");
        continue;
      }
      const name = repository ?? `repository-${String(feeds.length + 1)}`;
      const isAlpines = repository !== undefined;
      if (feeds.some((feed) => feed.url === url || feed.name === name)) continue;
      feeds.push({ name, url, ...(allowUntrusted && !isAlpines ? { allowUntrusted: true } : {}) });
      if (allowUntrusted && isAlpines)
        say('changed', line, '--allow-untrusted', "kilopy carries Alpine's keys, and verifies");
      else if (allowUntrusted)
        say(
          'changed',
          line,
          '--allow-untrusted',
          'everything from there is unverified; output and lock say so',
          'name its key: feeds: [{keys: [...]}]',
        );
      else if (!isAlpines)
        say(
          'changed',
          line,
          what,
          'kilopy does not know its key',
          `name it: feeds: [{name: ${name}, keys: [keys/its.rsa.pub]}]`,
        );
    }
    return plain('alpine', release === undefined ? 'alpine' : { alpine: { release } }, feeds);
  }
}

function standOn(reference: string): string {
  return `base: {image: ${reference}} builds on it`;
}

function isWanted(
  wish: PackageWish,
  state: StageState,
  say: (kind: Note['kind'], line: number, what: string, why: string, fix?: string) => void,
): boolean {
  if (/^micropython(?:-lib|-nossl|-mbedtls)?$/u.test(wish.name))
    return wish.manager === 'opkg' && wish.name !== 'micropython' && wish.name !== 'micropython-lib';
  const reason = Object.hasOwn(without, wish.name) ? without[wish.name] : undefined;
  if (reason !== undefined) {
    if (wish.name === 'tini' || wish.name === 'dumb-init') state.wantsInit = true;
    say('needless', wish.line, `package ${wish.name}`, reason);
    return false;
  }
  if (/^(?:python3|py3-)/u.test(wish.name)) {
    say(
      'lost',
      wish.line,
      `package ${wish.name}`,
      'it is made for CPython',
      'look for the module in micropython-lib and copy it into lib/',
    );
    return false;
  }
  if (wish.isForBuilding)
    say(
      'needless',
      wish.line,
      `package ${wish.name}`,
      'it is a tool for building',
      `packages: [${wish.name}] brings it back`,
    );
  return !wish.isForBuilding;
}

/** `https://dl-cdn.alpinelinux.org/alpine/edge/testing`: the name of the repository; undefined when it is not Alpine's. */
function alpinePlace(url: string): { readonly repository: string | undefined } {
  return {
    repository: /^https?:\/\/[^/]+\/(?:alpine|mirrors\/alpine)\/[\w.-]+\/(main|community|testing)\/?$/u.exec(url)?.[1],
  };
}

/** The least of kilopy's runtimes with these modules (docs/bases.md, "static"). */
function variantFor(imports: ReadonlySet<string>): 'small' | 'tls' | 'full' {
  if (['_thread', 'uctypes', 'framebuf'].some((name) => imports.has(name))) return 'full';
  return ['ssl', 'tls', 'requests', 'cryptolib', 'aiohttp', 'mip'].some((name) => imports.has(name)) ? 'tls' : 'small';
}
