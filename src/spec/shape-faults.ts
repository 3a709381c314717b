import { KilopyError } from '../errors/kilopy-error.ts';
import { nearest } from '../errors/nearest.ts';
import { bases } from './bases.ts';
import type { DraftPath, FrontEnd } from './front-end.ts';
import { outputFormats } from './outputs.ts';
import { suggestion } from './suggestion.ts';

/** The part of zod's issues (zod 4, "Error customization") that kilopy reads. */
export interface ShapeIssue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly input?: unknown;
  readonly expected?: string;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  readonly errors?: readonly (readonly ShapeIssue[])[];
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly origin?: string;
}

type Locate = FrontEnd['locate'];

/** What zod found, as errors with places and suggestions. `jsonSchema` knows which keys stand where; it is only asked for after an unknown key. */
export function shapeFaults(
  issues: readonly ShapeIssue[],
  locate: Locate,
  jsonSchema: () => Readonly<Record<string, unknown>>,
): readonly KilopyError[] {
  return issues.flatMap((issue) => faultsOf(issue, []));

  function faultsOf(issue: ShapeIssue, prefix: DraftPath): readonly KilopyError[] {
    const path = [...prefix, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
    if (issue.code === 'unrecognized_keys') return (issue.keys ?? []).map((key) => unknownKey([...path, key]));
    if (issue.code === 'invalid_union') {
      const branches = issue.errors ?? [];
      // A branch that is not refused as a whole is the one that the person meant.
      const meant = branches.find((branch) => !branch.some(refusesWhole));
      if (meant !== undefined) return meant.flatMap((inner) => faultsOf(inner, path));
      const expected = branches.flatMap((branch) => branch.map((inner) => inner.expected ?? 'string'));
      return [wrongKind(path, expected, issue.input)];
    }
    if (issue.code === 'invalid_type') return [wrongKind(path, [issue.expected], issue.input)];
    if (issue.code === 'invalid_value') return [wrongWord(path, issue.values ?? [], issue.input)];
    return [new KilopyError('KP2003', `${spell(path)} ${rangeText(issue)}`, { where: locate(path), data: { path } })];
  }

  function unknownKey(path: DraftPath): KilopyError {
    const key = String(path.at(-1));
    const parent = path.slice(0, -1);
    const where = locate(path, 'key');
    const known = keysAt(jsonSchema(), parent);
    if (parent.length === 1 && parent[0] === 'base') {
      const isSetting = bases.some((row) => row.settings.includes(key));
      return new KilopyError(
        'KP2006',
        isSetting ? `base has "${key}" without a name around it` : `unknown base "${key}"`,
        {
          where,
          fix: isSetting ? `write base: {debian: {${key}: ...}}` : suggestion(key, known),
          data: { path, suggestions: nearest(key, known) },
        },
      );
    }
    const moved = parent.length === 0 ? otherWords[key.toLowerCase()] : undefined;
    return new KilopyError('KP2002', `unknown key "${key}"${parent.length === 0 ? '' : ` in ${spell(parent)}`}`, {
      where,
      fix: moved === undefined ? suggestion(key, known) : `kilopy's word for it is ${moved}`,
      data: { path, suggestions: moved === undefined ? nearest(key, known) : [moved] },
    });
  }

  function wrongKind(path: DraftPath, expected: readonly (string | undefined)[], input: unknown): KilopyError {
    if (input === undefined && typeof path.at(-1) === 'string') {
      return new KilopyError('KP2003', `${spell(path.slice(0, -1))} has no "${String(path.at(-1))}"`, {
        where: locate(path),
        data: { path },
      });
    }
    const kinds = [...new Set(expected.map((kind) => kindNames[kind ?? ''] ?? kind ?? 'something else'))];
    return new KilopyError('KP2003', `${spell(path)} must be ${kinds.join(' or ')}, and is ${kindOf(input)}`, {
      where: locate(path),
      data: { path },
    });
  }

  function wrongWord(path: DraftPath, values: readonly unknown[], input: unknown): KilopyError {
    const words = values.map(String);
    const isOutput = path[0] === 'outputs';
    const given = typeof input === 'string' ? `"${input}"` : kindOf(input);
    const message = isOutput
      ? `unknown output ${given}`
      : `${spell(path)} must be one of ${words.join(', ')}, and is ${given}`;
    return new KilopyError(isOutput ? 'KP2009' : 'KP2003', message, {
      where: locate(path),
      fix: suggestion(typeof input === 'string' ? input : '', isOutput ? Object.keys(outputFormats) : words),
      data: { path, suggestions: typeof input === 'string' ? nearest(input, words) : [] },
    });
  }
}

/** Whether a branch of a union does not take a value of this kind at all. */
function refusesWhole({ path, code, input }: ShapeIssue): boolean {
  return path.length === 0 && (code === 'invalid_type' || (code === 'invalid_value' && typeof input !== 'string'));
}

/** `files./etc/motd.mode`, `ports[1]`. */
function spell(path: DraftPath): string {
  if (path.length === 0) return 'kilopy.yaml';
  return path
    .map((part, index) => (typeof part === 'number' ? `[${String(part)}]` : index === 0 ? part : `.${part}`))
    .join('');
}

/** What other tools call the keys of kilopy.yaml. */
const otherWords: Readonly<Record<string, string>> = {
  entrypoint: 'app.entry',
  entry: 'app.entry',
  main: 'app.entry',
  cmd: 'app.args',
  command: 'app.args',
  include: 'app.include',
  exclude: 'app.exclude',
  ignore: 'app.exclude',
  environment: 'env',
  arch: 'targets',
  archs: 'targets',
  architectures: 'targets',
  platform: 'targets',
  platforms: 'targets',
  dependencies: 'packages',
  contents: 'packages and files',
  from: 'base',
  image: 'base: {image: ...}',
  labels: 'annotations',
  repositories: 'feeds',
  format: 'outputs',
  formats: 'outputs',
  'work-dir': 'workdir',
  paths: 'files',
  expose: 'ports',
};

const kindNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a whole number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
};

function kindOf(input: unknown): string {
  if (input === null) return 'empty';
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'string') return 'text';
  if (typeof input === 'number' || typeof input === 'boolean') return String(input);
  return 'a mapping';
}

function rangeText(issue: ShapeIssue): string {
  if (issue.origin === 'array') return 'must not be empty';
  if (issue.code === 'too_big') return `must be at most ${String(issue.maximum)}`;
  if (issue.code === 'too_small') return `must be at least ${String(issue.minimum)}`;
  return `is not right: ${issue.message}`;
}

/** Keys that the JSON schema allows in the mapping at `path`. */
function keysAt(schema: Readonly<Record<string, unknown>>, path: DraftPath): readonly string[] {
  let nodes = [schema];
  for (const part of path) {
    nodes = nodes.flatMap(alternatives).flatMap((node) => {
      const inner =
        typeof part === 'number'
          ? [node['items']]
          : [asObject(node['properties'])?.[part], node['additionalProperties']];
      return inner.map(asObject).filter((value) => value !== undefined);
    });
  }
  return [...new Set(nodes.flatMap(alternatives).flatMap((node) => Object.keys(asObject(node['properties']) ?? {})))];
}

function alternatives(node: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>[] {
  const inner = Array.isArray(node['anyOf']) ? (node['anyOf'] as Record<string, unknown>[]) : [];
  return [node, ...inner.flatMap(alternatives)];
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}
