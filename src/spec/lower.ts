import { posix, resolve } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { SourceLocation } from '../values/source-location.ts';
import type { Wish } from '../values/wish.ts';
import { bases, type Base, type BaseRow } from './bases.ts';
import { checkOutputs } from './check-outputs.ts';
import type { Faults } from './faults.ts';
import type { Draft, FrontEnd } from './front-end.ts';
import { isImageName, nameOfFolder, toImageName } from './image-name.ts';
import { lowerBase } from './lower-base.ts';
import { lowerBudget } from './lower-budget.ts';
import { lowerFeeds } from './lower-feeds.ts';
import { lowerFiles } from './lower-files.ts';
import { lowerInit } from './lower-init.ts';
import { lowerPorts } from './lower-ports.ts';
import { lowerTls } from './lower-tls.ts';
import { lowerUser } from './lower-user.ts';
import { defaultOutputs } from './outputs.ts';
import { squashfsBlocks, type SquashfsSettings } from './squashfs-settings.ts';
import { parseTargets } from './parse-targets.ts';
import type { AppSpec, Spec } from './spec.ts';
import type { Target } from './targets.ts';

export interface LowerOptions {
  /** Absolute. */
  readonly folder: string;
  readonly file: string | undefined;
  readonly host: Target | undefined;
}

/** One Spec from front ends; later ones win key by key, packages, env and settings of one base add up. */
export function lower(fronts: readonly FrontEnd[], options: LowerOptions, faults: Faults): Spec {
  const { folder, file } = options;
  const base = lowerBase(fronts, folder, faults);
  const top = <K extends keyof Draft>(key: K): Found<NonNullable<Draft[K]>> | undefined => lastWith(fronts, key);
  const at = <T, K extends keyof Draft>(key: K, work: (found: Found<NonNullable<Draft[K]>>) => T, fallback: T): T => {
    const found = top(key);
    return found === undefined ? fallback : faults.attempt(() => work(found), fallback);
  };
  const spec: Spec = {
    folder,
    file,
    name: at('name', ({ value, where }) => checkName(value, where), nameOfFolder(folder)),
    app: lowerApp(fronts, faults),
    base: base.base,
    targets: faults.attempt(() => lowerTargets(top('targets'), base, options.host), []),
    packages: fronts.flatMap(lowerPackages),
    files: at('files', ({ value, front }) => lowerFiles(value, front, folder, faults), []),
    env: checkEnv(fronts, faults),
    user: at('user', ({ value, where }) => lowerUser(value, where), { name: 'nonroot', uid: 65_532, gid: 65_532 }),
    workdir: at('workdir', ({ value, where }) => checkWorkdir(value, where), '/app'),
    ports: at('ports', ({ value, front }) => lowerPorts(value, front, faults), []),
    annotations: at('annotations', ({ value }) => value, {}),
    feeds: at('feeds', ({ value, front }) => lowerFeeds(value, front, folder, base.base, faults), []),
    slim: at('slim', ({ value }) => value, 'closure'),
    debug: at('debug', ({ value }) => value, false),
    licences: at('licences', ({ value }) => value, false),
    tls: at('tls', ({ value, front, where }) => lowerTls(value, front, folder, where, faults), undefined),
    init: at('init', ({ value, where }) => lowerInit(value, base.base, where), undefined),
    squashfs: at('squashfs', ({ value }) => lowerSquashfs(value), undefined),
    budget: at('budget', ({ value, front }) => lowerBudget(value, front.locate, faults), []),
    outputs: [...new Set(at('outputs', ({ value }) => (typeof value === 'string' ? [value] : value), defaultOutputs))],
  };
  faults.attempt(() => checkOutputs(spec.outputs, spec.targets, top('outputs')?.where), undefined);
  return spec;
}

function lowerSquashfs({ block = '256k', compression = 'xz' }: NonNullable<Draft['squashfs']>): SquashfsSettings {
  return { blockBytes: squashfsBlocks[block], compression };
}

interface Found<T> {
  readonly value: T;
  readonly front: FrontEnd;
  readonly where: SourceLocation;
}

function lastWith<K extends keyof Draft>(
  fronts: readonly FrontEnd[],
  key: K,
): Found<NonNullable<Draft[K]>> | undefined {
  const front = fronts.findLast(({ value }) => value[key] !== undefined);
  const value = front?.value[key];
  return front === undefined || value === undefined || value === null
    ? undefined
    : { value, front, where: front.locate([key]) };
}

function checkName(name: string, where: SourceLocation): string {
  if (isImageName(name)) return name;
  throw new KilopyError('KP2003', `"${name}" cannot be the name of an image`, {
    where,
    why: 'registries take lower-case letters, digits and single ".", "_" or "-" between them, and kilopy at most 100 of them',
    fix: `write ${toImageName(name)}`,
  });
}

function lowerApp(fronts: readonly FrontEnd[], faults: Faults): AppSpec {
  const pick = <K extends keyof NonNullable<Draft['app']>>(key: K): NonNullable<Draft['app']>[K] =>
    fronts.findLast(({ value }) => value.app?.[key] !== undefined)?.value.app?.[key];
  const front = fronts.findLast(({ value }) => value.app?.entry !== undefined);
  const entryWhere = front?.locate(['app', 'entry']);
  return {
    entry: faults.attempt(() => checkEntry(pick('entry') ?? 'main.py', entryWhere), 'main.py'),
    entryWhere,
    include: pick('include') ?? ['**'],
    exclude: pick('exclude') ?? [],
    args: checkArgs(fronts, faults),
  };
}

function checkArgs(fronts: readonly FrontEnd[], faults: Faults): readonly string[] {
  const front = fronts.findLast(({ value }) => value.app?.args !== undefined);
  const args = front?.value.app?.args ?? [];
  for (const [index, argument] of args.entries()) {
    if (!argument.includes('\0')) continue;
    faults.add(
      new KilopyError('KP2003', 'an argument has a NUL', {
        where: front?.locate(['app', 'args', index]),
        why: 'no program can be started with it',
        fix: 'remove it',
      }),
    );
  }
  return args;
}

function checkEntry(entry: string, where: SourceLocation | undefined): string {
  const path = posix.normalize(entry);
  if (
    entry !== '' &&
    !posix.isAbsolute(path) &&
    path !== '..' &&
    !path.startsWith('../') &&
    !path.endsWith('/') &&
    path !== '.'
  ) {
    return path;
  }
  throw new KilopyError('KP2003', `"${entry}" is not a file inside the folder`, {
    where,
    why: 'the entry point is relative to the folder that is built, and lies in it',
    fix: 'write a relative path, such as main.py',
  });
}

function lowerTargets(
  found: Found<string | readonly string[]> | undefined,
  { base, row, known }: { readonly base: Base; readonly row: BaseRow; readonly known: boolean },
  host: Target | undefined,
): readonly Target[] {
  const value = found?.value ?? 'host';
  const words = (typeof value === 'string' ? [value] : value).flatMap((text, index) => {
    const where = typeof value === 'string' ? found?.where : found?.front.locate(['targets', index]);
    const parts = text.split(',').filter((part) => part.trim() !== '');
    return (parts.length > 0 ? parts : ['']).map((word) => ({ word, where }));
  });
  const chosen = new Map<string, Target>();
  const faults: KilopyError[] = [];
  for (const { word, where } of words) {
    try {
      for (const target of parseTargets(word, { host, all: row.targets, where })) {
        if (!known || row.targets.some(({ name }) => name === target.name)) chosen.set(target.name, target);
        else faults.push(missingTarget(base, row, target, where));
      }
    } catch (error) {
      if (!(error instanceof KilopyError)) throw error;
      faults.push(error, ...error.others);
    }
  }
  const [first, ...others] = faults;
  if (first === undefined) return [...chosen.values()];
  const { code, message, where, why, fix, data } = first;
  throw new KilopyError(code, message, { where, why, fix, data, others });
}

function missingTarget(base: Base, row: BaseRow, target: Target, where: SourceLocation | undefined): KilopyError {
  const others = bases.filter((other) => other.name !== base.name && other.targets.includes(target));
  const elsewhere = others.map(({ name, available }) => (available ? name : `${name} (not in this version)`));
  return new KilopyError('KP2008', `the base ${base.name} has no ${target.name}`, {
    where,
    why: elsewhere.length > 0 ? `that target is a matter of ${elsewhere.join(' or ')}` : undefined,
    fix: `with ${base.name}, choose from ${row.targets.map(({ name }) => name).join(', ')}`,
    data: { base: base.name, target: target.name, targets: row.targets.map(({ name }) => name) },
  });
}

function lowerPackages(front: FrontEnd): readonly Wish[] {
  const { packages } = front.value;
  if (packages === undefined) return [];
  if (typeof packages !== 'string') {
    return packages.map((text, index) => ({ text: text.trim(), where: front.locate(['packages', index]) }));
  }
  const where = front.locate(['packages']);
  return packages
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => ({ text, where }));
}

function checkEnv(fronts: readonly FrontEnd[], faults: Faults): Readonly<Record<string, string>> {
  const env = new Map<string, string>();
  for (const front of fronts) {
    for (const [key, value] of Object.entries(front.value.env ?? {})) {
      env.set(key, value);
      if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(key) && !value.includes('\0')) continue;
      faults.add(
        new KilopyError('KP2003', `"${key}" cannot be an environment variable`, {
          where: front.locate(['env', key], 'key'),
          why: 'a name has letters, digits and "_" and does not begin with a digit; a value has no NUL',
          fix: 'rename it',
        }),
      );
    }
  }
  return Object.fromEntries(env);
}

function checkWorkdir(text: string, where: SourceLocation): string {
  const path = posix.normalize(text);
  if (posix.isAbsolute(text)) return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  throw new KilopyError('KP2003', `workdir must be an absolute path, and is "${text}"`, {
    where,
    fix: `write ${resolve('/app', text)}`,
  });
}
