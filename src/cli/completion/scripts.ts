import type { CompletionOption, CompletionRow, Values } from './completion-table.ts';

type Table = readonly CompletionRow[];

/** Text to be read by each shell. All follow one plan: find the command so far, then what its last word waits for. */
export const scripts: Readonly<Record<'bash' | 'zsh' | 'fish', (table: Table) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

function bashScript(table: Table): string {
  return `# Completion of kilopy for bash 4 and newer; made by \`kilopy completion bash\`.
_kilopy() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} verb= i words= kind=
  # Bash takes the = of --option=value for a word of its own.
  if [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  if [[ $cur == = ]]; then cur= prev=\${COMP_WORDS[COMP_CWORD-1]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$verb \${COMP_WORDS[i]}" in
      ${verbs(table)
        .map(({ from, to }) => quote(`${from} ${to}`))
        .join('|')}) verb="\${verb:+$verb }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$verb $prev" in
${optionsWithValue(table)
  .map(({ verb, names, value }) => `    ${patterns(verb, names)}) ${shellValues(value)} ;;`)
  .join('\n')}
    *)
      if [[ $cur == -* ]]; then
        case "$verb" in
${table.map(({ verb, options }) => `          ${quote(verb)}) ${setWords('one', optionWords(options))} ;;`).join('\n')}
        esac
      else
        case "$verb" in
${table.map((row) => `          ${quote(row.verb)}) ${shellValues(argumentOf(row))} ;;`).join('\n')}
        esac
      fi ;;
  esac
  COMPREPLY=()
  case $kind in
    one) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur") ;;
    list)
      local before=
      if [[ $cur == *,* ]]; then before="\${cur%,*},"; fi
      mapfile -t COMPREPLY < <(compgen -P "$before" -W "$words" -- "\${cur##*,}")
      compopt -o nospace 2>/dev/null ;;
    file) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); compopt -o filenames 2>/dev/null ;;
    folder) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); compopt -o filenames 2>/dev/null ;;
  esac
}
complete -F _kilopy kilopy
`;
}

function zshScript(table: Table): string {
  return `#compdef kilopy
# Completion of kilopy for zsh; made by \`kilopy completion zsh\`.
_kilopy() {
  local verb= kind= word
  local -a words_ described
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$verb $word" in
      ${verbs(table)
        .map(({ from, to }) => quote(`${from} ${to}`))
        .join('|')}) verb="\${verb:+$verb }$word" ;;
    esac
  done
  local prev=$words[CURRENT-1]
  if [[ $PREFIX == --*=* ]]; then
    prev=\${PREFIX%%=*}
    compset -P '*='
  fi
  case "$verb $prev" in
${optionsWithValue(table)
  .map(({ verb, names, value }) => `    ${patterns(verb, names)}) ${shellValues(value, 'words_', true)} ;;`)
  .join('\n')}
    *)
      if [[ $PREFIX == -* ]]; then
        kind=options
        case "$verb" in
${table.map(({ verb, options }) => `          ${quote(verb)}) described=(${options.map(zshOption).join(' ')}) ;;`).join('\n')}
        esac
      else
        case "$verb" in
${table.map((row) => `          ${quote(row.verb)}) ${zshArgument(row)} ;;`).join('\n')}
        esac
      fi ;;
  esac
  case $kind in
    described) _describe kilopy described ;;
    options) _describe -o kilopy described ;;
    one) compadd -- $words_ ;;
    list) compset -P '*,'; compadd -q -S ',' -- $words_ ;;
    file) _files ;;
    folder) _files -/ ;;
  esac
}
if [[ $funcstack[1] == _kilopy ]]; then _kilopy "$@"; else compdef _kilopy kilopy; fi
`;
}

function fishScript(table: Table): string {
  const lines = table.flatMap((row) => [
    ...row.subcommands.map(
      ({ name, description }) => `complete -c kilopy ${fishAt(row.verb)} -a ${name} -d ${quote(description)}`,
    ),
    ...(row.subcommands.length > 0
      ? []
      : fishValues(row.argument).map((words) => `complete -c kilopy ${fishAt(row.verb)} ${words}`)),
    ...row.options.map((option) => `complete -c kilopy ${fishAt(row.verb)} ${fishOption(option)}`),
  ]);
  return `# Completion of kilopy for fish 3 and newer; made by \`kilopy completion fish\`.
function __kilopy_at
  set -l verb ''
  set -l tokens (commandline -opc)
  for word in $tokens[2..-1]
    switch "$verb $word"
      case ${verbs(table)
        .map(({ from, to }) => quote(`${from} ${to}`))
        .join(' ')}
        set verb (string trim "$verb $word")
    end
  end
  test "$verb" = "$argv"
end
complete -c kilopy -f
${lines.join('\n')}
`;
}

/** Every step from one command to a subcommand. */
function verbs(table: Table): { readonly from: string; readonly to: string }[] {
  return table.flatMap(({ verb, subcommands }) =>
    verb === 'help' ? [] : subcommands.map(({ name }) => ({ from: verb, to: name })),
  );
}

function optionsWithValue(
  table: Table,
): { readonly verb: string; readonly names: readonly string[]; readonly value: Values }[] {
  return table.flatMap(({ verb, options }) =>
    options.flatMap(({ name, short, value }) =>
      value === undefined ? [] : [{ verb, names: short === undefined ? [name] : [name, short], value }],
    ),
  );
}

function patterns(verb: string, names: readonly string[]): string {
  return names.map((name) => quote(`${verb} ${name}`)).join('|');
}

function argumentOf({ subcommands, argument }: CompletionRow): Values {
  return subcommands.length === 0 ? argument : { kind: 'one', words: subcommands.map(({ name }) => name) };
}

function optionWords(options: readonly CompletionOption[]): readonly string[] {
  return options.flatMap(({ name, short }) => (short === undefined ? [name] : [name, short]));
}

function shellValues(values: Values, variable = 'words', isArray = false): string {
  return 'words' in values ? setWords(values.kind, values.words, variable, isArray) : `kind=${values.kind}`;
}

function setWords(kind: string, words: readonly string[], variable = 'words', isArray = false): string {
  return `kind=${kind} ${variable}=${isArray ? `(${words.map(quote).join(' ')})` : quote(words.join(' '))}`;
}

function zshArgument(row: CompletionRow): string {
  if (row.subcommands.length === 0) return shellValues(row.argument, 'words_', true);
  return `kind=described described=(${row.subcommands.map(({ name, description }) => quote(`${name}:${description}`)).join(' ')})`;
}

function zshOption({ name, short, description }: CompletionOption): string {
  const names = short === undefined ? [name] : [name, short];
  return names.map((one) => quote(`${one}:${description}`)).join(' ');
}

function fishAt(verb: string): string {
  return `-n ${quote(`__kilopy_at ${verb}`.trim())}`;
}

function fishOption({ name, short, description, value }: CompletionOption): string {
  const long = name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`;
  const both = short === undefined ? long : `${long} -s ${short.slice(1)}`;
  const words = value === undefined ? '' : ` -r ${fishValues(value)[0] ?? '-f'}`;
  return `${both}${words} -d ${quote(description)}`;
}

function fishValues(values: Values): readonly string[] {
  switch (values.kind) {
    case 'none':
      return [];
    case 'file':
      return ['-F'];
    case 'folder':
      return [`-f -a '(__fish_complete_directories)'`];
    default: {
      const list = values.words.join('\\n');
      if (values.kind === 'one') return [`-f -a ${quote(values.words.join(' '))}`];
      return [`-f -a ${quote(`(__fish_complete_list , "printf '${list}\\n'")`)}`];
    }
  }
}

/** For the shells' single quotes. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
