import { Option } from 'commander';
import { resolve } from 'node:path';
import type { CommandModule, Outcome } from '../command.ts';
import { inspectText } from '../ui/inspect-text.ts';
import { topOption } from './size.ts';

export const inspectCommand: CommandModule = {
  configure(command) {
    command
      .description(
        'Look into an image that exists: OCI layout or archive, docker archive, root file system (tar, cpio, ext4, squashfs, folder), .deb, or apk package or index.',
      )
      .argument('<file>', 'an archive or folder')
      .addOption(new Option('--platform <name>', 'of several images, those for linux/arm64 or the like'))
      .addOption(new Option('--tag <name>', 'of several images, this one'))
      .addOption(new Option('--top <n>', 'so many packages and files at most'))
      .addOption(
        new Option('--keys <file...>', 'of an apk package or index: public keys to compare its signatures with'),
      );
  },
  async run(call): Promise<Outcome> {
    const { ctx, args, options, style } = call;
    const path = args[0] ?? '';
    const { inspectApkV3, isApkV3 } = await import('../../pipeline/inspect-apk-v3.ts');
    if (await isApkV3(ctx, path)) {
      const { lines, signatures } = await inspectApkV3(ctx, path, options.keys as string[] | undefined);
      if (!call.json) return { data: { path, signatures }, text: withNewlines(lines) };
      return { data: { path, kind: 'apk-v3', signatures, lines: await collect(lines) }, text: '' };
    }
    const { inspectApkV2, isApkV2 } = await import('../../pipeline/inspect-apk-v2.ts');
    if (await isApkV2(ctx, path)) {
      const { lines, signatures } = await inspectApkV2(ctx, path, options.keys as string[] | undefined);
      if (!call.json) return { data: { path, signatures }, text: withNewlines(lines) };
      return { data: { path, kind: 'apk-v2', signatures, lines: await collect(lines) }, text: '' };
    }
    const top = topOption(call) ?? 10;
    const { inspect } = await import('../../pipeline/inspect.ts');
    const result = await inspect(ctx, resolve(ctx.cwd, args[0] ?? ''), {
      platform: options.platform as string | undefined,
      tag: options.tag as string | undefined,
    });
    return { data: { ...result }, text: inspectText(result, args[0] ?? '', top, style) };
  },
};

async function* withNewlines(lines: AsyncIterable<string>): AsyncGenerator<string> {
  // A package must not be able to steer the terminal.
  for await (const line of lines) yield `${line.replaceAll(/[^\P{Cc}\t]/gu, '\uFFFD')}\n`;
}

async function collect(lines: AsyncIterable<string>): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}
