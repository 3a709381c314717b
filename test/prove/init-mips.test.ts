import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emulatorOf, productInit, startInit, type InitMachine } from '../support/init-machine.ts';
import { untilListening, untilReaped } from '../support/shell-waits.ts';
import { wire } from '../support/wire.ts';

/** init on big-endian MIPS with 32 bits, under QEMU as a 24Kc, which has no floating point. */

let folder: string;
let init: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kilopy-init-'));
  init = await productInit(folder, 'linux/mips');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function boot(script: string, config: readonly string[], netns?: string): InitMachine {
  return startInit({
    init,
    emulator: emulatorOf('linux/mips'),
    config: [...config, 'env PATH=/bin', 'arg /bin/sh', 'arg -c', `arg ${script.replaceAll('\n', '\\n')}`],
    ...(netns !== undefined && { netns }),
  });
}

const off = ['restart never', 'end poweroff'];

test('mounts, name, user, port, status', async () => {
  const machine = boot(
    `busybox hostname; busybox id; busybox mount; busybox httpd -f -p 127.0.0.1:8080 -h /tmp & ${untilListening}; kill $!; exit 4`,
    ['hostname kitchen', 'user 1000:20', 'port 8080', ...off],
  );
  expect(await machine.ended()).toBe(130);
  const said = machine.console();
  for (const words of ['kitchen\n', 'uid=1000 gid=20', 'proc on /proc', 'tmpfs on /run', 'init: listening on 8080\n'])
    expect(said).toContain(words);
  expect(said.endsWith('init: application ended with status 4\ninit: powering off\n')).toBe(true);
});

test('SIGTERM is SIGINT to the application; a crash loop stops; what cannot be started is said', async () => {
  const machine = boot("trap 'echo cleaning; exit 7' INT; echo ready; while :; do busybox sleep 0.05; done", []);
  await machine.says('ready');
  machine.signal('SIGTERM');
  expect(await machine.ended()).toBe(130);
  expect(machine.console()).toContain('cleaning\ninit: application ended with status 7\n');
  const loop = boot('exit 1', ['crashes 3', 'crash reboot']);
  expect(await loop.ended()).toBe(129);
  expect(loop.console()).toContain(
    'init: starting again in 2 s\ninit: application ended with status 1\ninit: crash loop: 3 short',
  );
  const absent = boot('', ['arg /nothing', 'crash poweroff']);
  expect(await absent.ended()).toBe(130);
  expect(absent.console()).toContain('cannot start /nothing: not found');
});

test('a thousand orphans are reaped', async () => {
  const machine = boot(
    `i=0; while [ $i -lt 1000 ]; do (busybox sleep 0.05 &) ; i=$((i+1)); done; ${untilReaped('0.05')}\nbusybox ps -o stat | busybox grep -c Z; exit 0`,
    off,
  );
  expect(await machine.ended()).toBe(130);
  expect(machine.console()).toMatch(/^0\ninit: application ended with status 0$/mu);
});

test('an address from udhcpd, renewed; a static one', async () => {
  const net = wire();
  net.udhcpd(['start 10.77.0.20', 'end 10.77.0.20', 'option lease 10', 'min_lease 1', 'option router 10.77.0.1']);
  const machine = boot('while :; do busybox sleep 0.2; done', ['network dhcp'], net.device);
  await machine.says('init: eth0: 10.77.0.20 from 10.77.0.1 for 10 s');
  expect(net.run('device', ['ip', 'route'])).toContain('default via 10.77.0.1 dev eth0');
  // Twice its length later it is still there.
  await sleep(22_000);
  expect(net.run('device', ['ip', '-o', '-4', 'addr', 'show', 'eth0'])).toContain('10.77.0.20/24');
  expect(machine.console().match(/init: /gu)).toHaveLength(1);
  machine.signal('SIGTERM');
  await machine.ended();
  net.run('device', ['ip', 'addr', 'flush', 'dev', 'eth0']);
  const config = ['network static 10.77.0.9/24 10.77.0.1 9.9.9.9', ...off];
  const fixed = boot('busybox ip route; busybox cat /etc/resolv.conf', config, net.device);
  await fixed.ended();
  expect(fixed.console()).toContain('nameserver 9.9.9.9\n');
});
