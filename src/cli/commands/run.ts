import type { MachineName } from '../../machine/machine.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { nearest } from '../../errors/nearest.ts';
import { addBuildOptions, buildRequest } from '../build-options.ts';
import type { Call, CommandModule, Outcome } from '../command.ts';

const machines: readonly MachineName[] = ['kernel', 'qemu-user', 'podman', 'docker', 'runc'];

export const runCommand: CommandModule = {
  configure(command) {
    addBuildOptions(command)
      .argument('[args...]', 'arguments of the application, after --')
      .option('--machine <name>', `${machines.join(', ')}; without it, the first that works`)
      .option('--network <mode>', 'auto: own network when ports are declared; host; none', 'auto');
  },
  async run(call): Promise<Outcome> {
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

function machineOption({ options }: Call): MachineName | undefined {
  const text = options.machine as string | undefined;
  const machine = machines.find((name) => name === text);
  if (text === undefined || machine !== undefined) return machine;
  const [near] = nearest(text, machines, 1);
  throw new KilopyError('KP1001', `there is no machine ${text}`, {
    fix: near === undefined ? `choose one of ${machines.join(', ')}` : `did you mean --machine ${near}?`,
  });
}

function networkOption({ options }: Call): 'auto' | 'host' | 'none' {
  const text = options.network as string;
  if (text === 'auto' || text === 'host' || text === 'none') return text;
  throw new KilopyError('KP1001', `--network takes auto, host or none, not ${text}`, { fix: 'write --network host' });
}
