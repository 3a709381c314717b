import type { DockerfileParser } from 'dockerfile-ast';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { suggestion } from '../suggestion.ts';

/** One instruction of a Dockerfile. Lines count from 1. */
export interface Step {
  /** In capitals. */
  readonly keyword: string;
  readonly line: number;
  /** What stands behind keyword and flags, as it is written: continuation lines and comments between them included. */
  readonly text: string;
  /** Line on which `text` begins. */
  readonly textLine: number;
  /** `--chown=1000` is `chown` -> `1000`; a flag without a value is the empty text. */
  readonly flags: ReadonlyMap<string, string>;
  readonly heredocs: readonly Heredoc[];
}

export interface Heredoc {
  readonly name: string;
  readonly text: string;
  readonly line: number;
  /** The line with its name is there. */
  readonly hasEnd: boolean;
}

export interface Stage {
  readonly name: string | undefined;
  /** As it is written, with variables. */
  readonly image: string;
  readonly platform: string | undefined;
  readonly line: number;
  readonly steps: readonly Step[];
}

export interface ParsedDockerfile {
  /** Backslash, or what `# escape=` says. */
  readonly escape: string;
  /** ARG before the first FROM. */
  readonly args: readonly Step[];
  readonly stages: readonly Stage[];
}

/** docs.docker.com/reference/dockerfile, "Overview". */
const keywords: ReadonlySet<string> = new Set([
  'ADD',
  'ARG',
  'CMD',
  'COPY',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'FROM',
  'HEALTHCHECK',
  'LABEL',
  'MAINTAINER',
  'ONBUILD',
  'RUN',
  'SHELL',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
]);

/**
 * Splits a Dockerfile into stages and instructions.
 *
 * @param file for messages
 * @throws KilopyError KP2351, all faults together
 */
export function parseDockerfile(text: string, file: string, parser: typeof DockerfileParser): ParsedDockerfile {
  const tree = parser.parse(text);
  const lines = text.split(/\r?\n/u);
  const args: Step[] = [];
  const stages: (Omit<Stage, 'steps'> & { steps: Step[] })[] = [];
  const faults: KilopyError[] = [];
  for (const instruction of tree.getInstructions()) {
    const step = stepOf(instruction as Parsed, lines);
    const where = { file, line: step.line };
    const endless = step.heredocs.find(({ hasEnd }) => !hasEnd);
    if (endless !== undefined)
      faults.push(
        new KilopyError('KP2351', `the lines of <<${endless.name} have no end`, {
          where,
          fix: `write ${endless.name} alone on the line behind them`,
        }),
      );
    if (!keywords.has(step.keyword)) {
      const fix = suggestion(step.keyword, [...keywords]);
      faults.push(new KilopyError('KP2351', `a Dockerfile has no instruction ${step.keyword}`, { where, fix }));
    } else if (step.text.trim() === '') {
      faults.push(new KilopyError('KP2351', `${step.keyword} has nothing behind it`, { where }));
    } else if (step.keyword === 'FROM') {
      const [image = '', as, name, ...more] = step.text.trim().split(/\s+/u);
      if ((as !== undefined && (as.toUpperCase() !== 'AS' || name === undefined)) || more.length > 0)
        faults.push(new KilopyError('KP2351', 'FROM takes IMAGE, or IMAGE AS NAME', { where }));
      stages.push({ name, image, platform: step.flags.get('platform'), line: step.line, steps: [] });
    } else if (stages.length > 0) {
      stages.at(-1)?.steps.push(step);
    } else if (step.keyword === 'ARG') {
      args.push(step);
    } else {
      const fix = 'begin with FROM: before it only ARG may stand';
      faults.push(new KilopyError('KP2351', `${step.keyword} stands before the first FROM`, { where, fix }));
    }
  }
  if (stages.length === 0 && faults.length === 0)
    faults.push(new KilopyError('KP2351', 'there is no FROM in it', { where: { file } }));
  const [first, ...others] = faults;
  if (first === undefined) return { escape: tree.getEscapeCharacter(), args, stages };
  throw new KilopyError(first.code, first.message, { where: first.where, fix: first.fix, others });
}

/** The parts of dockerfile-ast's classes that not every instruction has. */
type Parsed = ReturnType<ReturnType<typeof DockerfileParser.parse>['getInstructions']>[number] & {
  getFlags?(): readonly { getName(): string; getValue(): string | null }[];
  getHeredocs?(): readonly {
    getName(): string;
    getContentRange(): { readonly start: { readonly line: number }; readonly end: { readonly line: number } } | null;
  }[];
};

function stepOf(instruction: Parsed, lines: readonly string[]): Step {
  const { start } = instruction.getRange();
  const heredocs = (instruction.getHeredocs?.() ?? []).map((heredoc): Heredoc => {
    const range = heredoc.getContentRange();
    const written = range === null ? [] : lines.slice(range.start.line, range.end.line + 1);
    // `<<-` takes the tabs away that stand before a line.
    const isIndented = new RegExp(`<<-\\s*["']?${heredoc.getName()}\\b`, 'u').test(lines[start.line] ?? '');
    const content = isIndented ? written.map((line) => line.replace(/^\t+/u, '')) : written;
    const hasEnd = lines
      .slice(start.line + 1)
      .some((line) => (isIndented ? line.replace(/^\t+/u, '') : line) === heredoc.getName());
    return {
      hasEnd,
      name: heredoc.getName(),
      text: content.map((line) => `${line}\n`).join(''),
      line: (range?.start.line ?? start.line) + 1,
    };
  });
  const flags = instruction.getFlags?.() ?? [];
  return {
    keyword: instruction.getKeyword(),
    line: start.line + 1,
    text: instruction.getRawArgumentsContent() ?? '',
    textLine: (instruction.getArgumentsRange()?.start.line ?? start.line) + 1,
    flags: new Map(flags.map((flag) => [flag.getName(), flag.getValue() ?? ''])),
    heredocs,
  };
}
