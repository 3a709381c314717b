import type { ShellCommand } from '../../spec/dockerfile/shell.ts';
import { note, optionValue, plainWords } from './command-words.ts';
import type { PackageWish, StageState } from './stage-state.ts';

const valued: Readonly<Record<string, readonly string[]>> = {
  apk: ['--repository', '-X', '--virtual', '-t', '--root', '-p', '--arch', '--keys-dir', '--repositories-file'],
  apt: ['-o', '-t', '--target-release', '-c'],
  opkg: ['-d', '--dest', '-o', '-f'],
};

/** Tools with which images are built; nothing in a running image of MicroPython uses them. */
const buildTools =
  /^(?:build-base|build-essential|gcc|g\+\+|make|cmake|git|musl-dev|libffi-dev|linux-headers|pkgconf|pkg-config|autoconf|automake|libtool|patch|upx|wget|curl|python3(?:-.*)?|py3-.*|[a-z0-9-]+-dev|gnupg|apt-transport-https)$/u;

/** apk add, apt-get install, opkg install. */
export function addPackages(command: ShellCommand, _folder: string, state: StageState): void {
  const [program = ''] = command.words;
  const manager = program.endsWith('apk') ? 'apk' : program.endsWith('opkg') ? 'opkg' : 'apt';
  const withValue = valued[manager] ?? [];
  const [verb = '', ...names] = plainWords(command.words, withValue);
  if (verb !== 'add' && verb !== 'install') {
    note(state, command, 'needless', 'kilopy reads signed indexes itself, and leaves no caches behind');
    return;
  }
  const virtual = manager === 'apk' ? optionValue(command.words, '--virtual', '-t') : undefined;
  const allowUntrusted = command.words.includes('--allow-untrusted');
  for (const url of manager === 'apk' ? repositories(command.words) : [])
    state.repositories.push({ url, line: command.line, allowUntrusted, isForAll: false });
  for (const word of names) {
    const wish = wishOf(word, manager, command.line, virtual !== undefined);
    if (wish === undefined)
      note(
        state,
        { line: command.line, words: [...command.words.slice(0, 2), word] },
        'lost',
        'it is a file, and packages come from repositories',
        'make a signed repository of it: kilopy feed create',
      );
    else state.packages.push(wish);
  }
}

function repositories(words: readonly string[]): string[] {
  return words.flatMap((word, at) => {
    const joined = /^(?:--repository|-X)=(.*)$/u.exec(word)?.[1];
    if (joined !== undefined) return [joined];
    return word === '--repository' || word === '-X' ? [words[at + 1] ?? ''] : [];
  });
}

/** Versions are pinned by kilopy.lock; what the Dockerfile pins is kept in the words of the base. */
function wishOf(
  word: string,
  manager: PackageWish['manager'],
  line: number,
  isVirtual: boolean,
): PackageWish | undefined {
  if (/\.(?:apk|deb|ipk)$/u.test(word) || word.startsWith('/') || word.startsWith('./')) return undefined;
  const plain = word
    .replace(/@[\w.-]+$/u, '')
    .replace(/:\w+$/u, '')
    .replace(/(?<=\w)\/[\w.-]+$/u, '');
  const [, name = plain, operator, version] = /^([\w.+-]+?)(=|~=?|[<>]=?)(.+)$/u.exec(plain) ?? [];
  const text = manager === 'apt' && operator !== undefined ? `${name} (= ${version ?? ''})` : plain;
  return { manager, text, name, line, isForBuilding: isVirtual || buildTools.test(name) };
}
