import { resolve } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { FeedAnswer, FeedQuery } from '../../pipeline/feed-solver.ts';
import type { Call, CommandModule, Outcome } from '../command.ts';
import { errorData, errorText } from '../ui/error-text.ts';
import { formatTable } from '../ui/table.ts';

export const feedCommand: CommandModule = {
  configure(command) {
    command
      .command('solve')
      .summary('Say which packages a set of wishes would install')
      .description('Say which packages a set of wishes would install, in install order, without installing anything.')
      .argument('[wishes...]', 'such as micropython, or micropython=1.25.0+ds-1')
      .requiredOption('--kind <kind>', 'deb, apk or opkg')
      .requiredOption('--feed <place...>', 'a mirror, a folder or an index file; may be repeated')
      .requiredOption('--arch <name>', "the package manager's own name, such as arm64")
      .option('--suite <name>', 'for a deb mirror: trixie')
      .option('--component <list>', 'for a deb mirror', 'main')
      .option('--keys <place...>', 'files or folders with public keys that may sign the feeds')
      .option('--allow-untrusted', 'read feeds without a trusted signature')
      .option('--allow-expired', 'read indexes past their Valid-Until')
      .option('--batch <file>', 'one JSON array of wishes a line; one JSON answer a line')
      .option('--offline', 'use only what is in the store');
    command
      .command('compare-versions')
      .summary('Compare versions as a package manager does')
      .description(
        'Compare versions as a package manager does: `A OP B` (also `!OP`), or one version to ask whether it is valid.',
      )
      .argument('[words...]', "such as 1.0~rc1 '<<' 1.0")
      .requiredOption('--kind <kind>', 'deb, apk or opkg')
      .option('--batch <file>', 'one question a line; `true` or `false` a line');
  },
  async run(call): Promise<Outcome> {
    return call.command === 'feed solve' ? await solve(call) : await compare(call);
  },
};

async function solve(call: Call): Promise<Outcome> {
  const { ctx, args, options, style } = call;
  const { openFeedSolver, parseFeedKind } = await import('../../pipeline/feed-solver.ts');
  const query: FeedQuery = {
    kind: parseFeedKind(options.kind as string),
    feeds: options.feed as string[],
    architecture: options.arch as string,
    suite: options.suite as string | undefined,
    components: String(options.component).split(','),
    keys: options.keys as string[] | undefined,
    allowUntrusted: options.allowUntrusted === true,
    allowExpired: options.allowExpired === true,
    offline: options.offline === true,
  };
  if (options.batch !== undefined) {
    const lines = await batchLines(call);
    const solver = await openFeedSolver(ctx, query);
    return {
      data: {},
      text: answerLines(
        lines.map((line, i) => batchWorld(line, i + 1)),
        solver,
      ),
    };
  }
  if (args.length === 0)
    throw new KilopyError('KP1001', 'no wish is given', { fix: 'name a package, such as micropython' });
  const solver = await openFeedSolver(ctx, query);
  const answer = solver(args);
  if (answer.error !== undefined) {
    return {
      exitCode: answer.error.exitCode,
      data: answerData(answer),
      text: errorText(answer.error, style),
    };
  }
  const rows = (answer.install ?? []).map((step, i) => [step, style.dim(answer.reasons?.[i] ?? '')]);
  return { data: answerData(answer), text: `${formatTable(rows)}\n` };
}

async function* answerLines(
  worlds: readonly (readonly string[])[],
  solver: (world: readonly string[]) => FeedAnswer,
): AsyncGenerator<string> {
  for (const world of worlds) yield `${JSON.stringify(answerData(solver(world)))}\n`;
}

function answerData({ world, install, error }: FeedAnswer): Record<string, unknown> {
  return error === undefined ? { world, install } : { world, error: errorData(error) };
}

async function batchLines({ ctx, options }: Call): Promise<string[]> {
  const text = await ctx.fs.readText(resolve(ctx.cwd, String(options.batch)));
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function batchWorld(line: string, lineNumber: number): string[] {
  try {
    const value: unknown = JSON.parse(line);
    if (Array.isArray(value) && value.every((word) => typeof word === 'string')) return value;
  } catch {
    // Said below, in the same words.
  }
  throw new KilopyError('KP1001', 'a line of the batch is no JSON array of strings', {
    where: `line ${String(lineNumber)}`,
    fix: 'write each line as ["micropython", "libc6"]',
  });
}

async function compare(call: Call): Promise<Outcome> {
  const { args, options } = call;
  const { parseFeedKind, versionRules } = await import('../../pipeline/feed-solver.ts');
  const { compareVersions } = await import('../../pipeline/compare-versions.ts');
  const rules = versionRules(parseFeedKind(options.kind as string));
  if (options.batch !== undefined) {
    const answers = (await batchLines(call)).map((line, i) => compareVersions(rules, line, i + 1));
    return { data: { answers }, text: answers.map((answer) => `${String(answer)}\n`).join('') };
  }
  const answer = compareVersions(rules, args.join(' '));
  return { data: { answer }, text: `${String(answer)}\n` };
}
