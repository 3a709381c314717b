import { basename, dirname, join, relative, resolve } from 'node:path';
import dockerfileAst from 'dockerfile-ast';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { collectFaults } from '../../spec/faults.ts';
import { hostTarget } from '../../spec/host-target.ts';
import { lower } from '../../spec/lower.ts';
import type { ParsedDockerfile } from '../../spec/dockerfile/parse.ts';
import { parseDockerfile } from '../../spec/dockerfile/parse.ts';
import { parseTargets } from '../../spec/parse-targets.ts';
import { yamlFrontEnd } from '../../spec/yaml-front-end.ts';
import { chooseBase } from './choose-base.ts';
import { compose } from './compose.ts';
import { readDockerContext, type DockerContext } from './docker-context.ts';
import { expand, imageOf, interpretStage } from './interpret-stage.ts';
import { findStage, type Interpretation } from './interpretation.ts';
import { placeFiles } from './place-files.ts';
import { startOfApp } from './start-of-app.ts';
import type { Note } from './stage-state.ts';
import { yamlText } from './yaml-text.ts';

export interface MigrateRequest {
  /** Absolute: a Dockerfile, or a folder with one. */
  readonly path: string;
  /** Absolute; absent: the folder of the Dockerfile. */
  readonly context?: string | undefined;
  /** Absent: the last one. */
  readonly stage?: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Overwrite a kilopy.yaml that is there. */
  readonly force: boolean;
}

export interface MigrateResult {
  /** Absolute path of kilopy.yaml. */
  readonly path: string;
  /** Absolute: what `kilopy build` takes. */
  readonly folder: string;
  readonly dockerfile: string;
  readonly base: string;
  readonly entry: string;
  /** By line. */
  readonly notes: readonly Note[];
  readonly text: string;
}

/**
 * Reads a Dockerfile and writes the kilopy.yaml that says the same. Nothing is run and nothing downloaded. What is
 * written has been read back and lowered.
 *
 * @throws KilopyError KP2350 (no Dockerfile), KP2351 (syntax), KP2352 (kilopy.yaml is there), KP2353 (no program to
 *   start), KP2354 (no such stage)
 */
export async function migrate(ctx: Context, request: MigrateRequest): Promise<MigrateResult> {
  const dockerfile = await findDockerfile(ctx, request.path);
  const shown = relative(ctx.cwd, dockerfile).startsWith('..') ? dockerfile : relative(ctx.cwd, dockerfile);
  const text = await ctx.fs.readText(dockerfile);
  const file = parseDockerfile(text, shown, dockerfileAst.DockerfileParser);
  const folder = request.context ?? dirname(dockerfile);
  const context = await readDockerContext(ctx, folder, [`${basename(dockerfile)}.dockerignore`, '.dockerignore']);
  const all: Interpretation = {
    file,
    context,
    globals: globalArguments(file, request),
    given: new Map(Object.entries(request.buildArgs)),
    done: new Map(),
    stage: (at) => interpretStage(at, all),
  };
  const index = chosenStage(file, request.stage, shown);
  const state = interpretStage(index, all);
  const start = startOfApp(state, file.escape);
  const sources = await pythonSources(ctx, context);
  const placed = placeFiles(state, start, context, (path) => mentions(path, sources, state.env.values(), start.args));
  if (placed === undefined) throw noProgram(shown, start.line, start.program, state.notes);
  const root = rootOf(index, all);
  const chosen = chooseBase(state, root, importedModules(sources));
  const platform = platformOf(file.stages[index]?.platform, all);
  const draft = compose({ state, start, placed, chosen, context, platform, folderName: basename(folder) });
  const notes = ordered(state.notes);
  const target = join(folder, placed.folder, 'kilopy.yaml');
  const yaml = yamlText(draft, notes, basename(dockerfile));
  checkLowers(ctx, yaml, target);
  if (!request.force && (await ctx.fs.exists(target)))
    throw new KilopyError('KP2352', `${relative(ctx.cwd, target) || target} is there already`, {
      fix: 'look at it, and say --force to have it overwritten',
    });
  await ctx.fs.writeAtomic(target, yaml);
  return {
    path: target,
    folder: dirname(target),
    dockerfile,
    base: chosen.name,
    entry: placed.entry,
    notes,
    text: yaml,
  };
}

async function findDockerfile(ctx: Context, path: string): Promise<string> {
  for (const candidate of [join(path, 'Dockerfile'), join(path, 'Containerfile'), path]) {
    const status = await ctx.fs.stat(candidate).catch(() => undefined);
    if (status?.isFile() === true) return candidate;
  }
  throw new KilopyError('KP2350', `there is no Dockerfile at ${path}`, {
    fix: 'give the path of the file, or of the folder that has it',
  });
}

function globalArguments(
  { args, escape }: ParsedDockerfile,
  { buildArgs }: MigrateRequest,
): ReadonlyMap<string, string> {
  const globals = new Map<string, string>();
  for (const step of args) {
    const word = expand(step.text, step.line, (name) => globals.get(name), { file: { args, escape, stages: [] } }).text;
    const [name = '', ...value] = word.split('=');
    const chosen = buildArgs[name] ?? (word.includes('=') ? value.join('=') : undefined);
    if (chosen !== undefined) globals.set(name, chosen);
  }
  return globals;
}

function chosenStage(file: ParsedDockerfile, name: string | undefined, shown: string): number {
  if (name === undefined) return file.stages.length - 1;
  const found = findStage(file, name, file.stages.length);
  if (found !== undefined) return found;
  const names = file.stages.map((stage, at) => stage.name ?? String(at));
  throw new KilopyError('KP2354', `${shown} has no stage ${name}`, { fix: `it has ${names.join(', ')}` });
}

/** What the first FROM below a stage names. */
function rootOf(index: number, all: Interpretation): { readonly reference: string; readonly line: number } {
  const stage = all.file.stages[index];
  if (stage === undefined) throw new TypeError(`no stage ${String(index)}`);
  const reference = imageOf(stage, all);
  const below = findStage(all.file, reference, index);
  return below === undefined ? { reference, line: stage.line } : rootOf(below, all);
}

/** A platform that is named; variables of BuildKit mean "this machine" or "what is asked for". */
function platformOf(text: string | undefined, all: Interpretation): string | undefined {
  if (text === undefined) return undefined;
  const value = expand(text, 1, (name) => all.globals.get(name), all).text;
  try {
    return parseTargets(value, { host: undefined, all: [] })[0]?.name;
  } catch {
    return undefined;
  }
}

async function pythonSources(ctx: Context, { files, folder }: DockerContext): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const path of files.filter((name) => name.endsWith('.py')).slice(0, 2000))
    texts.push(await ctx.fs.readText(join(folder, path)));
  return texts;
}

function mentions(
  path: string,
  sources: readonly string[],
  env: Iterable<{ readonly value: string }>,
  args: readonly string[],
): boolean {
  const has = (text: string): boolean =>
    text.includes(`${path}/`) || text.includes(`${path}'`) || text.includes(`${path}"`) || text === path;
  return sources.some(has) || [...env].some(({ value }) => has(value)) || args.some(has);
}

function importedModules(sources: readonly string[]): ReadonlySet<string> {
  const names = sources.flatMap((text) =>
    [...text.matchAll(/^[ \t]*(?:import|from)[ \t]+(\w+)/gmu)].map(([, name = '']) => name),
  );
  return new Set(names);
}

function noProgram(shown: string, line: number, program: string | undefined, notes: readonly Note[]): KilopyError {
  const where = line === 0 ? { file: shown } : { file: shown, line };
  const said = notes.find((note) => note.line === line && line !== 0);
  return new KilopyError(
    'KP2353',
    program === undefined
      ? 'nothing in it says which Python file is started'
      : `${program} is not among the files that it copies`,
    {
      where,
      why:
        said?.why ??
        (program === undefined
          ? 'there is no ENTRYPOINT or CMD with one, and no main.py is copied'
          : 'it is made by a command, comes from somewhere else, or .dockerignore keeps it out'),
      fix: said?.fix ?? 'put the program into the folder and COPY it; or write kilopy.yaml by hand: app: {entry: ...}',
    },
  );
}

/** By line, each once. */
function ordered(notes: readonly Note[]): readonly Note[] {
  const known = new Map(notes.map((note) => [`${String(note.line)} ${note.what} ${note.why}`, note]));
  return [...known.values()].sort((a, b) => a.line - b.line);
}

/** @throws what `kilopy build` would say of it */
function checkLowers(ctx: Context, text: string, target: string): void {
  const faults = collectFaults();
  const front = yamlFrontEnd(text, target, faults);
  lower([front], { folder: dirname(resolve(target)), file: target, host: hostTarget(ctx.host) }, faults);
  faults.throwIfAny();
}
