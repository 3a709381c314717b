import { KilopyError } from '../errors/kilopy-error.ts';
import { nearest } from '../errors/nearest.ts';
import type { SourceLocation } from '../values/source-location.ts';
import { targets, type Target } from './targets.ts';

export interface ParseTargetsOptions {
  /** What `host` means; undefined where kilopy does not know this machine. */
  readonly host: Target | undefined;
  /** What `all` means: the targets of the base. */
  readonly all: readonly Target[];
  readonly where?: SourceLocation | undefined;
}

/**
 * Targets from a list with commas: `linux/arm/v7`, `arm/v7`, other names of the same machines (`x86_64`, `armel`,
 * `mips_24kc`), `host` and `all`. In the order given, without repetition. Throws KP2004 or KP2005; several faults
 * come as one error with `others`.
 */
export function parseTargets(text: string, options: ParseTargetsOptions): readonly Target[] {
  const found = new Map<string, Target>();
  const faults: KilopyError[] = [];
  for (const word of text.split(',').map((part) => part.trim())) {
    if (word === '' && text.trim() !== '') continue;
    const result = resolveWord(word, options);
    if (result instanceof KilopyError) faults.push(result);
    else for (const target of result) if (!found.has(target.name)) found.set(target.name, target);
  }
  const [first, ...others] = faults;
  if (first === undefined) return [...found.values()];
  if (others.length === 0) throw first;
  const { code, message, where, why, fix, data } = first;
  throw new KilopyError(code, message, { where, why, fix, data, others });
}

function resolveWord(word: string, { host, all, where }: ParseTargetsOptions): readonly Target[] | KilopyError {
  const name = word.toLowerCase();
  if (name === 'all') return all;
  if (name === 'host') return host === undefined ? unknownHost(where) : [host];
  const bare = name.startsWith('linux/') ? name.slice('linux/'.length) : name;
  const meanings = ambiguous.get(bare);
  const target = byName.get(bare);
  if (meanings === undefined && target !== undefined) return [target];
  if (meanings !== undefined) {
    return new KilopyError('KP2005', `the target "${word}" has more than one meaning: ${meanings.says}`, {
      where,
      fix: `write ${meanings.write.join(' or ')}`,
      data: { target: word, choices: meanings.write },
    });
  }
  return unknownTarget(word, bare, where);
}

function unknownTarget(word: string, bare: string, where: SourceLocation | undefined): KilopyError {
  const suggestions = [...new Set(nearest(bare, byName.keys()).map((name) => byName.get(name)?.name ?? name))];
  const otherSystem = /^(windows|darwin|macos|freebsd|netbsd|openbsd|wasi)\b/.test(bare);
  return new KilopyError('KP2004', word === '' ? 'no target is given' : `unknown target "${word}"`, {
    where,
    why: otherSystem ? 'kilopy builds images for Linux' : undefined,
    fix: suggestions.length > 0 ? `did you mean ${suggestions.join(' or ')}? ${listing}` : listing,
    data: { target: word, suggestions },
  });
}

function unknownHost(where: SourceLocation | undefined): KilopyError {
  return new KilopyError('KP2004', 'this machine is of no family that kilopy builds for', {
    where,
    why: 'the target is `host`, which means the machine that kilopy runs on',
    fix: 'name a target, such as --target linux/amd64',
  });
}

const listing = 'kilopy targets lists them';

/** Each name that means one target: its own without `linux/`, the file label, aliases, and the ecosystems' names. */
const byName: ReadonlyMap<string, Target> = new Map(
  targets.flatMap((target) =>
    [target.name.slice('linux/'.length), target.fileLabel, ...target.aliases, target.gnuTriplet]
      .map((name) => [name, target] as const)
      .concat((target.openwrt ?? []).map((name) => [name, ofOpenwrt(target, name)] as const)),
  ),
);

/** The same machines with this architecture of OpenWrt's packages before the others. */
function ofOpenwrt(target: Target, name: string): Target {
  const [usual, ...others] = target.openwrt ?? [];
  if (usual === name) return target;
  return {
    ...target,
    openwrt: [name, ...[usual, ...others].filter((one) => one !== undefined && one !== name)] as string[],
  };
}

interface Meanings {
  readonly says: string;
  readonly write: readonly string[];
}

const mips64: Meanings = {
  says: 'kilopy has the 32-bit linux/mips (big-endian) and linux/mipsle (little-endian), and no 64-bit MIPS',
  write: ['linux/mips', 'linux/mipsle'],
};

const arm: Meanings = {
  says: 'linux/arm/v7 has floating point, linux/arm/v6 is the first Raspberry Pi, linux/arm/v5 has no floating point',
  write: ['linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5'],
};

const ambiguous: ReadonlyMap<string, Meanings> = new Map([
  [
    'armhf',
    {
      says: 'Debian means ARMv7 by it (linux/arm/v7), Alpine ARMv6 (linux/arm/v6)',
      write: ['linux/arm/v7', 'linux/arm/v6'],
    },
  ],
  ['arm', arm],
  ['arm32', arm],
  [
    'arm-linux-gnueabihf',
    { says: 'the compiler of that name makes ARMv7 and ARMv6', write: ['linux/arm/v7', 'linux/arm/v6'] },
  ],
  ['mips64', mips64],
  ['mips64le', mips64],
  ['mips64el', mips64],
  [
    'x86',
    { says: 'Alpine means 32 bit by it (linux/386), OpenWrt 32 and 64 bit', write: ['linux/386', 'linux/amd64'] },
  ],
]);
