import { expect, test } from 'vitest';
import { boards, findBoard } from './boards.ts';
import type { Board } from './board.ts';
import { openwrtNetworks, plainNetworks } from './networks.ts';
import { qemuArguments, type BootPlan } from './qemu-arguments.ts';

function board(name: string): Board {
  const found = findBoard(name);
  if (found === undefined) throw new Error(`no board ${name}`);
  return found;
}

function plan(name: string, changes: Partial<BootPlan> = {}): BootPlan {
  return {
    board: board(name),
    memoryMiB: 32,
    kernel: '/k/vmlinux.elf',
    disks: [],
    append: [],
    networks: [],
    accelerator: 'tcg',
    console: { kind: 'stdio' },
    ...changes,
  };
}

test('malta with an initramfs and a forwarded port', () => {
  const forwards = [{ protocol: 'tcp' as const, hostPort: 8081, guestPort: 8080 }];
  const args = qemuArguments(
    plan('malta-be', {
      initrd: '/k/root.cpio.xz',
      append: ['console=ttyS0', 'x=1'],
      networks: plainNetworks(forwards),
    }),
  ).join(' ');
  expect(args).toBe(
    '-M malta -accel tcg -cpu 24Kc -m 32M -nodefaults -no-user-config -no-reboot -display none -vga none ' +
      '-kernel /k/vmlinux.elf -initrd /k/root.cpio.xz -append console=ttyS0 x=1 ' +
      '-chardev stdio,id=console,signal=off -serial chardev:console -monitor none ' +
      '-netdev user,id=lan,hostfwd=tcp:127.0.0.1:8081-:8080 -device pcnet,netdev=lan,romfile=',
  );
});

test('OpenWrt finds its LAN and its WAN', () => {
  const forwards = [{ protocol: 'tcp' as const, hostPort: 2222, guestPort: 22 }];
  const args = qemuArguments(plan('malta-be', { networks: openwrtNetworks(forwards) }));
  expect(args).toContain('user,id=lan,net=192.168.1.0/24,host=192.168.1.2,hostfwd=tcp:127.0.0.1:2222-192.168.1.1:22');
  expect(args.indexOf('pcnet,netdev=lan,romfile=')).toBeLessThan(args.indexOf('pcnet,netdev=wan,romfile='));
});

test.each([
  ['malta-le', '-drive file=/a,,b.img,format=raw,id=disk0,snapshot=on,if=ide,index=0'],
  [
    'x86-microvm',
    '-drive file=/a,,b.img,format=raw,id=disk0,snapshot=on,if=none -device virtio-blk-device,drive=disk0',
  ],
])('%s: a disk whose writes are thrown away, commas in its name', (name, expected) => {
  const disks = [{ path: '/a,b.img', format: 'raw' as const, writes: 'discard' as const }];
  expect(qemuArguments(plan(name, { disks })).join(' ')).toContain(expected);
});

test('in the background, with its console in a file', () => {
  const args = qemuArguments(
    plan('x86-microvm', {
      accelerator: 'kvm',
      pidFile: '/s/pid',
      monitor: '/s/monitor',
      console: { kind: 'log', file: '/s/log', socket: '/s/console' },
    }),
  ).join(' ');
  expect(args).toContain('-accel kvm -cpu host');
  expect(args).toContain('-chardev socket,id=console,path=/s/console,server=on,wait=off,logfile=/s/log');
  expect(args).toContain('-qmp unix:/s/monitor,server=on,wait=off -daemonize -pidfile /s/pid');
});

test('constants are given only to the QEMU that they were measured with', () => {
  expect(board('malta-be').ownKernelAppend({ major: 7, minor: 2 })).toContain('malta_count_hz=166666667');
  expect(board('malta-be').ownKernelAppend({ major: 9, minor: 1 })).toEqual([]);
});

test('no two boards have one name', () => {
  expect(new Set(boards.map(({ name }) => name)).size).toBe(boards.length);
});

function line(bytes: number): BootPlan {
  return plan('malta-be', { append: ['x'.repeat(bytes)] });
}

test('a command line that would be cut off is refused', () => {
  expect(qemuArguments(line(255))).toContain('x'.repeat(255));
  expect(() => qemuArguments(line(256))).toThrow(expect.objectContaining({ code: 'KP9208' }) as Error);
  const withInitrd = { ...line(220), initrd: '/k/root.cpio.xz' };
  expect(() => qemuArguments(withInitrd)).toThrow(expect.objectContaining({ code: 'KP9208' }) as Error);
  expect(qemuArguments({ ...line(1000), board: board('arm64-virt') })).toContain('x'.repeat(1000));
});
