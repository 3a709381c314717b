import { splitWords, type Token, type WordRules } from './words.ts';

/** One simple command of a shell text. */
export interface ShellCommand {
  readonly line: number;
  readonly words: readonly string[];
  /** `>` and `>>` of its output; other redirections are dropped. */
  readonly output?: { readonly path: string; readonly append: boolean } | undefined;
  /** Its output goes into the next command, or its input comes from the one before. */
  readonly isPiped: boolean;
  /** What it does depends on something that is only known when it runs: a condition, a loop, `$(...)`, an unset variable. */
  readonly unknown?: string | undefined;
}

const reserved: ReadonlySet<string> = new Set(
  'if then else elif fi for while until do done case esac in function select { } !'.split(' '),
);

/** The simple commands of a text for `sh -c`, in the order in which they are written. */
export function splitCommands(text: string, line: number, rules: Omit<WordRules, 'operators'>): ShellCommand[] {
  const commands: ShellCommand[] = [];
  let tokens: Token[] = [];
  let piped = false;
  let nested = '';
  const finish = (operator: string): void => {
    const isPiped = piped || operator === '|';
    piped = operator === '|';
    const command = commandOf(tokens, isPiped, operator, nested);
    tokens = [];
    if (command === undefined) return;
    if (/^(?:if|for|while|until|case)$/u.test(command.words[0] ?? '')) nested = command.words[0] ?? '';
    commands.push(command);
    if (/^(?:fi|done|esac)$/u.test(command.words[0] ?? '')) nested = '';
  };
  for (const token of splitWords(text, line, { ...rules, operators: true })) {
    const isEnd = token.kind === 'operator' && !/[<>]/u.test(token.text);
    if (isEnd) finish(token.text);
    else tokens.push(token);
  }
  finish('');
  return commands;
}

function commandOf(
  tokens: readonly Token[],
  isPiped: boolean,
  operator: string,
  nested: string,
): ShellCommand | undefined {
  const words: string[] = [];
  let output: ShellCommand['output'];
  let unknown = nested === '' ? undefined : `it is inside \`${nested}\``;
  let redirect: string | undefined;
  for (const token of tokens) {
    if (token.kind === 'operator') {
      redirect = /[12&]$/u.test(token.text) ? undefined : token.text;
      continue;
    }
    const { text, unset, isComputed } = token.word;
    if (isComputed) unknown ??= 'it takes the output of another command';
    if (unset[0] !== undefined) unknown ??= `$${unset[0]} has no value in the Dockerfile`;
    if (redirect === undefined) words.push(text);
    else if (redirect === '>' || redirect === '>>') output = { path: text, append: redirect === '>>' };
    redirect = undefined;
  }
  const [first] = tokens;
  if (first === undefined || words.length === 0) return undefined;
  if (reserved.has(words[0] ?? '')) unknown ??= `it begins with \`${words[0] ?? ''}\``;
  if (operator === '(' || operator === ')') unknown ??= 'it is in a subshell';
  if (isPiped) unknown ??= 'it is part of a pipe';
  return { line: first.line, words, output, isPiped, unknown };
}
