import type { RunnableConfig } from '../../machine/machine.ts';

/** What the first process of a machine is told. The words are those of device/init/config.c. */
export interface InitSettings {
  readonly hostname: string;
  /** The clock never shows an earlier time: seconds since 1970. */
  readonly clockFloorSeconds: number;
  readonly network: MachineNetwork;
  readonly start: RunnableConfig;
  /** Offered to whoever sits at the console: tty, and the path of the program. */
  readonly shell?: { readonly tty: string; readonly program: string } | undefined;
}

export type MachineNetwork =
  | { readonly mode: 'none' }
  | { readonly mode: 'dhcp' }
  | {
      readonly mode: 'static';
      /** With its prefix: `192.168.8.2/24`. */
      readonly address: string;
      readonly gateway?: string | undefined;
      readonly dns: readonly string[];
    };

/** What QEMU's own network offers (slirp); nothing has to be asked for. */
export const emulatorNetwork: MachineNetwork = {
  mode: 'static',
  address: '10.0.2.15/24',
  gateway: '10.0.2.2',
  dns: ['10.0.2.3'],
};

export const initConfigPath = 'etc/kilopy/init.conf';

/** The text of `/etc/kilopy/init.conf`. */
export function initConfig({ hostname, clockFloorSeconds, network, start, shell }: InitSettings): string {
  const lines = [
    `hostname ${hostname}`,
    `clock ${String(clockFloorSeconds)}`,
    `network ${networkWords(network).join(' ')}`,
    `user ${String(start.user.uid)}:${String(start.user.gid)}`,
    `workdir ${start.workdir}`,
    ...Object.entries(start.env).map(([name, value]) => `env ${escaped(`${name}=${value}`)}`),
    ...start.entrypoint.map((text) => `arg ${escaped(text)}`),
    ...start.ports.map((port) => `port ${String(port)}`),
    ...(shell === undefined ? [] : [`shell /dev/${shell.tty} ${shell.program}`]),
    'restart always',
    'crash wait',
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * The word for the kernel with which a run under QEMU differs from the same image on a device: it ends when the application ends. A single
 * one for five settings of init, because malta has 255 bytes for all words, and drills and users want some of them.
 */
export function attendedWords(network: MachineNetwork): readonly string[] {
  const [mode = '', ...rest] = networkWords(network);
  return [`kilopy.attended=${[mode.slice(0, 1), ...rest].join(',')}`];
}

function networkWords(network: MachineNetwork): readonly string[] {
  if (network.mode !== 'static') return [network.mode];
  return ['static', network.address, ...(network.gateway === undefined ? [] : [network.gateway, ...network.dns])];
}

/** `\n` and `\\` stand for a line feed and a backslash. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
