import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Who owns a lock or a temporary file. A process number alone is not enough: numbers are used again (the start time
 * tells them apart) and mean nothing in another container or on another machine that shares the folder (`space`).
 */
export interface ProcessMark {
  readonly pid: number;
  /** Start of the process in clock ticks since boot, field 22 of /proc/PID/stat (proc_pid_stat(5)). */
  readonly start: string;
  readonly space: string;
}

export function ownMark(): ProcessMark {
  own ??= { pid: process.pid, start: processStart(process.pid) ?? '0', space: ownSpace() };
  return own;
}

let own: ProcessMark | undefined;

/** `unknown` for a process whose number means nothing here. */
export function stateOf(mark: ProcessMark): 'alive' | 'dead' | 'unknown' {
  if (mark.space !== ownMark().space) return 'unknown';
  const start = processStart(mark.pid);
  return start !== undefined && start === mark.start ? 'alive' : 'dead';
}

/** As a part of a file name, and back. */
export function formatMark(mark: ProcessMark): string {
  return `${String(mark.pid)}-${mark.start}-${mark.space}`;
}

export function parseMark(text: string): ProcessMark | undefined {
  const found = /^(\d+)-(\d+)-([\w.]+)/u.exec(text);
  if (found === null) return undefined;
  const [, pid = '', start = '', space = ''] = found;
  return { pid: Number(pid), start, space };
}

/** Start of a process in clock ticks since boot, as text; undefined when there is none. */
export function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The name of the program, in parentheses, may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie holds nothing any more.
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function ownSpace(): string {
  const host = hostname()
    .replace(/[^\w.]/gu, '_')
    .slice(0, 64);
  try {
    return `${host}.${readlinkSync('/proc/self/ns/pid').replace(/\D/gu, '')}`;
  } catch {
    return `${host}.0`;
  }
}
