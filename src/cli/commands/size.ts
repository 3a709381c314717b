import { KilopyError } from '../../errors/kilopy-error.ts';
import type { SizedImage, SizeResult } from '../../pipeline/size.ts';
import { addBuildOptions, buildRequest } from '../build-options.ts';
import type { Call, CommandModule, Outcome, Style } from '../command.ts';
import { sizeText, type SizeView } from '../ui/size-text.ts';

const views: readonly SizeView[] = ['package', 'file', 'origin'];

export const sizeCommand: CommandModule = {
  configure(command) {
    addBuildOptions(command, 'a folder with main.py, or an image file or folder')
      .option('--by <what>', views.join(', '), 'package')
      .option('--top <n>', 'so many rows at most')
      .option('--tag <name>', 'of an archive with several images, this one');
  },
  async run(call): Promise<Outcome> {
    const view = viewOption(call);
    const top = topOption(call);
    const { size } = await import('../../pipeline/size.ts');
    const { options } = call;
    const result = await size(call.ctx, buildRequest(call), {
      platform: options.target as string | undefined,
      tag: options.tag as string | undefined,
    });
    return { data: sizeData(result, top), text: resultText(result, view, top, call.style) };
  },
};

function resultText(result: SizeResult, view: SizeView, top: number | undefined, style: Style): string {
  return result.images.map((image) => sizeText(image, view, top ?? 10, style)).join('\n');
}

function sizeData({ images, ...rest }: SizeResult, top: number | undefined): Record<string, unknown> {
  const cut = ({ files, owners, ...image }: SizedImage): Record<string, unknown> => ({
    ...image,
    owners: owners.slice(0, top),
    files: files.slice(0, top),
  });
  return { ...rest, images: images.map(cut) };
}

function viewOption({ options }: Call): SizeView {
  const view = views.find((name) => name === options.by);
  if (view !== undefined) return view;
  throw new KilopyError('KP1001', `--by takes ${views.join(', ')}, not ${String(options.by)}`, {
    fix: 'write --by file',
  });
}

/** A whole number of rows; undefined when the person does not say. */
export function topOption({ options }: Pick<Call, 'options'>): number | undefined {
  const text = options.top as string | undefined;
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/u.test(text)) return Number(text);
  throw new KilopyError('KP1001', `--top takes a whole number, not ${text}`, { fix: 'write --top 20' });
}
