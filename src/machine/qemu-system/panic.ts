/** A kernel that gave up, in words for a person. */
export interface Panic {
  /** The kernel's own line. */
  readonly message: string;
  readonly why: string;
  readonly fix: string;
}

const explanations: readonly (readonly [RegExp, string, string])[] = [
  [
    /VFS: Unable to mount root fs on (\S+)/,
    'the kernel found no root file system: the disk is not there, its driver is not in the kernel, or its file system is one that the kernel cannot read',
    'give the root as a file that this kernel supports, or use a kernel of kilopy: kilopy kernel list',
  ],
  [
    /XZ decompressor ran out of memory|(?:XZ|LZMA)-compressed data is corrupt|initramfs unpacking failed/i,
    'the archive of the root file system could not be unpacked: it is damaged, or was compressed with a dictionary larger than the memory',
    'compress it with xz --check=crc32 --lzma2=dict=512KiB, or give more memory: --memory 64',
  ],
  [
    /Out of memory and no killable processes|System is deadlocked on memory|compulsory panic_on_oom/,
    'the memory was used up before the application ran',
    'give the machine more memory: --memory 64',
  ],
  [
    /No working init found|Requested init (\S+) failed/,
    'there is no program to start: no /init or /sbin/init, or it is for another processor, or its loader is missing',
    'look into the root file system: kilopy inspect FILE',
  ],
  [
    /Attempted to kill init! exitcode=0x([0-9a-f]+)/,
    'the first process ended; as init it must not',
    'look at what it wrote last, above',
  ],
];

/** Recognises the line with which a kernel gives up, from everything that it wrote so far. */
export function explainPanic(text: string): Panic | undefined {
  const found = /Kernel panic - not syncing: ?([^\r\n]*)/.exec(text);
  if (found === null) return undefined;
  const message = found[1]?.trim() ?? '';
  const [, why, fix] = explanations.find(([pattern]) => pattern.test(message)) ??
    explanations.find(([pattern]) => pattern.test(text)) ?? [
      undefined,
      'the kernel found a fault in itself or in the machine',
      'boot with --verbose to see all that the kernel says',
    ];
  return { message, why: `${why}${signalText(message)}`, fix };
}

/** The exit status in the panic is one of wait(2): the low seven bits are a signal. */
function signalText(message: string): string {
  const status = /exitcode=0x([0-9a-f]+)/.exec(message)?.[1];
  if (status === undefined) return '';
  const value = Number.parseInt(status, 16);
  const signal = value & 0x7f;
  if (signal === 4) return ' (SIGILL: it has instructions that this processor lacks)';
  if (signal !== 0) return ` (it was killed by signal ${String(signal)})`;
  return ` (exit code ${String(value >> 8)})`;
}
