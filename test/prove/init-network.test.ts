import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { productInit, startInit, type InitMachine } from '../support/init-machine.ts';
import { wire } from '../support/wire.ts';

/** init's DHCP client against servers that nobody here wrote, over a wire between two namespaces. */

let folder: string;
let init: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kilopy-init-'));
  init = await productInit(folder, 'linux/amd64');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const forever = ['env PATH=/bin', 'arg /bin/sh', 'arg -c', 'arg echo started; while :; do busybox sleep 0.2; done'];

function boot(netns: string, ...config: string[]): InitMachine {
  return startInit({ init, netns, config: [...config, ...forever] });
}

test('dnsmasq: address, route, name servers; the application was started before', async () => {
  const net = wire();
  const server = net.dnsmasq([
    '--dhcp-range=10.77.0.50,10.77.0.59,120',
    '--dhcp-option=6,10.77.0.1,9.9.9.9',
    '--dhcp-option=3,10.77.0.1',
  ]);
  const machine = boot(net.device, 'network dhcp', 'hostname kitchen');
  const said = await machine.says(/init: eth0: 10\.77\.0\.5\d from 10\.77\.0\.1 for 120 s/u);
  expect(said.indexOf('started')).toBeLessThan(said.indexOf('init: eth0'));
  expect(net.run('device', ['ip', '-o', '-4', 'addr', 'show', 'eth0'])).toMatch(
    /inet 10\.77\.0\.5\d\/24 brd 10\.77\.0\.255/u,
  );
  expect(net.run('device', ['ip', 'route'])).toContain('default via 10.77.0.1 dev eth0');
  expect(server.log()).toContain('client provides name: kitchen');
  machine.signal('SIGTERM');
  expect(await machine.ended()).toBe(130);
});

test('with `wait` the application is started with an address, or when the time is over', async () => {
  const net = wire();
  const alone = boot(net.device, 'network dhcp', 'wait 1');
  const begin = Date.now();
  await alone.says('started');
  expect(Date.now() - begin).toBeGreaterThan(1_000);
  alone.signal('SIGTERM');
  await alone.ended();
  net.dnsmasq(['--dhcp-range=10.77.0.50,10.77.0.59,120']);
  const served = boot(net.device, 'network dhcp', 'wait 20');
  const said = await served.says('started');
  expect(said.indexOf('init: eth0')).toBeGreaterThanOrEqual(0);
  expect(said.indexOf('init: eth0')).toBeLessThan(said.indexOf('started'));
});

test('udhcpd: a lease of six seconds is renewed, and runs out when the server is gone; a new server gives a new one', async () => {
  const net = wire();
  const settings = [
    'start 10.77.0.20',
    'end 10.77.0.20',
    'option lease 6',
    'min_lease 1',
    'option subnet 255.255.255.0',
    'option router 10.77.0.1',
    'option dns 10.77.0.1',
  ];
  const server = net.udhcpd(settings);
  const machine = boot(net.device, 'network dhcp');
  await machine.says('init: eth0: 10.77.0.20 from 10.77.0.1 for 6 s');
  await sleep(13_000);
  const address = ['ip', '-o', '-4', 'addr', 'show', 'eth0'];
  // Twice its length later it is still there: renewed in between, without a word.
  expect(net.run('device', address)).toContain('10.77.0.20/24');
  expect(machine.console().match(/init: /gu)).toHaveLength(1);
  await server.stop();
  await machine.says('init: eth0: the lease of 10.77.0.20 ran out');
  expect(net.run('device', address)).toBe('');
  expect(net.run('device', ['ip', 'route'])).toBe('');
  net.udhcpd([...settings.slice(2), 'start 10.77.0.30', 'end 10.77.0.30']);
  await machine.says('init: eth0: 10.77.0.30 from 10.77.0.1');
  expect(net.run('device', address)).toContain('10.77.0.30/24');
});

test('a server that refuses the address (NAK) takes it away at once, and a new one is asked for', async () => {
  const net = wire();
  const server = net.dnsmasq([
    '--dhcp-range=10.77.0.50,10.77.0.50,120',
    '--dhcp-option=58,3',
    '--dhcp-option=59,60',
    '--dhcp-authoritative',
  ]);
  const machine = boot(net.device, 'network dhcp');
  await machine.says('init: eth0: 10.77.0.50');
  await server.stop();
  net.dnsmasq(['--dhcp-range=10.77.0.70,10.77.0.70,120', '--dhcp-authoritative']);
  await machine.says('init: eth0: 10.77.0.50 was refused');
  await machine.says('init: eth0: 10.77.0.70 from 10.77.0.1');
  expect(net.run('device', ['ip', '-o', '-4', 'addr', 'show', 'eth0']).match(/inet /gu)).toHaveLength(1);
});

test('rebinding: another server on the wire takes over when the first does not answer', async () => {
  const net = wire();
  const range = ['--dhcp-range=10.77.0.50,10.77.0.50,120', '--dhcp-authoritative'];
  const first = net.dnsmasq([...range, '--dhcp-option=58,2', '--dhcp-option=59,5']);
  const machine = boot(net.device, 'network dhcp');
  await machine.says('init: eth0: 10.77.0.50 from 10.77.0.1');
  await first.stop();
  // The same wire, another address: what is sent to 10.77.0.1 alone is lost.
  net.run('server', ['ip', 'addr', 'flush', 'dev', 'eth0']);
  net.run('server', ['ip', 'addr', 'add', '10.77.0.2/24', 'dev', 'eth0']);
  net.dnsmasq(range);
  const said = await machine.says('init: eth0: 10.77.0.50 from 10.77.0.2 for 120 s');
  expect(said).not.toContain('ran out');
});

test('a static address, with route and name servers', async () => {
  const net = wire();
  const machine = startInit({
    init,
    netns: net.device,
    config: [
      'network static 10.77.0.9/24 10.77.0.1 10.77.0.1 1.1.1.1',
      'env PATH=/bin',
      'restart never',
      'end poweroff',
      'arg /bin/sh',
      'arg -c',
      'arg busybox cat /etc/resolv.conf; busybox ip route; busybox ping -c 1 -W 2 10.77.0.1',
    ],
  });
  await machine.ended();
  const said = machine.console();
  expect(said).toContain('nameserver 10.77.0.1\nnameserver 1.1.1.1\n');
  expect(said).toContain('default via 10.77.0.1 dev eth0');
  expect(said).toContain('1 packets received');
});

test('an interface that has an address already (the kernel’s ip=) is left alone', async () => {
  const net = wire();
  net.run('device', ['ip', 'link', 'set', 'eth0', 'up']);
  net.run('device', ['ip', 'addr', 'add', '10.77.0.99/24', 'dev', 'eth0']);
  const server = net.dnsmasq(['--dhcp-range=10.77.0.50,10.77.0.59,120']);
  const machine = boot(net.device, 'network dhcp', 'wait 5');
  await machine.says('started');
  await sleep(1_500);
  expect(net.run('device', ['ip', '-o', '-4', 'addr', 'show', 'eth0'])).toContain('10.77.0.99/24');
  expect(server.log()).not.toContain('DHCPDISCOVER');
});

test('an interface that comes later is taken when it is there', async () => {
  const net = wire();
  net.run('server', ['ip', 'link', 'del', 'eth0']);
  const machine = boot(net.device, 'network dhcp');
  await machine.says('started');
  await sleep(500);
  net.run('server', ['ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth1']);
  net.run('server', ['ip', 'link', 'set', 'eth1', 'netns', net.device, 'name', 'eth0']);
  net.run('server', ['ip', 'addr', 'add', '10.77.0.1/24', 'dev', 'eth0']);
  net.run('server', ['ip', 'link', 'set', 'eth0', 'up']);
  net.dnsmasq(['--dhcp-range=10.77.0.50,10.77.0.59,120']);
  const said = await machine.says(/init: eth0: 10\.77\.0\.5\d from/u);
  expect(said.match(/init: /gu)).toHaveLength(1);
});
