/** Signals of Linux on every processor but MIPS (signal(7)), where kilopy itself hardly ever runs. */
const numbers: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPWR: 30,
  SIGSYS: 31,
};

/** SIGKILL stands in for a name that Linux does not have. */
export function signalNumber(signal: NodeJS.Signals): number {
  return numbers[signal] ?? 9;
}

/** 128 + the number of the signal, as shells and docker report it. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + signalNumber(signal);
}
