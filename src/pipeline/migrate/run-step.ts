import { posix } from 'node:path';
import { splitCommands, type ShellCommand } from '../../spec/dockerfile/shell.ts';
import type { Step } from '../../spec/dockerfile/parse.ts';
import type { WordRules } from '../../spec/dockerfile/words.ts';
import { addPackages } from './package-commands.ts';
import { note, optionValue, plainWords } from './command-words.ts';
import type { MadeNode, StageState } from './stage-state.ts';

/** What RUN does, as far as kilopy.yaml has words for it. Nothing is run. */
export function runStep(step: Step, state: StageState, rules: Omit<WordRules, 'operators'>): void {
  const parts =
    step.heredocs.length > 0
      ? step.heredocs.map(({ text, line }) => ({ text, line }))
      : [{ text: execForm(step.text) ?? step.text, line: step.textLine }];
  let folder = state.workdir?.value ?? '/';
  const [head = ''] = step.text.split('\n');
  if (step.heredocs.length > 0 && !isForShell(head)) {
    note(state, { line: step.line, words: [head] }, 'lost', ...nothingRuns);
    return;
  }
  for (const part of parts) {
    for (const command of splitCommands(part.text, part.line, rules)) {
      const [program = '', ...words] = command.words;
      if (program === 'cd') folder = posix.resolve(folder, words[0] ?? '/');
      else runCommand({ ...command, words: withoutWrapper(command.words) }, folder, state);
    }
  }
}

/** `<<EOF`, `<<EOF sh -e`, `sh <<EOF`: lines for a shell. A heredoc for `python3`, or one that `cat` writes into a file, is not. */
function isForShell(head: string): boolean {
  const others = head.replaceAll(/<<-?\s*(?:"[^"]*"|'[^']*'|\S+)/gu, ' ').trim();
  return others === '' || /^(?:\/\S*\/)?(?:ba|da|a)?sh(?:\s+-\w+)*$/u.test(others);
}

const nothingRuns = [
  'kilopy runs nothing while it builds',
  'do it before the build, and put its result beside main.py or below files:',
] as const;

/** `["apk", "add", "x"]` as the shell would write it. */
function execForm(text: string): string | undefined {
  if (!text.trim().startsWith('[')) return undefined;
  try {
    const words = JSON.parse(text) as string[];
    const [shell = '', option, script] = words;
    if (/(?:^|\/)(?:ba|da|a)?sh$/u.test(shell) && option === '-c') return script;
    return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  } catch {
    return undefined;
  }
}

function withoutWrapper(words: readonly string[]): readonly string[] {
  const rest = words.filter((word, at) => !(at === 0 && /^(?:sudo|exec|env|time)$/u.test(word)));
  const at = rest.findIndex((word) => !/^[A-Za-z_]\w*=/u.test(word));
  return at > 0 ? rest.slice(at) : rest;
}

type Handler = (command: ShellCommand, folder: string, state: StageState) => void;

function runCommand(command: ShellCommand, folder: string, state: StageState): void {
  const [program = ''] = command.words;
  const name = posix.basename(program);
  if (compilesRuntime(command, folder, state)) {
    state.makesRuntime = true;
    note(state, command, 'needless', 'kilopy has a runtime of its own, compiled once and kept');
    return;
  }
  if (command.unknown !== undefined && (!harmless.has(name) || command.output !== undefined)) {
    note(state, command, 'lost', command.unknown);
    return;
  }
  const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
  if (handler !== undefined) handler(command, folder, state);
  else if (harmless.has(name)) note(state, command, 'needless', 'it leaves nothing behind that an image of kilopy has');
  else if (/^g?python[\d.]*$/u.test(name) && /-m (?:pip|ensurepip|venv)/u.test(command.words.join(' ')))
    pip(command, folder, state);
  else if (name.startsWith('micropython')) micropython(command, folder, state);
  else note(state, command, 'lost', ...nothingRuns);
}

/** Caches, lists and settings of the shell. */
const harmless: ReadonlySet<string> = new Set(
  'set true : rm rmdir sync export unset echo test [ ls which command update-ca-certificates strip upx exit apt-mark apt-key ldconfig sleep cat'.split(
    ' ',
  ),
);

const handlers: Readonly<Record<string, Handler>> = {
  apk: addPackages,
  apt: addPackages,
  'apt-get': addPackages,
  opkg: addPackages,
  pip: pip,
  pip3: pip,
  uv: pip,
  poetry: pip,
  pipenv: pip,
  mkdir: (command, folder, state) => {
    const mode = optionValue(command.words, '-m', '--mode');
    for (const path of plainWords(command.words, ['-m', '--mode']))
      made(state, posix.resolve(folder, path), { line: command.line, directory: true, mode });
  },
  install: (command, folder, state) => {
    if (!command.words.includes('-d')) {
      note(state, command, 'lost', 'kilopy runs nothing while it builds', 'name the file below files:');
      return;
    }
    const mode = optionValue(command.words, '-m', '--mode');
    const owner = optionValue(command.words, '-o', '--owner');
    for (const path of plainWords(command.words, ['-m', '-o', '-g', '--mode', '--owner']))
      made(state, posix.resolve(folder, path), { line: command.line, directory: true, mode, owner });
  },
  touch: (command, folder, state) => {
    for (const path of plainWords(command.words))
      made(state, posix.resolve(folder, path), { line: command.line, content: '' });
  },
  ln: (command, folder, state) => {
    const [target, link] = plainWords(command.words);
    if (target === undefined || !command.words.some((word) => /^-\w*s/u.test(word))) {
      note(state, command, 'lost', 'only symbolic links are carried over');
      return;
    }
    if (/micropython/u.test(posix.basename(target))) {
      note(state, command, 'needless', 'the runtime is /usr/bin/micropython, and the image starts it by that name');
      return;
    }
    made(state, posix.resolve(folder, link ?? posix.basename(target)), { line: command.line, symlink: target });
  },
  echo: write,
  printf: write,
  chown: (command, folder, state) => change(command, folder, state, 'owner'),
  chmod: (command, folder, state) => change(command, folder, state, 'mode'),
  adduser: addUser,
  useradd: addUser,
  addgroup: addGroup,
  groupadd: addGroup,
  usermod: (command, _folder, state) =>
    note(state, command, 'lost', 'a user of kilopy has a name, a number and a group'),
};

function pip(command: ShellCommand, _folder: string, state: StageState): void {
  note(
    state,
    command,
    'lost',
    'packages of PyPI are made for CPython, and MicroPython has no pip',
    'look for the module in micropython-lib and copy it into lib/; the build says which imports are missing',
  );
}

function micropython(command: ShellCommand, _folder: string, state: StageState): void {
  const words = command.words.join(' ');
  const names = plainWords(command.words.slice(command.words.indexOf('install')), ['--target', '--index']);
  if (/-m (?:mip|upip) install/u.test(words))
    note(
      state,
      command,
      'lost',
      'mip would fetch it anew in every build, without a lock or a signature',
      `fetch it once, beside main.py: micropython -m mip install --target lib ${names.join(' ')}`,
    );
  else note(state, command, 'lost', 'kilopy runs nothing while it builds', 'run it before the build');
}

/** `echo text > file`; without a file it only speaks. */
function write(command: ShellCommand, folder: string, state: StageState): void {
  const { output } = command;
  if (output === undefined) {
    note(state, command, 'needless', 'it only prints');
    return;
  }
  const path = posix.resolve(folder, output.path);
  const words = command.words.slice(1).filter((word) => word !== '-e' && word !== '-n');
  const text = `${words.join(' ')}${command.words[0] === 'printf' || command.words.includes('-n') ? '' : '\n'}`;
  if (path === '/etc/apk/repositories') {
    const url = words
      .join(' ')
      .replace(/^@\S+\s+/u, '')
      .trim();
    state.repositories.push({ url, line: command.line, allowUntrusted: false, isForAll: true });
    return;
  }
  const before = output.append ? state.made.get(path)?.content : undefined;
  if (output.append && before === undefined) {
    note(
      state,
      command,
      'lost',
      `kilopy cannot add a line to a file of a package`,
      `give the whole file below files: ${path}`,
    );
    return;
  }
  made(state, path, { line: command.line, content: (before ?? '') + unescape(text, command.words[0] === 'printf') });
}

function unescape(text: string, isPrintf: boolean): string {
  return isPrintf ? text.replaceAll('\\n', '\n').replaceAll('\\t', '\t').replaceAll('%%', '%') : text;
}

function change(command: ShellCommand, folder: string, state: StageState, what: 'owner' | 'mode'): void {
  const [value = '', ...paths] = plainWords(command.words);
  for (const path of paths.map((word) => posix.resolve(folder, word))) {
    const before = state.made.get(path);
    const copied = state.copies.findIndex(({ to }) => to === path);
    const [found] = copied === -1 ? [] : state.copies.slice(copied, copied + 1);
    if (what === 'mode' && !/^[0-7]{3,4}$/u.test(value)) {
      const isExecutable = /^[ugoa]*\+[rx]+$/u.test(value);
      note(
        state,
        command,
        isExecutable ? 'needless' : 'lost',
        isExecutable ? 'MicroPython reads the file, nobody executes it' : 'only octal modes are carried over',
      );
      return;
    }
    if (before !== undefined) state.made.set(path, { ...before, [what]: value });
    else if (found !== undefined && found.kind === 'file') state.copies[copied] = { ...found, [what]: value };
    else if (
      found !== undefined ||
      state.copies.some(({ to }) => path.startsWith(`${to}/`) || to.startsWith(`${path}/`))
    )
      note(
        state,
        command,
        'changed',
        "the application's files belong to root and can be read by everybody; only folders for data need an owner",
        `files: {${path}: {directory: true, uid: 65532, gid: 65532}} for a folder that is written into`,
      );
    else note(state, command, 'lost', `nothing of kilopy.yaml is at ${path}`);
  }
}

/** busybox: `adduser -D -u 1000 -G group name`; shadow: `useradd -u 1000 -g 1000 name`. */
function addUser(command: ShellCommand, _folder: string, state: StageState): void {
  const uid = Number(optionValue(command.words, '-u', '--uid') ?? Number.NaN);
  const group = optionValue(command.words, '-G', '-g', '--gid', '--ingroup');
  const name = plainWords(command.words, [
    '-u',
    '--uid',
    '-G',
    '-g',
    '--gid',
    '--ingroup',
    '-h',
    '-s',
    '-d',
    '--home',
    '--shell',
    '--home-dir',
    '-c',
    '--gecos',
    '-k',
  ]).at(-1);
  if (name === undefined) return;
  const gid =
    group === undefined ? undefined : /^\d+$/u.test(group) ? Number(group) : state.users.get(`:${group}`)?.gid;
  state.users.set(name, { uid: Number.isNaN(uid) ? undefined : uid, gid });
}

function addGroup(command: ShellCommand, _folder: string, state: StageState): void {
  const gid = Number(optionValue(command.words, '-g', '--gid') ?? Number.NaN);
  const name = plainWords(command.words, ['-g', '--gid']).at(-1);
  if (name !== undefined) state.users.set(`:${name}`, { gid: Number.isNaN(gid) ? undefined : gid });
}

function compilesRuntime({ words }: ShellCommand, folder: string, { makesRuntime }: StageState): boolean {
  const text = words.join(' ');
  const program = posix.basename(words[0] ?? '');
  if (makesRuntime && program === 'make' && /\/micropython\b|\/mpy-cross\b/u.test(folder)) return true;
  if (makesRuntime && /^(?:cp|mv|install)$/u.test(program))
    return /(?:^|\/)micropython$/u.test(plainWords(words)[0] ?? '');
  if (program === 'make') return /ports\/unix|mpy-cross|VARIANT=|micropython/u.test(text);
  return (
    /^(?:git|wget|curl|tar)$/u.test(program) &&
    /\/micropython(?:\.git)?(?:$|\s|\/archive|\/releases)|micropython-[\d.v]+/u.test(text)
  );
}

function made(state: StageState, path: string, node: MadeNode): void {
  if (path !== '/') state.made.set(path, node);
}
