import { resolve } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Call, CommandModule, Outcome } from '../command.ts';

export const compareCommand: CommandModule = {
  configure(command) {
    command
      .description(
        'Measure the application by every route that works on this machine. Every figure is measured now, recorded with its source, or not available here with the reason.',
      )
      .argument('[folder]', 'the folder with main.py', '.')
      .option('--given <route=image>', 'an image of another route, to be measured; may be repeated', append)
      .option('--out <file>', 'write it there: .html, .md or .json')
      .option('--markdown', 'print a table for a README')
      .option('--short', 'only the routes and columns of a first look')
      .option('--starts <n>', 'starts of each image, of which the shortest counts', '5')
      .option('--offline', 'use only what is in the store');
  },
  async run(call): Promise<Outcome> {
    const { ctx, args, options } = call;
    const out = options.out as string | undefined;
    if (out !== undefined && !/\.(?:html|md|json)$/u.test(out))
      throw new KilopyError('KP1206', `--out ${out} is none of .html, .md and .json`, {
        fix: 'write --out compare.html',
      });
    const { compare } = await import('../../pipeline/compare/compare.ts');
    const short = options.short === true;
    const comparison = await compare(ctx, {
      folder: resolve(ctx.cwd, args[0] ?? '.'),
      given: Object.fromEntries(((options.given as string[] | undefined) ?? []).map((text) => pair(text, call))),
      offline: options.offline === true,
      starts: startsOf(String(options.starts)),
      short,
    });
    const { comparisonHtml, comparisonMarkdown, comparisonText } = await import('../ui/comparison-text.ts');
    if (out !== undefined) {
      const text = out.endsWith('.html')
        ? comparisonHtml(comparison)
        : out.endsWith('.md')
          ? comparisonMarkdown(comparison, short)
          : `${JSON.stringify({ schema: 1, command: 'compare', ...comparison }, null, 2)}\n`;
      await ctx.fs.writeAtomic(resolve(ctx.cwd, out), text);
    }
    const text = options.markdown === true ? comparisonMarkdown(comparison, short) : comparisonText(comparison, short);
    return { data: { ...comparison }, text };
  },
};

function startsOf(text: string): number {
  if (/^[1-9]\d?$/u.test(text)) return Number(text);
  throw new KilopyError('KP1001', `--starts takes a number from 1 to 99, not ${text}`, { fix: 'write --starts 5' });
}

function append(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

function pair(text: string, { ctx }: Call): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals > 0) return [text.slice(0, equals), resolve(ctx.cwd, text.slice(equals + 1))];
  throw new KilopyError('KP1001', `"${text}" is not ROUTE=IMAGE`, { fix: 'write --given alpine=image.tar' });
}
