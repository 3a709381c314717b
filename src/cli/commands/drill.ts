import { KilopyError } from '../../errors/kilopy-error.ts';
import type { DiskWishes } from '../../pipeline/boot/disk-parts.ts';
import type { DrillResult } from '../../pipeline/boot/drills.ts';
import { memoryOption } from '../boot-options.ts';
import { addBuildOptions, buildRequest } from '../build-options.ts';
import type { Call, CommandModule, Outcome } from '../command.ts';
import { boardNames, boardOption } from '../machine-option.ts';
import { textStream } from '../ui/text-stream.ts';

/** Drills give words to kilopy's init. Throws KP2211 where another one is the first process. */
async function checkInit(call: Call): Promise<void> {
  const { readSpec } = await import('../../spec/read-spec.ts');
  const { folder, overrides } = buildRequest(call);
  const { init } = await readSpec(call.ctx, folder, overrides, call.ctx.host);
  if (init?.kind !== 'openwrt') return;
  throw new KilopyError('KP2211', 'drills are for the init of kilopy', {
    where: init.where,
    why: 'they replace the application and its network by words for it',
    fix: 'run them with init: true',
  });
}

export const drillCommand: CommandModule = {
  configure(command) {
    addBuildOptions(command)
      .argument('[names...]', 'only drills that have one of these in their name')
      .requiredOption('--machine <name>', boardNames.join(', '))
      .option('--memory <MiB>', 'memory of the machine')
      .option('--power-cuts <number>', 'how often the power is cut', '20');
  },
  async run(call): Promise<Outcome> {
    const { ctx, style } = call;
    const board = boardOption(call);
    if (board === undefined) {
      throw new KilopyError('KP1001', `there is no machine ${String(call.options.machine)} that boots`, {
        fix: 'kilopy machines',
      });
    }
    const { drills, runDrills } = await import('../../pipeline/boot/drills.ts');
    const { buildBootable } = await import('../../pipeline/boot/run-app.ts');
    await checkInit(call);
    const names = call.args.slice(1);
    const chosen = drills.filter(({ name }) => names.length === 0 || names.some((part) => name.includes(part)));
    if (chosen.length === 0) {
      throw new KilopyError('KP1001', `no drill has ${names.join(' or ')} in its name`, {
        fix: `choose from: ${drills.map(({ name }) => name).join(', ')}`,
      });
    }
    const request = { ...buildRequest(call), board, memoryMiB: memoryOption(call, board), append: [] };
    let memory: ReturnType<typeof buildBootable> | undefined;
    const apps = {
      memory: async () => await (memory ??= buildBootable(ctx, { ...request, form: 'initramfs' })),
      disk: async (wishes: DiskWishes) =>
        await buildBootable(ctx, { ...request, ...wishes, form: 'disk', keepWrites: true }),
      powerCuts: cutsOption(call),
    };
    let results: readonly DrillResult[] = [];
    const work = async (write: (text: string) => void): Promise<void> => {
      results = await runDrills(ctx, apps, chosen, (result) => write(lineOf(result)));
    };
    const lineOf = ({ name, passes, ok, why, durationMs }: DrillResult): string => {
      const word = ok ? style.green('pass') : style.red('FAIL');
      const seconds = `${(durationMs / 1000).toFixed(1)} s`;
      return `${word}  ${name.padEnd(20)} ${seconds.padStart(7)}  ${passes}${why === undefined ? '' : `\n      ${why}`}\n`;
    };
    const exitCode = (): 0 | 1 => (results.every(({ ok }) => ok) ? 0 : 1);
    if (call.json) {
      await work(() => undefined);
      return { exitCode: exitCode(), data: { machine: board.name, drills: results }, text: '' };
    }
    return {
      get exitCode() {
        return exitCode();
      },
      data: {},
      text: textStream(work),
    };
  },
};

function cutsOption({ options }: Call): number {
  const text = options.powerCuts as string;
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new KilopyError('KP1001', `--power-cuts takes a number, not ${text}`, { fix: 'write --power-cuts 20' });
}
