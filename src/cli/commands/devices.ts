import type { CommandModule, Outcome } from '../command.ts';
import { formatTable } from '../ui/table.ts';

export const devicesCommand: CommandModule = {
  configure(command) {
    command
      .description(
        'List the devices that kilopy knows: processor, memory, flash, and the target and profile of OpenWrt.',
      )
      .argument('[name]', 'one of them, in full');
  },
  async run({ args, style }): Promise<Outcome> {
    const { devices, findDevice } = await import('../../spec/devices.ts');
    const [name] = args;
    const chosen = name === undefined ? devices : [findDevice(name)];
    const rows = chosen.map((device) => [
      style.bold(device.name),
      device.title,
      device.soc,
      `${device.byteOrder}-endian`,
      device.architecture,
      `${mebibytes(device.ramBytes)} RAM`,
      device.imageBytes === undefined
        ? `${mebibytes(device.flashBytes)} flash`
        : `${mebibytes(device.flashBytes)} flash, image ${String(device.imageBytes / 1024)} KiB`,
      device.openwrt === undefined ? 'no OpenWrt profile' : `${device.openwrt.board} ${device.openwrt.profile}`,
    ]);
    const notes = chosen.flatMap((device) => [
      device.notes,
      ...(device.routeros === undefined ? [] : [`RouterOS: ${device.routeros}`]),
    ]);
    const more = name === undefined ? '' : `${notes.join('\n')}\n`;
    return { data: { devices: chosen }, text: `${formatTable(rows)}\n${more}` };
  },
};

function mebibytes(bytes: number): string {
  return `${String(bytes / 1024 / 1024)} MiB`;
}
