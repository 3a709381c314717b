import { posix } from 'node:path';
import type { Draft } from '../../spec/front-end.ts';
import { toImageName } from '../../spec/image-name.ts';
import type { ChosenBase } from './choose-base.ts';
import type { DockerContext } from './docker-context.ts';
import { numbersOf, type PlacedFiles } from './place-files.ts';
import type { StartOfApp } from './start-of-app.ts';
import type { StageState } from './stage-state.ts';

export interface Composition {
  readonly state: StageState;
  readonly start: StartOfApp;
  readonly placed: PlacedFiles;
  readonly chosen: ChosenBase;
  readonly context: DockerContext;
  /** Of `FROM --platform`. */
  readonly platform: string | undefined;
  /** What the image is called when nothing else says: the name of the context. */
  readonly folderName: string;
}

/** Variables that say something to CPython, apt or the build, and nothing to MicroPython. */
const meaningless =
  /^(?:PYTHON\w*|PIP_\w+|POETRY_\w+|UV_\w+|VIRTUAL_ENV|DEBIAN_FRONTEND|LANG|LC_ALL|LANGUAGE|GPG_KEY)$/u;

/** The keys of kilopy.yaml, in the order in which they are written. Keys that would say the default are left out. */
export function compose(composition: Composition): Draft {
  const { state, start, placed, chosen, platform, folderName } = composition;
  const env = environment(composition);
  const user = userOf(state);
  const workdir = placed.moved(start.workdir);
  const exclude = excluded(composition);
  const app = {
    ...(placed.entry === 'main.py' ? {} : { entry: placed.entry }),
    ...(placed.include === undefined ? {} : { include: placed.include }),
    ...(exclude.length === 0 ? {} : { exclude }),
    ...(start.args.length === 0 ? {} : { args: start.args }),
  };
  const wantsInit = start.init || state.wantsInit;
  return {
    name: toImageName(folderName),
    base: chosen.base,
    ...(platform === undefined ? {} : { targets: [platform] }),
    ...(Object.keys(app).length === 0 ? {} : { app }),
    ...(chosen.packages.length === 0 ? {} : { packages: chosen.packages }),
    ...(chosen.feeds.length === 0 ? {} : { feeds: chosen.feeds }),
    ...(placed.files.size === 0
      ? {}
      : { files: Object.fromEntries([...placed.files].map(([path, file]) => [path, short(file)])) }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
    ...(user === undefined ? {} : { user }),
    ...(workdir === '/app' ? {} : { workdir }),
    ...(state.ports.length === 0
      ? {}
      : { ports: state.ports.map((port) => (/^\d+$/u.test(port) ? Number(port) : port)) }),
    ...(state.labels.size === 0 ? {} : { annotations: Object.fromEntries(state.labels) }),
    ...(chosen.tls === undefined ? {} : { tls: chosen.tls }),
    ...(wantsInit ? { init: true } : {}),
  };
}

type FileDraft = PlacedFiles['files'] extends ReadonlyMap<string, infer T> ? T : never;

/** `path: source` where there is nothing else to say. */
function short(file: FileDraft): FileDraft | string {
  const { source, ...rest } = file;
  return source !== undefined && Object.keys(rest).length === 0 ? source : file;
}

function environment({ state, placed }: Composition): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, { value, line }] of state.env) {
    const what = `ENV ${name}=${value}`;
    if (name === 'PATH')
      state.notes.push({ kind: 'needless', line, what, why: 'the image starts its one program by its whole name' });
    else if (meaningless.test(name))
      state.notes.push({ kind: 'needless', line, what, why: 'MicroPython does not read it' });
    else if (name === 'MICROPYPATH') {
      const moved = value
        .split(':')
        .filter((path) => path !== '')
        .map((path) => placed.moved(path));
      const known = new Set(['.frozen', '/app', '/app/lib', '/usr/lib/micropython', '.']);
      if (moved.every((path) => known.has(path))) {
        state.notes.push({
          kind: 'needless',
          line,
          what,
          why: 'kilopy sets it: the application, frozen modules, /app/lib, /usr/lib/micropython',
        });
      } else {
        env[name] = [...new Set(['.frozen', ...moved, '/app/lib'])].join(':');
        state.notes.push({
          kind: 'changed',
          line,
          what,
          why: 'without .frozen in it asyncio would be missing, and without /app/lib the modules of the application',
        });
      }
    } else if (/^[A-Za-z_]\w*$/u.test(name)) env[name] = value;
    else state.notes.push({ kind: 'lost', line, what, why: 'a name has letters, digits and "_"', fix: 'rename it' });
  }
  return env;
}

function userOf(state: StageState): Draft['user'] {
  if (state.user === undefined) {
    state.notes.push({
      kind: 'changed',
      line: 0,
      what: 'no USER',
      why: 'Docker would start it as root; kilopy starts it as nonroot (65532)',
      fix: 'user: root, if it must be',
    });
    return undefined;
  }
  const { value, line } = state.user;
  const [name = ''] = value.split(':');
  if (name === 'root' || name === '0') return 'root';
  const numbers = numbersOf(value, state);
  if (numbers === undefined) {
    state.notes.push({
      kind: 'changed',
      line,
      what: `USER ${value}`,
      why: 'nothing in the Dockerfile says its number; kilopy starts it as nonroot (65532)',
      fix: `user: {name: ${name}, uid: 1000}`,
    });
    return undefined;
  }
  const { uid, gid } = numbers;
  if (name === 'nonroot' && uid === 65_532 && gid === uid) return undefined;
  if (/^[a-z_][a-z0-9_-]{0,31}$/u.test(name)) return { name, uid, ...(gid === uid ? {} : { gid }) };
  return gid === uid ? uid : `${String(uid)}:${String(gid)}`;
}

/** .dockerignore, as seen from the folder that is built. */
function excluded({ context, placed }: Composition): string[] {
  if (placed.include !== undefined) return [];
  const prefix = placed.folder === '' ? '' : `${placed.folder}/`;
  const usual =
    /^(?:\.|\*\*\/\.|__pycache__|\*\*\/__pycache__|\*\.py[co]|\*\*\/\*\.py[co]|Dockerfile|docker-compose|node_modules)/u;
  const patterns = context.ignored.flatMap((pattern) => {
    if (pattern.startsWith('**/')) return [pattern];
    if (!pattern.startsWith(prefix)) return [];
    return [pattern.slice(prefix.length)];
  });
  // The Dockerfile is nobody's data.
  const own = context.files.filter((path) =>
    /^(?:Dockerfile(?:\..*)?|.*\.Dockerfile|docker-compose\.ya?ml|compose\.ya?ml)$/u.test(path),
  );
  const ownInside = placed.folder === '' ? own.map((path) => posix.basename(path)) : [];
  return [...new Set([...patterns.filter((pattern) => !usual.test(pattern)), ...ownInside])];
}
