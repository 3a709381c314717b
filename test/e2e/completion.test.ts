import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli, runProgram, scratch } from '../support/cli.ts';

/** The scripts are read by the real shells, which are then asked what they would offer. */

interface Asked {
  readonly words: string;
  readonly offered: readonly string[];
}

const questions: readonly Asked[] = [
  { words: 'kilopy c', offered: ['cache', 'compare', 'completion', 'copy'] },
  { words: 'kilopy cache ', offered: ['clean', 'info'] },
  { words: 'kilopy build --s', offered: ['--slim', '--snapshot', '--suite'] },
  { words: 'kilopy run --machine ', offered: ['docker', 'kernel', 'podman', 'qemu-user', 'runc'] },
  { words: 'kilopy test app --network ', offered: ['host', 'none'] },
  { words: 'kilopy new app --template ', offered: ['cron', 'hello', 'http'] },
  { words: 'kilopy build --output ta', offered: ['tar', 'tar.gz'] },
  {
    words: 'kilopy build --target linux/amd64,linux/arm/',
    offered: ['linux/amd64,linux/arm/v5', 'linux/amd64,linux/arm/v6', 'linux/amd64,linux/arm/v7'],
  },
  { words: 'kilopy completion ', offered: ['bash', 'fish', 'zsh'] },
  { words: 'kilopy explain KP107', offered: ['KP1070'] },
  { words: 'kilopy build fo', offered: ['folder-a', 'folder-b'] },
];

async function place(shell: string): Promise<string> {
  const folder = scratch();
  for (const name of ['folder-a', 'folder-b']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'fox'), '');
  const { stdout, status } = await runCli(['completion', shell]);
  expect(status).toBe(0);
  writeFileSync(join(folder, 'script'), stdout);
  execFileSync(shell, ['-n', join(folder, 'script')]);
  return folder;
}

test('bash', async () => {
  const ask = `source ./script
while IFS= read -r line; do
  IFS=' ' read -ra COMP_WORDS <<<"$line"
  [[ $line == *' ' ]] && COMP_WORDS+=('')
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
  _kilopy
  echo "\${COMPREPLY[*]}"
done
`;
  const cwd = await place('bash');
  const input = questions.map(({ words }) => `${words}\n`).join('');
  const { stdout, stderr } = await runProgram('bash', ['-c', ask], { cwd, input });
  expect(stderr).toBe('');
  const offered = stdout.trimEnd().split('\n');
  expect(offered.map((line) => line.split(' ').sort())).toEqual(questions.map((asked) => asked.offered));
  const equals = `source ./script; COMP_WORDS=(kilopy build --slim = c); COMP_CWORD=4; _kilopy; echo "\${COMPREPLY[*]}"`;
  expect((await runProgram('bash', ['-c', equals], { cwd })).stdout).toBe('closure\n');
});

test('fish', async () => {
  const cwd = await place('fish');
  const input = questions.map(({ words }) => `${words}\n`).join('');
  const ask = `source ./script; while read -l line; complete -C "$line" | string replace -r '\\t.*' '' | string join ' '; end`;
  const { stdout } = await runProgram('fish', ['--no-config', '-c', ask], { cwd, input, env: { HOME: cwd } });
  const offered = stdout.trimEnd().split('\n');
  expect(offered.map((line) => line.replaceAll('/ ', ' ').replace(/\/$/u, '').split(' ').sort())).toEqual(
    questions.map((asked) => asked.offered),
  );
});

/** Types into an interactive zsh on a terminal of its own, and prints what appears. */
const zshTypist = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1= PS2=; stty -echo cols 400; autoload -Uz compinit; compinit -u -D; source ./script; print rea''dy'
# The line editor switches bracketed paste on when it starts to read.
zpty -r -m shell line '*ready*2004h*'
while IFS=$'\\t' read -r words offered; do
  zpty -w -n shell "$words"$'\\t\\t'
  text=
  for round in {1..1000}; do
    while zpty -r -t shell line; do text+=$line; done
    missing=0
    for word in \${=offered}; do [[ $text == *"$word"* ]] || missing=1; done
    (( missing )) || break
    sleep 0.05
  done
  print -r -- "$text" | tr '\\r\\n' '  '
  print
  zpty -w -n shell $'\\x15'
done
zpty -d shell
`;

test('zsh', async () => {
  const cwd = await place('zsh');
  // What begins differently is listed; zsh shows the common beginning once, in the line itself.
  const asked = questions.filter(({ words }) => /cache|build --s|--machine|app|completion/u.test(words));
  const input = asked.map(({ words, offered }) => `${words}\t${offered.join(' ')}\n`).join('');
  const { stdout } = await runProgram('zsh', ['-f', '-c', zshTypist], {
    cwd,
    input,
    env: { HOME: cwd, TERM: 'xterm' },
  });
  const shown = stdout.trimEnd().split('\n');
  expect(shown).toHaveLength(asked.length);
  for (const [at, { offered }] of asked.entries()) for (const word of offered) expect(shown[at]).toContain(word);
});

test('another shell is refused with what there is', async () => {
  const { stderr, status } = await runCli(['completion', 'bsh']);
  expect(status).toBe(2);
  expect(stderr).toContain('did you mean kilopy completion bash?');
});
