/** Words for the scripts of a busybox that wait for something, a minute at most, where a fixed time would be too short on a busy machine. */

function waitWhile(condition: string): string {
  return `n=0; while ${condition} && [ $n -lt 600 ]; do busybox sleep 0.1; n=$((n+1)); done`;
}

/** Until init has said that something listens, and a moment more, in which it could say it twice. */
export const untilListening: string = `${waitWhile('! busybox grep -q listening /out/console')}; busybox sleep 0.3`;

/** Until no `busybox sleep SECONDS` runs and none waits to be reaped. */
export function untilReaped(seconds: string): string {
  return waitWhile(`busybox ps -o stat,args | busybox grep -Eq '^Z|^[^ ]+ +[a-z/]*busybox sleep ${seconds}$'`);
}

/** Until an init that has other children than the shell has none of them. */
export const untilAlone: string = waitWhile('[ "$(busybox cat /proc/$PPID/task/$PPID/children)" != "$$ " ]');
