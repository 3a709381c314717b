import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { docker, podman } from './engine/engine.ts';
import { engineMachine } from './engine/engine-machine.ts';
import { runcMachine } from './engine/runc-machine.ts';
import { kernelMachine } from './kernel-machine.ts';
import type { Availability, Machine, MachineName, RunnableTarget } from './machine.ts';
import { qemuUserMachine } from './qemu-user-machine.ts';

/** In the order in which they are tried. */
const machines: readonly Machine[] = [
  kernelMachine,
  qemuUserMachine,
  engineMachine(podman),
  engineMachine(docker),
  runcMachine,
];

export interface Choice {
  readonly machine: Machine;
  /** For a person: what was picked, and why. */
  readonly why: string;
}

/**
 * The machine that is wanted, or the first that works; who runs the app says why. Throws KP9002 when the wanted one does not work
 * and KP9001 when none does, with each reason.
 */
export async function chooseMachine(ctx: Context, target: RunnableTarget, wanted?: MachineName): Promise<Choice> {
  const refused: { readonly name: MachineName; readonly answer: Availability }[] = [];
  for (const machine of machines.filter(({ name }) => wanted === undefined || name === wanted)) {
    const answer = await machine.available(ctx, target).catch(missingProgram);
    if (!answer.ok) {
      refused.push({ name: machine.name, answer });
      continue;
    }
    const why = `${machine.name}: ${answer.why}${wanted === undefined ? '' : ' (as asked)'}`;
    return { machine, why };
  }
  const why = refused.map(({ name, answer }) => `${name}: ${answer.why}`).join('; ');
  const fix = refused.map(({ answer }) => answer.fix).find((text) => text !== undefined);
  throw new KilopyError(
    wanted === undefined ? 'KP9001' : 'KP9002',
    wanted === undefined
      ? `Nothing here can run ${target.name}`
      : `The machine ${wanted} does not work here for ${target.name}`,
    { why, fix, data: { target: target.name, refused } },
  );
}

/** A machine whose helper program is missing is one that does not work here. */
function missingProgram(error: unknown): Availability {
  if (!(error instanceof KilopyError) || error.code !== 'KP1003') throw error;
  return { ok: false, why: error.message, fix: error.fix };
}
