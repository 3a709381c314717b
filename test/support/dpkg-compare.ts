import { execFileSync } from 'node:child_process';

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
  const input = pairs.map(([a, b]) => `${a}\n${b}\n`).join('');
  const output = execFileSync('/bin/sh', ['-c', script], { input, encoding: 'utf8', maxBuffer: 2 ** 26 });
  return output.trimEnd().split('\n') as DpkgVerdict[];
}
