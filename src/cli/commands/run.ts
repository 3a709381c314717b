import { KilopyError } from '../../errors/kilopy-error.ts';
import { addBootOptions } from '../boot-options.ts';
import { addBuildOptions, buildRequest } from '../build-options.ts';
import type { Call, CommandModule, Outcome } from '../command.ts';
import { boardNames, boardOption, machineNames, machineOption } from '../machine-option.ts';

export const runCommand: CommandModule = {
  configure(command) {
    const machines = [...machineNames, ...boardNames].join(', ');
    addBootOptions(
      addBuildOptions(command)
        .argument('[args...]', 'arguments of the application, after --')
        .option('--machine <name>', `${machines}; without it, the first that works`)
        .option('--network <mode>', 'auto: own network when ports are declared; host; none', 'auto'),
    );
  },
  async run(call): Promise<Outcome> {
    const board = boardOption(call);
    if (board !== undefined) {
      const { runOnBoard } = await import('../run-on-board.ts');
      return await runOnBoard(call, board);
    }
    const request = { ...buildRequest(call), machine: machineOption(call) };
    const { run } = await import('../../pipeline/run.ts');
    const result = await run(call.ctx, {
      ...request,
      run: {
        args: call.args.slice(1),
        network: networkOption(call),
        stdin: 'inherit',
        output: call.json ? (chunk) => void process.stderr.write(chunk) : 'inherit',
        onSignal: call.takeOverSignals,
      },
    });
    return { exitCode: result.exitCode, data: { ...result }, text: '' };
  },
};

function networkOption({ options }: Call): 'auto' | 'host' | 'none' {
  const text = options.network as string;
  if (text === 'auto' || text === 'host' || text === 'none') return text;
  throw new KilopyError('KP1001', `--network takes auto, host or none, not ${text}`, { fix: 'write --network host' });
}
