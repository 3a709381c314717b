import { posix } from 'node:path';
import { splitCommands } from '../../spec/dockerfile/shell.ts';
import type { Lookup } from '../../spec/dockerfile/words.ts';
import type { Note, StageState } from './stage-state.ts';

/** How the container is started, as far as kilopy can say it. */
export interface StartOfApp {
  /** Absolute path in the image; of `-m` without an ending. Undefined when the Dockerfile does not say. */
  readonly program: string | undefined;
  readonly isModule: boolean;
  readonly args: readonly string[];
  /** Where it is started, when the command changes the folder first. */
  readonly workdir: string;
  readonly init: boolean;
  readonly line: number;
}

/** What stands before the program and only passes signals on. */
const inits = /^(?:tini|dumb-init|catatonit|su-exec|gosu|docker-init|s6-[\w-]+)(?:-static)?$/u;

/** ENTRYPOINT and CMD, whatever their form. */
export function startOfApp(state: StageState, escape: string): StartOfApp {
  const lookup: Lookup = (name) => state.env.get(name)?.value ?? state.args.get(name);
  const workdir = state.workdir?.value ?? '/';
  const { entrypoint, cmd } = state;
  const step = entrypoint ?? cmd;
  const nothing: StartOfApp = {
    program: undefined,
    isModule: false,
    args: [],
    workdir,
    init: state.wantsInit,
    line: step?.line ?? 0,
  };
  if (step === undefined) return nothing;
  const say = (kind: Note['kind'], why: string, fix?: string): void => {
    const what = `${entrypoint === undefined ? 'CMD' : 'ENTRYPOINT'} ${step.text.trim()}`;
    state.notes.push({ kind, line: step.line, what, why, fix });
  };
  // A shell form takes no CMD behind it.
  const words =
    step.form === 'shell'
      ? ['sh', '-c', step.text]
      : [...step.words, ...(entrypoint === undefined || cmd === undefined ? [] : cmd.form === 'exec' ? cmd.words : [])];
  return read(words, workdir, state.wantsInit);

  function read(argv: readonly string[], folder: string, init: boolean): StartOfApp {
    const [first = '', ...rest] = argv;
    const name = posix.basename(first);
    if (name === 'exec' || name === 'env')
      return read(
        rest.filter((word, at) => at > 0 || !/^[A-Za-z_]\w*=/u.test(word)),
        folder,
        init,
      );
    if (inits.test(name)) {
      const at = rest.findIndex((word) => !word.startsWith('-'));
      const isUserChange = name === 'su-exec' || name === 'gosu';
      return read(rest.slice(isUserChange ? at + 1 : Math.max(at, 0)), folder, !isUserChange || init);
    }
    if (/^(?:ba|da|a)?sh$/u.test(name)) return shell(rest, folder, init);
    if (/\.sh$|^(?:docker-)?entrypoint$/u.test(name)) return script(rest, folder, init);
    if (/^(?:micropython|pypy|python)[\w.-]*$/u.test(name)) return interpreter(name, rest, folder, init);
    if (first === '') return { ...nothing, init };
    if (first.endsWith('.py') || first.includes('/'))
      return { ...nothing, program: posix.resolve(folder, first), args: rest, workdir: folder, init };
    say(
      'lost',
      `${first} is not MicroPython, and an image of kilopy runs nothing else`,
      'write app: {entry: ...} yourself',
    );
    return { ...nothing, init };
  }

  /** Such scripts prepare something and then start what stands behind them. */
  function script(rest: readonly string[], folder: string, init: boolean): StartOfApp {
    say('lost', 'there is no shell in the image to run the script', 'do in main.py what it does');
    return rest.length === 0 ? { ...nothing, init } : read(rest, folder, init);
  }

  function shell(rest: readonly string[], folder: string, init: boolean): StartOfApp {
    const option = rest.findIndex((word) => /^-\w*c$/u.test(word));
    if (option === -1) {
      say('lost', 'there is no shell in the image to run the script', 'start the program itself: app: {entry: ...}');
      return { ...nothing, init };
    }
    let at = folder;
    const commands = splitCommands(rest[option + 1] ?? '', step?.line ?? 0, { escape, lookup });
    const wanted = commands.filter(({ words: [word = '', path = '/'] }) => {
      if (word === 'cd') at = posix.resolve(at, path);
      return word !== 'cd' && word !== 'set';
    });
    const [only, ...more] = wanted;
    if (only === undefined || more.length > 0 || only.unknown !== undefined) {
      say(
        'lost',
        only?.unknown ?? 'there is no shell in the image: one program is started, with arguments',
        'start the program itself: app: {entry: ..., args: [...]}',
      );
      const program = wanted.find(({ words: [word = ''] }) => /micropython|^exec$/u.test(word));
      return program === undefined || program.unknown !== undefined
        ? { ...nothing, init }
        : read(program.words, at, init);
    }
    if (only.output !== undefined) say('changed', 'output goes to the console, not to a file');
    // `MODE=dev micropython main.py`
    const first = only.words.findIndex((word) => !/^[A-Za-z_]\w*=/u.test(word));
    for (const word of only.words.slice(0, Math.max(first, 0))) {
      const equals = word.indexOf('=');
      state.env.set(word.slice(0, equals), { value: word.slice(equals + 1), line: step?.line ?? 0 });
    }
    const program = only.words.slice(Math.max(first, 0)).filter((word) => word !== '$@' && word !== '$*');
    return read(program, at, init);
  }

  function interpreter(name: string, rest: readonly string[], folder: string, init: boolean): StartOfApp {
    if (!name.startsWith('micropython'))
      say(
        'changed',
        `${name} is CPython or PyPy; MicroPython runs the application instead`,
        'the build checks its imports',
      );
    for (let at = 0; at < rest.length; at += 1) {
      const word = rest[at] ?? '';
      if (word === '-c') {
        say('lost', 'the program stands in the Dockerfile', 'write it into a file, main.py');
        return { ...nothing, init };
      }
      if (word === '-m') {
        const module = rest[at + 1] ?? '';
        return {
          ...nothing,
          program: posix.resolve(folder, module.replaceAll('.', '/')),
          isModule: true,
          args: rest.slice(at + 2),
          workdir: folder,
          init,
        };
      }
      if (word === '-X') {
        say('lost', `-X ${rest[at + 1] ?? ''}: the runtime starts with its own settings`);
        at += 1;
      } else if (word.startsWith('-') && word !== '-') {
        if (word !== '-u') say('needless', `${word} is a matter of the runtime`);
      } else {
        return { ...nothing, program: posix.resolve(folder, word), args: rest.slice(at + 1), workdir: folder, init };
      }
    }
    return { ...nothing, init };
  }
}
