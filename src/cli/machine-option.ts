import { KilopyError } from '../errors/kilopy-error.ts';
import { nearest } from '../errors/nearest.ts';
import type { MachineName } from '../machine/machine.ts';
import type { Call } from './command.ts';

/** Values of `--machine`. */
export const machineNames: readonly MachineName[] = ['kernel', 'qemu-user', 'podman', 'docker', 'runc'];

/** @throws KilopyError KP1001 */
export function machineOption({ options }: Call): MachineName | undefined {
  const text = options.machine as string | undefined;
  const machine = machineNames.find((name) => name === text);
  if (text === undefined || machine !== undefined) return machine;
  const [near] = nearest(text, machineNames, 1);
  throw new KilopyError('KP1001', `there is no machine ${text}`, {
    fix: near === undefined ? `choose one of ${machineNames.join(', ')}` : `did you mean --machine ${near}?`,
  });
}
