import { KilopyError } from '../../errors/kilopy-error.ts';
import type { WhyAnswer } from '../../pipeline/why-answer.ts';
import { addBuildOptions, buildRequest } from '../build-options.ts';
import type { CommandModule, Outcome, Style } from '../command.ts';
import { formatBytes } from '../ui/bytes.ts';
import { printable } from '../ui/printable.ts';

export const whyCommand: CommandModule = {
  configure(command) {
    addBuildOptions(
      command
        .description('Say why a file or package is in the image: the way from the application to it, and its bytes.')
        .argument('<subject>', 'a path inside the image, a file name, or a package'),
      'a folder with main.py, or an image file or folder',
    ).option('--tag <name>', 'of an archive with several images, this one');
  },
  async run(call): Promise<Outcome> {
    const [subject = '', ...rest] = call.args;
    if (subject.trim() === '' || subject === '/')
      throw new KilopyError('KP1001', 'why what?', { fix: 'name a path inside the image, or a package' });
    const { why } = await import('../../pipeline/why.ts');
    const result = await why(
      call.ctx,
      { ...buildRequest({ ...call, args: rest }), subject },
      {
        platform: call.options.target as string | undefined,
        tag: call.options.tag as string | undefined,
      },
    );
    return { data: { ...result }, text: result.answers.map((one) => answerText(one, call.style)).join('\n') };
  },
};

/** Files of a package or folder that are shown. */
const shownFiles = 5;

function answerText(answer: WhyAnswer, style: Style): string {
  const { target, kind, subject, state, chain, keep, sizeBytes, wireBytes, files } = answer;
  const name = kind === 'package' ? subject : `/${printable(subject)}`;
  const bytes = `${formatBytes(sizeBytes)} bytes${wireBytes === undefined ? '' : `, ${formatBytes(wireBytes)} compressed`}`;
  const lines = [
    `${style.bold(name)} ${state === 'present' ? 'is in' : 'was left out of'} the image for ${target}: ${bytes}`,
    ...chain.map((sentence) => `  ${printable(sentence)}`),
    ...files
      .slice(0, shownFiles)
      .map((file) => style.dim(`    ${formatBytes(file.sizeBytes)}  /${printable(file.path)}`)),
    ...(files.length > shownFiles ? [style.dim(`    ${String(files.length - shownFiles)} more files`)] : []),
    ...(keep === undefined ? [] : [`  to keep it: ${keep}`]),
  ];
  return `${lines.join('\n')}\n`;
}
