import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What `dpkg --compare-versions` says of two versions: their order, or `invalid` when it refuses one. */
export type DpkgVerdict = '<' | '=' | '>' | 'invalid';

/**
 * Asks dpkg itself about many pairs, from one shell, in one or two processes a pair. Versions may hold neither
 * newlines nor tabs, nor start with a hyphen (an option for dpkg).
 */
export function dpkgCompare(pairs: readonly (readonly [string, string])[]): readonly DpkgVerdict[] {
  const script = `
    while IFS= read -r a && IFS= read -r b; do
      dpkg --compare-versions "$a" lt "$b" 2>/dev/null
      case $? in
        0) echo '<' ;;
        1) if dpkg --compare-versions "$a" eq "$b" 2>/dev/null; then echo '='; else echo '>'; fi ;;
        *) echo invalid ;;
      esac
    done`;
  return answers('/bin/sh', ['-c', script], pairs);
}

/** The same from dpkg's own library, a hundred thousand pairs a second: a program of ten lines is compiled around it. */
export function libdpkgCompare(pairs: readonly (readonly [string, string])[]): readonly DpkgVerdict[] {
  const folder = mkdtempSync(join(tmpdir(), 'kilopy-dpkg-'));
  try {
    const program = join(folder, 'dpkg-versions');
    const source = join(import.meta.dirname, 'dpkg-versions.c');
    execFileSync('cc', ['-D_GNU_SOURCE', '-o', program, source, '-ldpkg']);
    return answers(program, [], pairs);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function answers(
  program: string,
  words: readonly string[],
  pairs: readonly (readonly [string, string])[],
): readonly DpkgVerdict[] {
  const input = pairs.map(([a, b]) => `${a}\n${b}\n`).join('');
  const output = execFileSync(program, words, { input, encoding: 'utf8', maxBuffer: 2 ** 26 });
  return output.trimEnd().split('\n') as DpkgVerdict[];
}
