import { relative, resolve } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { MigrateResult } from '../../pipeline/migrate/migrate.ts';
import type { Call, CommandModule, Outcome } from '../command.ts';

export const migrateCommand: CommandModule = {
  configure(command) {
    command
      .description(
        'Read a Dockerfile, write the kilopy.yaml that says the same, and say what could not be carried over. Nothing of it is run.',
      )
      .argument('[dockerfile]', 'a Dockerfile, or the folder that has one', '.')
      .option('--context <folder>', 'what COPY counts from (default: the folder of the Dockerfile)')
      .option('--stage <name>', 'the stage that becomes the image (default: the last one)')
      .option('--build-arg <name=value>', 'a value for ARG; may be repeated', append)
      .option('--force', 'overwrite a kilopy.yaml that is there');
  },
  async run(call): Promise<Outcome> {
    const { ctx, args, options } = call;
    const { migrate } = await import('../../pipeline/migrate/migrate.ts');
    const result = await migrate(ctx, {
      path: resolve(ctx.cwd, args[0] ?? '.'),
      context: options.context === undefined ? undefined : resolve(ctx.cwd, String(options.context)),
      stage: options.stage as string | undefined,
      buildArgs: Object.fromEntries(((options.buildArg as string[] | undefined) ?? []).map(pair)),
      force: options.force === true,
    });
    return { data: { ...result }, text: migrateText(result, call) };
  },
};

function migrateText({ path, folder, dockerfile, base, entry, notes }: MigrateResult, { ctx, style }: Call): string {
  const show = (place: string): string => relative(ctx.cwd, place) || '.';
  const lines = [`wrote ${show(path)} from ${show(dockerfile)}: base ${base}, program ${entry}`];
  const needless = notes.filter(({ kind }) => kind === 'needless').length;
  for (const [kind, title] of [
    ['lost', 'not carried over'],
    ['changed', 'different'],
  ] as const) {
    const rows = notes.filter((note) => note.kind === kind);
    if (rows.length === 0) continue;
    lines.push('', style.bold(title));
    for (const { line, what, why, fix } of rows) {
      lines.push(`${line === 0 ? '' : `${show(dockerfile)}:${String(line)}: `}${what}`, style.dim(`  ${why}`));
      if (fix !== undefined) lines.push(`  fix: ${fix}`);
    }
  }
  if (needless > 0)
    lines.push('', style.dim(`${String(needless)} more that an image of kilopy does not need (--json lists them)`));
  return `${lines.join('\n')}\n\nNext: kilopy build ${show(folder)}\n`;
}

function append(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

function pair(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  throw new KilopyError('KP1001', `"${text}" is not NAME=VALUE`, { fix: 'write --build-arg NAME=VALUE' });
}
