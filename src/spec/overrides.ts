import type { SourceLocation } from '../values/source-location.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import { bases, defaultBase, type BaseName, type BaseRow } from './bases.ts';
import type { Faults } from './faults.ts';
import type { Draft, DraftBase, DraftPath, FrontEnd } from './front-end.ts';
import { draftBudget } from './lower-budget.ts';
import { outputFormats, type OutputFormat } from './outputs.ts';
import { suggestion } from './suggestion.ts';
import type { SlimMode } from './spec.ts';

/** Options of the command line that change the spec, as typed. They win over kilopy.yaml; `packages` adds to it. */
export interface SpecOverrides {
  readonly name?: string | undefined;
  /** `NAME` or `image:REF`. */
  readonly base?: string | undefined;
  readonly suite?: string | undefined;
  readonly release?: string | undefined;
  readonly mirror?: string | undefined;
  readonly snapshot?: string | undefined;
  /** With commas. */
  readonly target?: string | undefined;
  /** With commas. */
  readonly output?: string | undefined;
  /** `OUTPUT=SIZE`, with commas. */
  readonly budget?: string | undefined;
  /** With commas. */
  readonly packages?: string | undefined;
  readonly slim?: string | undefined;
  readonly entry?: string | undefined;
  /** `KEY=VALUE` each. */
  readonly env?: readonly string[] | undefined;
  /** Arguments of the application, after `--`. */
  readonly args?: readonly string[] | undefined;
}

const slimModes: readonly SlimMode[] = ['closure', 'packages', 'none'];

/** Lowers options to the form of a front end. `below` decides which base `--suite` and its like belong to. */
export function overridesFrontEnd(options: SpecOverrides, below: FrontEnd | undefined, faults: Faults): FrontEnd {
  const value: Draft = {
    name: options.name,
    app: { entry: options.entry, args: options.args },
    base: draftBase(options, below, faults),
    targets: options.target,
    packages: options.packages,
    env: faults.attempt(() => draftEnv(options.env), undefined),
    slim: faults.attempt(() => draftSlim(options.slim), undefined),
    outputs: faults.attempt(() => draftOutputs(options.output), undefined),
    budget: faults.attempt(() => draftBudget(options.budget), undefined),
  };
  return { value, locate: (path) => ({ file: optionName(path) }) };
}

function draftBase(options: SpecOverrides, below: FrontEnd | undefined, faults: Faults): Draft['base'] {
  const { base, suite, release, mirror, snapshot } = options;
  const settings = { suite, release, mirror, snapshot };
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  if (given.length === 0) return base;
  const name = base?.startsWith('image:') === true ? 'image' : (base ?? nameOf(below?.value.base) ?? defaultBase);
  if (name === 'image') {
    faults.add(
      new KilopyError('KP2011', `--${String(given[0]?.[0])} does not go with a base that is an image`, {
        where: option(String(given[0]?.[0])),
        fix: 'say where its packages come from in kilopy.yaml: base: {image: REFERENCE, debian: {suite: trixie}}',
      }),
    );
    return base;
  }
  const row = bases.find((candidate) => candidate.name === name);
  for (const [setting] of given) {
    if (row === undefined || row.settings.includes(setting)) continue;
    const fix = fixFor(setting, row);
    faults.add(
      new KilopyError('KP2011', `--${setting} does not go with the base ${name}`, { where: option(setting), fix }),
    );
  }
  return { [name as BaseName]: Object.fromEntries(given) } satisfies DraftBase;
}

/** What the base takes instead, or the bases that take the option. */
function fixFor(setting: string, { name, settings }: BaseRow): string {
  const known = settings.filter((one) => /^(?:suite|release|mirror|snapshot)$/.test(one)).map((one) => `--${one}`);
  const others = bases.filter((other) => other.settings.includes(setting)).map((other) => `--base ${other.name}`);
  const base = `${others.join(' or ')} takes --${setting}`;
  return known.length === 0 ? base : `with ${name}, choose from ${known.join(', ')}; ${base}`;
}

function nameOf(base: Draft['base']): string | undefined {
  if (typeof base === 'object' && base.image !== undefined) return 'image';
  return typeof base === 'object' ? Object.keys(base)[0] : base;
}

function draftEnv(pairs: readonly string[] | undefined): Draft['env'] {
  if (pairs === undefined) return undefined;
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 1) {
        throw new KilopyError('KP2003', `"${pair}" is not KEY=VALUE`, {
          where: option('env'),
          fix: `write --env ${pair === '' || equals === 0 ? 'KEY=VALUE' : `${pair}=VALUE`}`,
        });
      }
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}

function draftSlim(text: string | undefined): SlimMode | undefined {
  const mode = slimModes.find((name) => name === text);
  if (text === undefined || mode !== undefined) return mode;
  throw new KilopyError('KP2003', `slim must be one of ${slimModes.join(', ')}, and is "${text}"`, {
    where: option('slim'),
    fix: suggestion(text, slimModes),
  });
}

function draftOutputs(text: string | undefined): readonly OutputFormat[] | undefined {
  if (text === undefined) return undefined;
  const words = text.split(',').map((word) => word.trim());
  for (const word of words) {
    if (Object.hasOwn(outputFormats, word)) continue;
    throw new KilopyError('KP2009', word === '' ? 'an output without a name' : `unknown output "${word}"`, {
      where: option('output'),
      fix: suggestion(word, Object.keys(outputFormats)),
    });
  }
  return words as OutputFormat[];
}

function option(name: string): SourceLocation {
  return { file: `--${name}` };
}

function optionName(path: DraftPath): string {
  const [key, second, third] = path.map(String);
  if (key === 'targets') return '--target';
  if (key === 'outputs') return '--output';
  if (key === 'app') return second === 'entry' ? '--entry' : '--';
  if (key === 'base' && third !== undefined) return `--${third}`;
  return `--${key ?? ''}`;
}
