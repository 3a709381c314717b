import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { busyboxImage, runScript, type BusyboxImage, type Captured } from '../../../test/support/busybox-image.ts';
import { freePort } from '../../../test/support/free-port.ts';
import { kernelMachine } from '../kernel-machine.ts';

const boxes: BusyboxImage[] = [];
afterEach(() => {
  for (const box of boxes.splice(0)) box.remove();
});

async function get(host: string, port: number): Promise<string> {
  try {
    const answer = await fetch(`http://${host}:${String(port)}/index.html`, { signal: AbortSignal.timeout(20_000) });
    return await answer.text();
  } catch {
    return 'refused';
  }
}

/** Serves from /tmp on an address inside, asks as soon as the app is said to listen, then stops it. */
async function serve(
  bind: string,
  port: number,
  ask: (hostPort: number) => Promise<void>,
  options: { readonly unprivileged?: boolean; readonly network?: 'auto' | 'host' } = {},
): Promise<Captured> {
  const box = busyboxImage({ ports: [port] });
  boxes.push(box);
  let asked: Promise<void> = Promise.resolve();
  let stop: (() => void) | undefined;
  const result = await runScript(
    kernelMachine,
    box,
    `echo page >/tmp/index.html; echo up; exec busybox httpd -f -p ${bind}:${String(port)} -h /tmp`,
    {
      ...options,
      onOutput: (_, send) => (stop = () => send('SIGINT')),
      onListening: (_, hostPort) => {
        asked = ask(hostPort).finally(() => stop?.());
      },
    },
  );
  await asked;
  return result;
}

const otherAddresses = ['127.0.0.2', ...Object.values(networkInterfaces()).flat()]
  .map((address) => (typeof address === 'string' ? address : (address?.family === 'IPv4' && address.address) || ''))
  .filter((address) => address !== '' && address !== '127.0.0.1');

describe.each([
  { bind: '0.0.0.0', unprivileged: false },
  { bind: '127.0.0.1', unprivileged: true },
])('own network, app on $bind, unprivileged $unprivileged', ({ bind, unprivileged }) => {
  test('reachable on 127.0.0.1 and from no other address', async () => {
    const port = await freePort();
    const answers: string[] = [];
    const result = await serve(
      bind,
      port,
      async (hostPort) => {
        expect(hostPort).toBe(port);
        answers.push(await get('127.0.0.1', port), await get('127.0.0.1', port));
        for (const address of otherAddresses) answers.push(await get(address, port));
      },
      { unprivileged },
    );
    expect(answers).toEqual(['page\n', 'page\n', ...otherAddresses.map(() => 'refused')]);
    expect(result).toMatchObject({ exitCode: 130, leftovers: [] });
    expect(result.said).toContain(`listening on http://127.0.0.1:${String(port)}`);
    expect(await get('127.0.0.1', port)).toBe('refused');
  });
});

test('a port that is taken gives way to the next free one, said', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const answers: (string | number)[] = [];
  const result = await serve('0.0.0.0', port, async (hostPort) => {
    answers.push(hostPort, await get('127.0.0.1', hostPort));
  });
  taken.close();
  expect(answers[0]).toBeGreaterThan(port);
  expect(answers[1]).toBe('page\n');
  expect(result.said.join('\n')).toContain(`port ${String(port)} is taken on 127.0.0.1`);
});

test("with --network host the app listens on the host's own addresses", async () => {
  const port = await freePort();
  const answers: string[] = [];
  await serve('127.0.0.2', port, async () => void answers.push(await get('127.0.0.2', port)), { network: 'host' });
  expect(answers).toEqual(['page\n']);
});

test.each([
  ['auto', 'cut off'],
  ['none', 'cut off'],
  ['host', 'reached'],
] as const)('network %s: a server of the host is %s', async (network, expected) => {
  const server = createServer((socket) => socket.end('hello')).listen(0, '0.0.0.0');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const box = busyboxImage({ ports: [await freePort()] });
  boxes.push(box);
  const script = `busybox nc -w 20 127.0.0.1 ${String(port)} </dev/null | busybox grep -q hello && echo reached || echo cut off`;
  const result = await runScript(kernelMachine, box, script, { network });
  server.close();
  expect(result.stdout).toBe(`${expected}\n`);
});

test('ports below 1024 need no rights inside', async () => {
  const box = busyboxImage({ ports: [80] });
  boxes.push(box);
  const result = await runScript(kernelMachine, box, 'busybox timeout 0.3 busybox httpd -f -p 80 -h /tmp; echo $?', {
    unprivileged: true,
  });
  expect(result.stdout).toBe('143\n');
});
