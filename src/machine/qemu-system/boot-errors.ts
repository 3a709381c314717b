import { KilopyError } from '../../errors/kilopy-error.ts';
import type { ConsoleFacts } from './console-watch.ts';
import type { BootPlan } from './qemu-arguments.ts';

/** KP9204: what was waited for, and what came instead. */
export function noAnswer(
  machine: string,
  guestPort: number,
  ms: number,
  { lastLine, listening }: ConsoleFacts,
): KilopyError {
  const port = String(guestPort);
  const heard = lastLine === '' ? 'the console is silent' : `the console said last: ${lastLine}`;
  const state = listening.includes(guestPort)
    ? `the application listens on port ${port}`
    : `nothing listens on port ${port} yet`;
  return new KilopyError('KP9204', `no answer from port ${port} of ${machine} after ${String(ms / 1000)} s`, {
    why: `${state}; ${heard}`,
    data: { machine, port: guestPort, timeoutMs: ms, lastLine },
  });
}

/** KP9205 */
export function panicError({ board }: BootPlan, { panic }: ConsoleFacts): KilopyError {
  return new KilopyError('KP9205', `the kernel of ${board.name} gave up: ${panic?.message ?? ''}`, {
    why: panic?.why,
    fix: panic?.fix,
    data: { machine: board.name },
  });
}

/** KP9206: QEMU ended by itself and not because the machine was switched off. */
export function refused({ board }: BootPlan, code: number | null, words: string): KilopyError {
  return new KilopyError('KP9206', `${board.program} failed`, {
    why: words === '' ? `it ended with status ${String(code ?? 'of a signal')}` : words.split('\n').at(-1),
    data: { machine: board.name, words },
  });
}
