import { KilopyError } from '../errors/kilopy-error.ts';
import { nearest } from '../errors/nearest.ts';
import type { MachineName } from '../machine/machine.ts';
import type { Board } from '../machine/qemu-system/board.ts';
import { boards } from '../machine/qemu-system/boards.ts';
import type { Call } from './command.ts';

/** Values of `--machine` that run a container. */
export const machineNames: readonly MachineName[] = ['kernel', 'qemu-user', 'podman', 'docker', 'runc'];

/** Values of `--machine` that boot. */
export const boardNames: readonly string[] = boards.map(({ name }) => name);

/** @throws KilopyError KP1001 */
export function machineOption({ options }: Call): MachineName | undefined {
  const text = options.machine as string | undefined;
  const machine = machineNames.find((name) => name === text);
  if (text === undefined || machine !== undefined) return machine;
  throw unknownMachine(text);
}

/** The board that `--machine` names; undefined when it names another machine or none. */
export function boardOption({ options }: Call): Board | undefined {
  return boards.find(({ name }) => name === options.machine);
}

/**
 * The boards that `--machine` lists, for tests on several; undefined when it names something else or nothing.
 *
 * @throws KilopyError KP1001 for a list with something else in it
 */
export function boardsOption({ options }: Call): readonly Board[] | undefined {
  const names = (options.machine as string | undefined)?.split(',').map((name) => name.trim()) ?? [];
  const found = names.map((name) => boards.find((board) => board.name === name));
  if (found.every((board) => board === undefined)) return undefined;
  return names.map((name, i) => found[i] ?? fail(unknownMachine(name)));
}

function fail(error: KilopyError): never {
  throw error;
}

function unknownMachine(text: string): KilopyError {
  const all = [...machineNames, ...boardNames];
  const [near] = nearest(text, all, 1);
  return new KilopyError('KP1001', `there is no machine ${text}`, {
    fix: near === undefined ? `choose one of ${all.join(', ')}` : `did you mean --machine ${near}?`,
  });
}
