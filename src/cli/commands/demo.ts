import { join } from 'node:path';
import { packageRoot } from '../../io/package-root.ts';
import { buildRequest } from '../build-options.ts';
import type { CommandModule, Outcome } from '../command.ts';
import { buildText } from './build.ts';

/** The example that comes with kilopy. */
const example = join(packageRoot, 'examples/hello');

export const demoCommand: CommandModule = {
  configure(command) {
    command
      .option('--out-dir <folder>', 'where the outputs go', 'dist')
      .option('--offline', 'use only what is in the store');
  },
  async run(call): Promise<Outcome> {
    const request = { ...buildRequest({ ...call, args: [example] }), outDir: buildRequest(call).outDir };
    const [{ build }, { run }] = await Promise.all([
      import('../../pipeline/build.ts'),
      import('../../pipeline/run.ts'),
    ]);
    const result = await build(call.ctx, request);
    const output: Uint8Array[] = [];
    const ran = await run(call.ctx, {
      ...request,
      run: {
        stdin: 'ignore',
        network: 'none',
        onSignal: call.takeOverSignals,
        output: (chunk) => void output.push(chunk),
      },
    });
    const said = new TextDecoder().decode(Buffer.concat(output)).trimEnd();
    const text = [
      buildText(result, call).trimEnd(),
      '',
      call.style.dim(`kilopy run examples/hello (${ran.why})`),
      said,
      '',
      'Next: kilopy new greeter && kilopy build greeter && kilopy run greeter',
    ].join('\n');
    return { exitCode: ran.exitCode, data: { build: result, run: { ...ran, output: said } }, text: `${text}\n` };
  },
};
