import { posix } from 'node:path';
import type { DraftFile } from '../../spec/front-end.ts';
import { contextOf } from './copy-step.ts';
import type { DockerContext } from './docker-context.ts';
import type { StartOfApp } from './start-of-app.ts';
import type { Copied, Note, StageState } from './stage-state.ts';

/** Where the files of the Dockerfile are with kilopy. */
export interface PlacedFiles {
  /** The folder that is built, relative to the context: the one that holds the program. */
  readonly folder: string;
  /** Relative to that folder. */
  readonly entry: string;
  /** Undefined for everything. */
  readonly include: readonly string[] | undefined;
  readonly files: ReadonlyMap<string, DraftFile>;
  /** A path of the Dockerfile's image as it is in kilopy's. */
  moved(path: string): string;
}

/** Folders of modules that everybody sees; kilopy's is /app/lib. */
const moduleFolders: readonly string[] = [
  '/usr/lib/micropython',
  '/root/.micropython/lib',
  '/lib/micropython',
  '/usr/local/lib/micropython',
];

/** Folders of the system: no link to /app takes the place of one. */
const systemFolders = /^\/(?:[^/]+|usr\/(?:local|bin|sbin|lib|share)|usr\/local\/(?:bin|sbin|lib|share))$/u;

/**
 * The application is at /app in every image of kilopy, as the folder that is built has it. So that folder is the one
 * whose place in the Dockerfile holds the program; everything else that is copied goes below `files:`.
 *
 * @returns undefined when the program is not among what is copied
 */
export function placeFiles(
  state: StageState,
  start: StartOfApp,
  context: DockerContext,
  mentions: (path: string) => boolean,
): PlacedFiles | undefined {
  const program = findProgram(state, start, context);
  if (program === undefined) return undefined;
  const { root, place } = program;
  const modules = new Set([...moduleFolders, ...modulePath(state)]);
  const moved = (path: string): string => {
    if (path === place) return '/app';
    if (place !== '/' && path.startsWith(`${place}/`)) return posix.join('/app', posix.relative(place, path));
    for (const folder of modules) {
      if (path === folder || path.startsWith(`${folder}/`)) return posix.join('/app/lib', posix.relative(folder, path));
    }
    return path;
  };
  const include: string[] = [];
  const files = new Map<string, DraftFile>();
  let all = false;
  for (const copy of state.copies) {
    const inside = relativeTo(root, copy.from);
    const target = moved(copy.to);
    if (copy.kind === 'file' && inside === program.entry && copy.owner === undefined) {
      include.push(inside);
      continue;
    }
    const isInPlace = inside !== undefined && posix.resolve(place, inside) === copy.to;
    if (isInPlace && copy.owner === undefined && copy.mode === undefined) {
      if (inside === '') all = true;
      else include.push(copy.kind === 'folder' ? `${inside}/**` : inside);
      continue;
    }
    if (isInPlace) {
      if (inside === '') all = true;
      else include.push(copy.kind === 'folder' ? `${inside}/**` : inside);
      state.notes.push(ownership(copy));
      continue;
    }
    if (inside !== undefined && target === posix.join('/app', inside)) {
      include.push(copy.kind === 'folder' ? (inside === '' ? '**' : `${inside}/**`) : inside);
      continue;
    }
    files.set(target, {
      source: toYamlPath(posix.relative(root === '' ? '.' : root, copy.from === '' ? '.' : copy.from)),
      ...rights(copy, state),
    });
  }
  const hasBelow = (folder: string): boolean =>
    [...files.keys(), ...[...state.made.keys()].map(moved)].some((path) => path.startsWith(`${folder}/`));
  for (const [path, node] of state.made) {
    const { directory, content, symlink } = node;
    const target = moved(path);
    const isBare = directory === true && node.owner === undefined && node.mode === undefined;
    if (target === '/app' || (isBare && hasBelow(target))) continue;
    files.set(target, {
      ...(directory === true ? { directory } : {}),
      ...(content === undefined ? {} : { content }),
      ...(symlink === undefined ? {} : { symlink: moved(symlink) }),
      ...(symlink === undefined ? rights(node, state) : {}),
    });
  }
  if (place !== '/app' && place !== '/' && mentions(place)) {
    if (systemFolders.test(place))
      state.notes.push({
        kind: 'changed',
        line: start.line,
        what: place,
        why: `the application is at /app, and its files mention ${place}`,
        fix: 'write /app there, or names relative to the program',
      });
    else files.set(place, { symlink: '/app' });
  }
  return { folder: root, entry: program.entry, include: all ? undefined : [...new Set(include)], files, moved };
}

interface Program {
  /** Folder of the context that becomes the application. */
  readonly root: string;
  /** Where the Dockerfile has that folder. */
  readonly place: string;
  readonly entry: string;
}

function findProgram(state: StageState, start: StartOfApp, context: DockerContext): Program | undefined {
  for (const path of candidates(state, start)) {
    const found = contextOf(path, state.copies, { context });
    if (found?.kind !== 'file') continue;
    const folder = state.copies.findLast(
      (copy) =>
        copy.kind === 'folder' && isBelow(path, copy.to) && contextOf(path, [copy], { context })?.from === found.from,
    );
    const place = folder?.to ?? posix.dirname(path);
    const root = folder?.from ?? (posix.dirname(found.from) === '.' ? '' : posix.dirname(found.from));
    return widen({ root, place, entry: relativeTo(root, found.from) ?? posix.basename(found.from) }, state);
  }
  return undefined;
}

/** `COPY src/main.py /app/src/` and `COPY lib /app/lib`: the folder above both, as long as it is the same step up on both sides. */
function widen(program: Program, state: StageState): Program {
  let { root, place, entry } = program;
  for (;;) {
    const name = posix.basename(root);
    if (root === '' || posix.basename(place) !== name || place === '/') return { root, place, entry };
    const above = posix.dirname(root) === '.' ? '' : posix.dirname(root);
    const placeAbove = posix.dirname(place);
    const joins =
      placeAbove !== '/' &&
      state.copies.some((copy) => {
        const inside = relativeTo(above, copy.from);
        return (
          inside !== undefined &&
          relativeTo(root, copy.from) === undefined &&
          posix.resolve(placeAbove, inside) === copy.to
        );
      });
    if (!joins) return { root, place, entry };
    [root, place, entry] = [above, placeAbove, posix.join(name, entry)];
  }
}

function candidates(state: StageState, { program, isModule }: StartOfApp): string[] {
  if (program !== undefined) return isModule ? [`${program}.py`, `${program}/__main__.py`] : [program, `${program}.py`];
  const places = [
    state.workdir?.value ?? '/',
    ...state.copies.map(({ to, kind }) => (kind === 'folder' ? to : posix.dirname(to))),
  ];
  return [...new Set(places)].map((place) => posix.join(place, 'main.py'));
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** `path` as seen from `root`; undefined when it is not in it. */
function relativeTo(root: string, path: string): string | undefined {
  if (root === '' || path === root) return path === root ? '' : path;
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : undefined;
}

function modulePath(state: StageState): string[] {
  const text = state.env.get('MICROPYPATH')?.value ?? '';
  return text.split(':').filter((path) => path.startsWith('/') && path !== '/app' && path !== '/');
}

function toYamlPath(path: string): string {
  return path === '' ? '.' : path;
}

function ownership({ line, owner, mode, from, to }: Copied): Note {
  const what = `COPY ${[owner === undefined ? '' : `--chown=${owner}`, mode === undefined ? '' : `--chmod=${mode}`, from === '' ? '.' : from, to].filter((word) => word !== '').join(' ')}`;
  return {
    kind: 'changed',
    line,
    what,
    why: "the application's files belong to root and everybody can read them; the application cannot change them",
  };
}

function rights({ owner, mode, line }: Pick<Copied, 'owner' | 'mode' | 'line'>, state: StageState): DraftFile {
  const found = owner === undefined ? undefined : numbersOf(owner, state);
  if (owner !== undefined && found === undefined)
    state.notes.push({
      kind: 'changed',
      line,
      what: `owner ${owner}`,
      why: 'nothing in the Dockerfile says its number',
      fix: 'write uid: and gid: below files:',
    });
  return {
    ...(found === undefined ? {} : found),
    ...(mode === undefined || !/^[0-7]{3,5}$/u.test(mode) ? {} : { mode: mode.padStart(4, '0') }),
  };
}

/** `USER[:GROUP]` with names that RUN gave numbers to. `user` is whoever the application runs as. */
export function numbersOf(text: string, state: StageState): { readonly uid: number; readonly gid: number } | undefined {
  if (text === 'user') return numbersOf(state.user?.value ?? 'nonroot', state) ?? { uid: 65_532, gid: 65_532 };
  const [name = '', group] = text.split(':');
  const own = state.users.get(name);
  const uid = /^\d+$/u.test(name) ? Number(name) : (own?.uid ?? wellKnown[name]);
  if (uid === undefined) return undefined;
  const gid =
    group === undefined || group === ''
      ? (own?.gid ?? uid)
      : /^\d+$/u.test(group)
        ? Number(group)
        : (state.users.get(`:${group}`)?.gid ?? wellKnown[group]);
  return { uid, gid: gid ?? uid };
}

const wellKnown: Readonly<Record<string, number>> = { root: 0, nonroot: 65_532, nobody: 65_534, nogroup: 65_534 };
