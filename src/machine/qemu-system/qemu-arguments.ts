import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Board } from './board.ts';

/** What is to be booted, and how it is reached. All paths are absolute. */
export interface BootPlan {
  readonly board: Board;
  readonly memoryMiB: number;
  readonly kernel: string;
  readonly initrd?: string | undefined;
  /** Raw images, the first of them with the root file system when there is no initrd. */
  readonly disks: readonly BootDisk[];
  /** Words for the kernel, complete. */
  readonly append: readonly string[];
  readonly networks: readonly UserNetwork[];
  readonly accelerator: 'kvm' | 'tcg';
  readonly console: ConsolePlan;
  /** What the clock chip shows at the start, in UTC as ISO 8601; the host's time without it. */
  readonly clockBase?: string | undefined;
  /** Unix socket on which QEMU answers commands (QMP). */
  readonly monitor?: string | undefined;
  /** QEMU goes into the background by itself and writes its process id here. */
  readonly pidFile?: string | undefined;
}

export interface BootDisk {
  /** A file, or an address that QEMU opens (`nbd+unix:///?socket=PATH`). */
  readonly path: string;
  readonly format: 'raw';
  /** `discard`: what is written is thrown away when the machine ends. */
  readonly writes: 'discard' | 'keep';
  /** An empty file for everything that is written, in order (`write-log.ts`). */
  readonly log?: string | undefined;
}

/** One network card with QEMU's own small network behind it. */
export interface UserNetwork {
  readonly id: string;
  /** Where it differs from QEMU's 10.0.2.0/24. */
  readonly subnet?: { readonly net: string; readonly host: string } | undefined;
  /** Where forwarded ports go to, where it is not the first address that DHCP gives. */
  readonly guest?: string | undefined;
  readonly forwards: readonly {
    readonly hostPort: number;
    readonly guestPort: number;
    readonly protocol: 'tcp' | 'udp';
    /** The user wants this port of the host and no other. */
    readonly isChosen?: boolean;
  }[];
}

export type ConsolePlan =
  /** QEMU's stdin and stdout. */
  | { readonly kind: 'stdio' }
  /** Output into a file, no input but through the socket. */
  | { readonly kind: 'log'; readonly file: string; readonly socket: string };

/** The command line of QEMU, without the program. */
export function qemuArguments(plan: BootPlan): readonly string[] {
  const { board } = plan;
  return [
    '-M',
    board.machine,
    ...(plan.accelerator === 'kvm' ? ['-accel', 'kvm', '-cpu', 'host'] : ['-accel', 'tcg', '-cpu', board.cpu]),
    '-m',
    `${String(plan.memoryMiB)}M`,
    '-nodefaults',
    '-no-user-config',
    '-no-reboot',
    '-display',
    'none',
    ...board.extra,
    '-kernel',
    plan.kernel,
    ...(plan.clockBase === undefined ? [] : ['-rtc', `base=${plan.clockBase}`]),
    ...(plan.initrd === undefined ? [] : ['-initrd', plan.initrd]),
    ...(plan.append.length === 0 ? [] : ['-append', commandLine(plan)]),
    ...consoleArguments(plan.console),
    ...plan.disks.flatMap((disk, i) => diskArguments(board, disk, i)),
    ...plan.networks.flatMap((network) => networkArguments(board, network)),
    ...(plan.monitor === undefined ? [] : ['-qmp', `unix:${escaped(plan.monitor)},server=on,wait=off`]),
    ...(plan.pidFile === undefined ? [] : ['-daemonize', '-pidfile', plan.pidFile]),
  ];
}

/** `rd_start=0xffffffff80a00000 rd_size=12345678 `, which QEMU's malta puts in front for an initramfs. */
const initrdWordsBytes = 46;

/** The words for the kernel. Throws KP9208 for more than reach it. */
function commandLine({ board, append, initrd }: BootPlan): string {
  const text = append.join(' ');
  const room = board.commandLineBytes - (board.kernelArch === 'mips' && initrd !== undefined ? initrdWordsBytes : 0);
  const size = Buffer.byteLength(text);
  if (size <= room) return text;
  throw new KilopyError(
    'KP9208',
    `the words for the kernel are ${String(size)} bytes, and ${board.name} takes ${String(room)}`,
    {
      why: 'what is more would be cut off without a word',
      data: { machine: board.name, sizeBytes: size, limitBytes: room },
    },
  );
}

function consoleArguments(wanted: ConsolePlan): readonly string[] {
  const chardev =
    wanted.kind === 'stdio'
      ? 'stdio,id=console,signal=off'
      : `socket,id=console,path=${escaped(wanted.socket)},server=on,wait=off,logfile=${escaped(wanted.file)}`;
  return ['-chardev', chardev, '-serial', 'chardev:console', '-monitor', 'none'];
}

function diskArguments(board: Board, disk: BootDisk, index: number): readonly string[] {
  const id = `disk${String(index)}`;
  const source =
    disk.log === undefined
      ? [`file=${escaped(disk.path)}`, `format=${disk.format}`]
      : [
          'driver=blklogwrites',
          `file.driver=${disk.format}`,
          'file.file.driver=file',
          `file.file.filename=${escaped(disk.path)}`,
          'log.driver=file',
          `log.filename=${escaped(disk.log)}`,
        ];
  const fields = [
    ...source,
    `id=${id}`,
    ...(disk.log === undefined ? [`snapshot=${disk.writes === 'discard' ? 'on' : 'off'}`] : []),
    `if=${board.disk.interface}`,
    ...(board.disk.interface === 'ide' ? [`index=${String(index)}`] : []),
  ];
  const device = board.disk.device === undefined ? [] : ['-device', `${board.disk.device},drive=${id}`];
  return ['-drive', fields.join(','), ...device];
}

/** Those that QEMU gives a boot program. */
const pciCards: ReadonlySet<string> = new Set(['pcnet', 'virtio-net-pci']);

function networkArguments(board: Board, { id, subnet, guest, forwards }: UserNetwork): readonly string[] {
  const fields = [
    `user,id=${id}`,
    ...(subnet === undefined ? [] : [`net=${subnet.net}`, `host=${subnet.host}`]),
    ...forwards.map(
      ({ protocol, hostPort, guestPort }) =>
        `hostfwd=${protocol}:127.0.0.1:${String(hostPort)}-${guest ?? ''}:${String(guestPort)}`,
    ),
  ];
  // A card on PCI has a boot program in a package of its own (ipxe-qemu), which nothing here needs and not everybody has.
  const rom = pciCards.has(board.networkDevice) ? ',romfile=' : '';
  return ['-netdev', fields.join(','), '-device', `${board.networkDevice},netdev=${id}${rom}`];
}

/** A comma ends a value in QEMU's options; two of them are one comma of the value. */
function escaped(path: string): string {
  return path.replaceAll(',', ',,');
}
