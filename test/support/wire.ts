import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { scratch } from './cli.ts';

/**
 * Two network namespaces and a wire between them: `eth0` of `device` has nothing yet, `eth0` of `server` is 10.77.0.1/24.
 * Needs root and iproute2.
 */
export interface Wire {
  readonly device: string;
  /** Runs a program in the namespace of the server or of the device; gives what it printed. */
  run(side: 'server' | 'device', words: readonly string[]): string;
  /** Starts busybox's DHCP server (in busybox-static), which takes leases of seconds. */
  udhcpd(settings: readonly string[]): Server;
  /** Starts dnsmasq (package dnsmasq-base) as DHCP server. */
  dnsmasq(args: readonly string[]): Server;
}

export interface Server {
  stop(): Promise<void>;
  log(): string;
}

let count = 0;

export function wire(): Wire {
  const name = `kp${String(process.pid)}x${String(count++)}`;
  const sides = { server: `${name}s`, device: `${name}d` };
  for (const side of Object.values(sides)) {
    ip('netns', 'add', side);
    onTestFinished(() => void ip('netns', 'del', side));
  }
  ip('-n', sides.server, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', sides.device);
  ip('-n', sides.server, 'addr', 'add', '10.77.0.1/24', 'dev', 'eth0');
  ip('-n', sides.server, 'link', 'set', 'eth0', 'up');
  ip('-n', sides.server, 'link', 'set', 'lo', 'up');
  const folder = scratch('kilopy-wire-');
  const start = (words: readonly string[]): Server => {
    const child = spawn('ip', ['netns', 'exec', sides.server, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (log += text));
    const closed = new Promise<void>((done) => child.on('close', () => done()));
    onTestFinished(() => void child.kill('SIGKILL'));
    return {
      log: () => log,
      async stop() {
        child.kill('SIGKILL');
        await closed;
        await sleep(50);
      },
    };
  };
  return {
    device: sides.device,
    run: (side, words) => ip('netns', 'exec', sides[side], ...words),
    udhcpd(settings) {
      const file = join(folder, 'udhcpd.conf');
      const leases = join(folder, 'leases');
      writeFileSync(leases, '');
      writeFileSync(
        file,
        [`interface eth0`, `lease_file ${leases}`, `pidfile ${join(folder, 'pid')}`, ...settings, ''].join('\n'),
      );
      return start(['busybox', 'udhcpd', '-f', file]);
    },
    dnsmasq: (args) =>
      start([
        'dnsmasq',
        '--no-daemon',
        '--log-dhcp',
        '--conf-file=/dev/null',
        '--port=0',
        '--interface=eth0',
        `--dhcp-leasefile=${join(folder, 'dnsmasq')}`,
        '--user=root',
        ...args,
      ]),
  };
}

function ip(...words: string[]): string {
  return execFileSync('ip', words, { encoding: 'utf8' });
}
