import { posix } from 'node:path';
import type { Step } from '../../spec/dockerfile/parse.ts';
import { findStage, type Interpretation } from './interpretation.ts';
import type { Copied, Note, StageState } from './stage-state.ts';

type Say = (kind: Note['kind'], why: string, fix?: string) => void;

/** COPY and ADD: where files of the context end up. What another stage made by running something is not there. */
export function copyStep(
  step: Step,
  words: readonly string[],
  state: StageState,
  index: number,
  all: Interpretation,
  say: Say,
): void {
  const workdir = state.workdir?.value ?? '/';
  const sources = words.slice(0, -1);
  const last = words.at(-1) ?? '';
  const target = posix.resolve(workdir, last);
  const rights = { owner: step.flags.get('chown'), mode: step.flags.get('chmod'), line: step.line };
  const intoFolder =
    last.endsWith('/') ||
    last === '.' ||
    last === '..' ||
    sources.length > 1 ||
    target === workdir ||
    isFolder(state, target);
  const add = (from: string, kind: Copied['kind'], name: string): void => {
    state.copies.push({ from, kind, to: kind === 'file' && intoFolder ? posix.join(target, name) : target, ...rights });
  };

  for (const [flag, value] of step.flags) {
    if (flag === 'exclude')
      say('changed', `what --exclude=${value} keeps out is copied`, `app: {exclude: ["${value}"]}`);
    if (flag === 'chmod' && !/^[0-7]{3,5}$/u.test(value)) say('changed', 'only octal modes are carried over');
  }

  const from = step.flags.get('from');
  if (from !== undefined) {
    for (const source of sources) copyFromStage(source, from);
    return;
  }
  for (const source of sources) {
    const heredoc = step.heredocs.find(({ name }) => source.replace(/^<<-?/u, '').replaceAll(/['"]/gu, '') === name);
    if (heredoc !== undefined) {
      const path = intoFolder ? posix.join(target, heredoc.name) : target;
      state.made.set(path, { line: step.line, content: heredoc.text, owner: rights.owner, mode: rights.mode });
    } else if (/^(?:https?|git|ftp):\/\/|^git@/u.test(source)) {
      say(
        'lost',
        'kilopy downloads nothing but packages',
        `fetch it once into the folder, and name it below files: ${target}`,
      );
    } else if (step.keyword === 'ADD' && /\.(?:tar|tgz|tar\.\w+)$/u.test(source)) {
      say(
        'lost',
        'ADD unpacks the archive, and kilopy does not',
        'unpack it into the folder, and name that below files:',
      );
    } else {
      copyFromContext(source);
    }
  }

  function copyFromContext(source: string): void {
    const paths = all.context.expand(posix.normalize(source).replace(/^\/+/u, ''));
    if (paths.length === 0 && /[*?[]/u.test(source)) {
      say('changed', `nothing in the folder matches ${source}`);
      return;
    }
    for (const path of paths) {
      const kind = all.context.kind(path);
      if (kind === undefined) say('lost', `there is no ${source} in the folder, or .dockerignore keeps it out`);
      else if (step.flags.has('parents'))
        state.copies.push({ from: path, kind, to: posix.join(target, path.replace(/^.*\/\.\//u, '')), ...rights });
      else add(path, kind, posix.basename(path));
    }
  }

  function copyFromStage(source: string, name: string): void {
    const other = findStage(all.file, name, index);
    if (other === undefined) {
      if (isRuntime(source)) say('needless', 'kilopy has a runtime of its own, compiled once and kept');
      else
        say(
          'lost',
          `it comes from the image ${name}`,
          'take the file out of that image once, and put it into the folder',
        );
      return;
    }
    const made = all.stage(other);
    const path = posix.resolve('/', source);
    if (isRuntime(source)) {
      state.makesRuntime = true;
      say('needless', 'kilopy has a runtime of its own, compiled once and kept');
      return;
    }
    const found = contextOf(path, made.copies, all);
    for (const note of made.notes) if (note.kind === 'lost' && !state.notes.includes(note)) state.notes.push(note);
    if (found === undefined && copyFolderOf(made, path)) {
      warnOfStage(made, source, name);
      return;
    }
    if (found === undefined) {
      const content = made.made.get(path);
      if (content !== undefined)
        state.made.set(intoFolder ? posix.join(target, posix.basename(path)) : target, content);
      else
        say(
          'lost',
          `it is made by what the stage ${name} runs`,
          'make it before the build, and put it beside main.py or below files:',
        );
      return;
    }
    add(found.from, found.kind, posix.basename(path));
    warnOfStage(made, found.from, name);
  }

  /** A folder of a stage that several COPY put together. */
  function copyFolderOf(made: StageState, path: string): boolean {
    const below = path === '/' ? '/' : `${path}/`;
    const files = made.copies.filter(({ to }) => to.startsWith(below));
    for (const copy of files)
      state.copies.push({ ...copy, to: posix.join(target, copy.to.slice(below.length)), ...rights });
    const nodes = [...made.made].filter(([place]) => place.startsWith(below));
    for (const [place, node] of nodes) state.made.set(posix.join(target, place.slice(below.length)), node);
    return files.length + nodes.length > 0;
  }

  function warnOfStage(made: StageState, taken: string, name: string): void {
    if (made.packages.length > 0 || made.notes.some(({ kind }) => kind === 'lost'))
      say(
        'changed',
        `${taken === '' ? 'the folder' : taken} is taken as it is in the folder, without what the stage ${name} runs`,
      );
  }
}

/** MicroPython itself, by the names that it is copied under. */
function isRuntime(path: string): boolean {
  return /(?:^|\/)(?:micropython(?:-dev|-minimal)?|mpy-cross)$/u.test(path) || /ports\/unix/u.test(path);
}

function isFolder(state: StageState, path: string): boolean {
  return (
    state.made.get(path)?.directory === true ||
    state.copies.some(({ to, kind }) => (kind === 'folder' && to === path) || to.startsWith(`${path}/`))
  );
}

/** Where in the context a file or folder of a stage comes from; the last COPY wins. */
export function contextOf(
  path: string,
  copies: readonly Copied[],
  { context }: Pick<Interpretation, 'context'>,
): Pick<Copied, 'from' | 'kind'> | undefined {
  for (const copy of copies.toReversed()) {
    if (copy.to === path) return copy;
    if (copy.kind !== 'folder' || !path.startsWith(copy.to === '/' ? '/' : `${copy.to}/`)) continue;
    const from = posix.join(copy.from, posix.relative(copy.to, path));
    const kind = context.kind(from);
    if (kind !== undefined) return { from, kind };
  }
  return undefined;
}
