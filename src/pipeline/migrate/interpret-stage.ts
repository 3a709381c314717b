import { posix } from 'node:path';
import type { Stage, Step } from '../../spec/dockerfile/parse.ts';
import { splitWords, type Lookup, type Word } from '../../spec/dockerfile/words.ts';
import { shorten } from './command-words.ts';
import { copyStep } from './copy-step.ts';
import { findStage, type Interpretation } from './interpretation.ts';
import { runStep } from './run-step.ts';
import { newStage, type Note, type StageState } from './stage-state.ts';

/** The value of FROM with its variables replaced. */
export function imageOf(stage: Stage, all: Interpretation): string {
  return expand(stage.image, stage.line, (name) => all.globals.get(name), all).text;
}

/** Reads a stage, and the one that it stands on, from the first instruction to the last. */
export function interpretStage(index: number, all: Interpretation): StageState {
  const known = all.done.get(index);
  if (known !== undefined) return known;
  const stage = all.file.stages[index];
  if (stage === undefined) throw new TypeError(`no stage ${String(index)}`);
  const below = findStage(all.file, imageOf(stage, all), index);
  const state = newStage(below === undefined ? undefined : interpretStage(below, all));
  all.done.set(index, state);
  for (const step of stage.steps) interpret(step, state, index, all);
  return state;
}

function interpret(step: Step, state: StageState, index: number, all: Interpretation): void {
  const { escape } = all.file;
  const lookup: Lookup = (name) => state.env.get(name)?.value ?? state.args.get(name) ?? predefined[name];
  // The text of a heredoc stands behind the line of its instruction.
  const head = step.heredocs.length === 0 ? step.text : (step.text.split('\n')[0] ?? '');
  const words = (): Word[] =>
    splitWords(head, step.textLine, { escape, lookup, operators: false }).flatMap((token) =>
      token.kind === 'word' ? [token.word] : [],
    );
  const say = (kind: Note['kind'], why: string, fix?: string): void => {
    state.notes.push({
      kind,
      line: step.line,
      what: shorten([step.keyword, ...flagTexts(step), head].join(' ')),
      why,
      fix,
    });
  };
  const warnUnset = (): void => {
    const name = words().flatMap(({ unset }) => unset)[0];
    if (name !== undefined)
      say('changed', `$${name} has no value in the Dockerfile, and is left empty`, `give it: --build-arg ${name}=...`);
  };
  switch (step.keyword) {
    case 'ARG':
      for (const { text: word } of words()) {
        const [name = '', ...value] = word.split('=');
        const chosen = all.given.get(name) ?? (word.includes('=') ? value.join('=') : all.globals.get(name));
        if (chosen !== undefined) state.args.set(name, chosen);
      }
      return;
    case 'ENV':
      warnUnset();
      for (const [name, value] of pairs(step, words())) state.env.set(name, { value, line: step.line });
      return;
    case 'LABEL':
      for (const [name, value] of pairs(step, words())) state.labels.set(name, value);
      return;
    case 'MAINTAINER':
      state.labels.set('org.opencontainers.image.authors', step.text.trim().replace(/^"(.*)"$/u, '$1'));
      return;
    case 'WORKDIR':
      warnUnset();
      state.workdir = { value: posix.resolve(state.workdir?.value ?? '/', words()[0]?.text ?? '/'), line: step.line };
      return;
    case 'USER':
      warnUnset();
      state.user = { value: words()[0]?.text ?? 'root', line: step.line };
      return;
    case 'EXPOSE':
      warnUnset();
      for (const { text } of words()) exposePorts(text, state, say);
      return;
    case 'VOLUME': {
      const paths = jsonWords(step.text) ?? words().map(({ text }) => text);
      for (const path of paths)
        state.made.set(posix.resolve(state.workdir?.value ?? '/', path), {
          line: step.line,
          directory: true,
          owner: 'user',
        });
      say(
        'changed',
        'an image says nothing of volumes; the folder is there and belongs to the user',
        'mount one when you run it',
      );
      return;
    }
    case 'ENTRYPOINT':
      // Docker forgets a CMD of the image below; one of the same stage stays.
      if ((state.cmd?.line ?? 0) < (all.file.stages[index]?.line ?? 0)) state.cmd = undefined;
      state.entrypoint = startOf(step, lookup, escape);
      return;
    case 'CMD':
      state.cmd = startOf(step, lookup, escape);
      return;
    case 'COPY':
    case 'ADD':
      warnUnset();
      copyStep(withValues(step, lookup), jsonWords(head) ?? words().map(({ text }) => text), state, index, all, say);
      return;
    case 'RUN':
      runStep(step, state, { escape, lookup });
      return;
    case 'STOPSIGNAL':
      if (!/^(?:SIG)?INT$|^2$/u.test(step.text.trim()))
        say('changed', 'MicroPython acts on SIGINT only, and images of kilopy ask to be stopped with it');
      return;
    case 'HEALTHCHECK':
      if (step.text.trim().toUpperCase() !== 'NONE')
        say(
          'lost',
          'an OCI image has no field for it, and most engines do not look',
          'let the orchestrator ask: a probe of Kubernetes, or a check of the balancer',
        );
      return;
    case 'SHELL':
      say('needless', 'an image of kilopy has no shell');
      return;
    default:
      say('lost', 'it works on images that stand on this one, and images of kilopy are not made for that');
  }
}

/** Arguments that BuildKit sets by itself; the machine is chosen by `targets`. */
const predefined: Readonly<Record<string, string>> = { TARGETOS: 'linux', BUILDPLATFORM: '', TARGETPLATFORM: '' };

export function expand(text: string, line: number, lookup: Lookup, { file }: Pick<Interpretation, 'file'>): Word {
  const [token] = splitWords(text, line, { escape: file.escape, lookup, operators: false });
  return token?.kind === 'word' ? token.word : { text: '', unset: [], isComputed: false };
}

/** Docker replaces variables in a heredoc of COPY, unless its name is quoted. */
function withValues(step: Step, lookup: Lookup): Step {
  const value = (all: string, plain: string | undefined, braced: string | undefined): string =>
    lookup(plain ?? braced ?? '') ?? all;
  const heredocs = step.heredocs.map((heredoc) =>
    new RegExp(`<<-?["']${heredoc.name}["']`, 'u').test(step.text)
      ? heredoc
      : { ...heredoc, text: heredoc.text.replaceAll(/\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/gu, value) },
  );
  return { ...step, heredocs };
}

function flagTexts({ flags }: Step): string[] {
  return [...flags].map(([name, value]) => (value === '' ? `--${name}` : `--${name}=${value}`));
}

/** `NAME=value ...`, or the old form `NAME value`. */
function pairs(step: Step, words: readonly Word[]): (readonly [string, string])[] {
  const [first, ...rest] = words.map(({ text }) => text);
  if (first !== undefined && !first.includes('=')) return [[first, rest.join(' ')]];
  return words.map(({ text }) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)] as const);
}

function exposePorts(
  text: string,
  state: StageState,
  say: (kind: Note['kind'], why: string, fix?: string) => void,
): void {
  const [, from = '', to = from, protocol = 'tcp'] = /^(\d+)(?:-(\d+))?(?:\/(\w+))?$/u.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (from === '' || last < first || last - first > 100 || !['tcp', 'udp'].includes(protocol.toLowerCase())) {
    say('lost', `"${text}" is not a port or a short range of ports with tcp or udp`, 'write them into ports:');
    return;
  }
  for (let port = first; port <= last; port += 1) {
    const entry = protocol.toLowerCase() === 'udp' ? `${String(port)}/udp` : String(port);
    if (!state.ports.includes(entry)) state.ports.push(entry);
  }
}

function startOf(step: Step, lookup: Lookup, escape: string): NonNullable<StageState['cmd']> {
  const json = jsonWords(step.text);
  if (json !== undefined) return { line: step.line, form: 'exec', words: json, text: step.text };
  const words = splitWords(step.text, step.textLine, { escape, lookup, operators: false });
  return {
    line: step.line,
    form: 'shell',
    words: words.flatMap((token) => (token.kind === 'word' ? [token.word.text] : [])),
    text: step.text,
  };
}

/** A JSON array of texts; undefined for anything else, which Docker then takes for a shell's words. */
export function jsonWords(text: string): readonly string[] | undefined {
  const flat = text.replaceAll(/\\\r?\n/gu, ' ').trim();
  if (!flat.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(flat);
    return Array.isArray(value) && value.every((word): word is string => typeof word === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}
