import { resolve } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { FeedAnswer, FeedQuery, FeedSolver } from '../../pipeline/feed-solver.ts';
import type { Call, CommandModule, Outcome } from '../command.ts';
import { compatOf } from '../compat-of.ts';
import { formatBytes } from '../ui/bytes.ts';
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
      .requiredOption(
        '--feed <place...>',
        "a mirror, a folder or an index file; for apk also '@tag PLACE'; may be repeated",
      )
      .requiredOption('--arch <name>', "the package manager's own name, such as arm64")
      .option('--suite <name>', 'for a deb mirror: trixie')
      .option('--component <list>', 'for a deb mirror', 'main')
      .option('--keys <place...>', 'files or folders with public keys that may sign the feeds')
      .option('--allow-untrusted', 'read feeds without a trusted signature')
      .option('--allow-expired', 'read indexes past their Valid-Until')
      .option('--force-broken-world', 'for apk: leave out what cannot be met')
      .option('--compat <name>', 'opkg: answer as the real opkg does, with its faults')
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
      .option(
        '--batch <file>',
        'one question a line; each is answered with `true`, `false`, or `error` and why it cannot be read',
      );
    command
      .command('create')
      .summary('Make signed apk packages and their index from folders')
      .description(
        'Make signed apk packages and their index from folders. Each folder has a kilopy-package.yaml and the content of the package below files/.',
      )
      .argument('<dir>', 'a folder of a package, or of such folders')
      .requiredOption('--key <file...>', 'private key that signs, as `kilopy feed key` makes it; may be repeated')
      .option('--format <list>', 'v2 (Alpine, Wolfi), v3 (OpenWrt from 25.12, apk-tools 3)', 'v2')
      .option('--arch <list>', 'architectures that packages of noarch are for, such as x86_64,aarch64', '')
      .option('--out-dir <dir>', 'where to write <format>/<arch>/', 'dist')
      .option('--description <text>', 'text in the index', '')
      .option('--v2-digest <name>', 'sha1 or sha256, of version 2 signatures', 'sha256');
    command
      .command('key')
      .summary('Make a pair of keys that signs packages and indexes of apk, or indexes of opkg')
      .description(
        'Make a pair of keys that signs packages and indexes of apk: NAME.rsa and NAME.rsa.pub. The public one belongs into /etc/apk/keys of those who install.',
      )
      .argument('<name>', 'such as me, or a path')
      .option('--type <type>', 'rsa (both formats), ec (P-256, only v3), or usign (opkg of OpenWrt)', 'rsa');
  },
  async run(call): Promise<Outcome> {
    if (call.command === 'feed create') return await create(call);
    if (call.command === 'feed key') return await key(call);
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
    forceBrokenWorld: options.forceBrokenWorld === true,
    compat: compatOf(options.compat as string | undefined),
  };
  if (options.batch !== undefined) {
    const lines = await batchLines(call);
    const solver = await openFeedSolver(ctx, query);
    return {
      data: {},
      text: answerLines(lines, solver),
    };
  }
  if (args.length === 0)
    throw new KilopyError('KP1001', 'no wish is given', { fix: 'name a package, such as micropython' });
  const solver = await openFeedSolver(ctx, query);
  const answer = await solver(args);
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

/** One answer a line, whatever the line is: a program counts on it. */
async function* answerLines(lines: readonly string[], solver: FeedSolver): AsyncGenerator<string> {
  for (const [i, line] of lines.entries()) {
    const world = batchWorld(line, i + 1);
    const answer = world instanceof KilopyError ? { world: [], error: world } : await solver(world);
    yield `${JSON.stringify(answerData(answer))}\n`;
  }
}

function answerData({ world, install, error }: FeedAnswer): Record<string, unknown> {
  return {
    world,
    ...(install === undefined ? {} : { install }),
    ...(error === undefined ? {} : { error: errorData(error) }),
  };
}

async function batchLines({ ctx, options }: Call): Promise<string[]> {
  const text = await ctx.fs.readText(resolve(ctx.cwd, String(options.batch)));
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function batchWorld(line: string, lineNumber: number): string[] | KilopyError {
  try {
    const value: unknown = JSON.parse(line);
    if (Array.isArray(value) && value.every((word) => typeof word === 'string')) return value;
  } catch {
    // Said below, in the same words.
  }
  return new KilopyError('KP1001', 'a line of the batch is no JSON array of strings', {
    where: `line ${String(lineNumber)}`,
    fix: 'write each line as ["micropython", "libc6"]',
  });
}

async function compare(call: Call): Promise<Outcome> {
  const { args, options } = call;
  const { parseFeedKind, versionRules } = await import('../../pipeline/feed-solver.ts');
  const { compareBatch, compareVersions } = await import('../../pipeline/compare-versions.ts');
  const rules = versionRules(parseFeedKind(options.kind as string));
  if (options.batch !== undefined) {
    const answers = compareBatch(rules, await batchLines(call));
    return {
      data: {
        answers: answers.map((answer) => (answer instanceof KilopyError ? { error: errorData(answer) } : answer)),
      },
      text: answers.map((answer) => `${answerText(answer)}\n`).join(''),
    };
  }
  const answer = compareVersions(rules, args.join(' '));
  return { data: { answer }, text: `${String(answer)}\n` };
}

function answerText(answer: boolean | KilopyError): string {
  return answer instanceof KilopyError
    ? `error ${answer.code}: ${answer.message.replaceAll('\n', ' ')}`
    : String(answer);
}

async function create({ ctx, args, options }: Call): Promise<Outcome> {
  const { createFeed } = await import('../../pipeline/feed-create.ts');
  const result = await createFeed(ctx, {
    folder: args[0] ?? '.',
    keys: options.key as string[],
    formats: listed(options.format).map((word) => oneOf(word, ['v2', 'v3'] as const, '--format')),
    outDir: String(options.outDir),
    architectures: listed(options.arch),
    description: String(options.description),
    hash: oneOf(String(options.v2Digest), ['sha1', 'sha256'] as const, '--v2-digest'),
  });
  const rows = result.files.map(({ path, sizeBytes }) => [path, `${formatBytes(sizeBytes)} B`]);
  return { data: { ...result }, text: `${formatTable(rows, [1])}\n` };
}

async function key({ ctx, args, options }: Call): Promise<Outcome> {
  const { createKey } = await import('../../pipeline/feed-key.ts');
  const made = await createKey(
    ctx,
    args[0] ?? '',
    oneOf(String(options.type), ['rsa', 'ec', 'usign'] as const, '--type'),
  );
  const called = options.type === 'usign' ? 'named' : 'SHA-256';
  return {
    data: { ...made },
    text: `${made.privateFile}  keep it secret\n${made.publicFile}  give it to those who install\n${called} ${made.fingerprint}\n`,
  };
}

function listed(text: unknown): string[] {
  return String(text).split(',').filter(Boolean);
}

function oneOf<T extends string>(word: string, words: readonly T[], option: string): T {
  const found = words.find((one) => one === word);
  if (found !== undefined) return found;
  throw new KilopyError('KP1001', `${option} takes ${words.join(' or ')}, not "${word}"`);
}
