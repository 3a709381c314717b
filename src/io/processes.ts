import { processStart } from './process-mark.ts';

/** Whether the process that had this number and start is still there. */
export function isAlive(pid: number, start: string): boolean {
  return processStart(pid) === start;
}

/** A process that has gone already is as good as killed. */
export function killProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
