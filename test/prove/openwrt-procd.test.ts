import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeIpk } from '../../src/emit/ipk/write-ipk.ts';
import { createContext } from '../../src/io/create-context.ts';
import { findBoard } from '../../src/machine/qemu-system/boards.ts';
import { debianKernel } from '../../src/pipeline/boot/debian-kernel.ts';
import { requireFile } from '../../src/runtime/kernel/kernel-files.ts';
import { openStore } from '../../src/store/store.ts';
import { runCli, scratch, testStore, type CliResult } from '../support/cli.ts';
import { whole } from '../support/extent.ts';
import { freePort } from '../support/free-port.ts';
import {
  makeOpenwrtRelease,
  serveOpenwrt,
  type NamedIpk,
  type OpenwrtFiles,
  type OpenwrtServer,
} from '../support/openwrt-server.ts';

/**
 * The application as a service of a genuine procd, on malta-le with Debian's kernel: real packages of a little-endian OpenWrt of 2019, and a
 * MicroPython of ours, because that collection has none. Compiles it once, and asks Debian's mirror for the kernel.
 */

const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');
const openwrt = join(realdata, 'openwrt');
const hour = 3_600_000;
/** A whole OpenWrt under emulation, beside other tests. */
const bootMs = 900_000;

/** Tells who started it, and whether OpenWrt's own `boot` had been there before. */
const program = `import json, os, socket

try:
    os.stat("/tmp/log")
    first = False
except OSError:
    first = True


def facts(pid):
    with open("/proc/%s/stat" % pid) as f:
        words = f.read().split()
    return {"pid": words[0], "name": words[1], "parent": words[3]}


server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(socket.getaddrinfo("0.0.0.0", 8080)[0][-1])
server.listen(8)
print("ready")
try:
    while True:
        client, _ = server.accept()
        path = client.recv(500).split(b" ")
        if len(path) > 1 and path[1] == b"/crash":
            raise ValueError("as you wish")
        own = facts("self")
        text = json.dumps({"first": first, "own": own, "parent": facts(own["parent"]), "procd": facts(1)})
        client.send(b"HTTP/1.0 200 OK\\r\\n\\r\\n" + text.encode())
        client.close()
finally:
    print("closed in order")
`;

interface Process {
  readonly pid: string;
  readonly name: string;
  readonly parent: string;
}

interface Answer {
  readonly first: boolean;
  readonly own: Process;
  readonly parent: Process;
  readonly procd: Process;
}

let release: OpenwrtFiles;
let server: OpenwrtServer | undefined;

function feedOf(name: string): { readonly index: Uint8Array; readonly files: readonly NamedIpk[] } {
  const folder = join(openwrt, name);
  const files = readdirSync(folder).filter((file) => file.endsWith('.ipk'));
  return {
    index: readFileSync(join(folder, 'Packages')),
    files: files.map((fileName) => ({ fileName, bytes: readFileSync(join(folder, fileName)) })),
  };
}

async function must(cwd: string, args: readonly string[], timeoutMs = bootMs): Promise<CliResult> {
  const env = server === undefined ? {} : { KILOPY_OPENWRT_MIRROR: server.url };
  const result = await runCli(args, { cwd, timeoutMs, env });
  expect([result.status, result.status === 0 ? '' : result.stderr + result.stdout]).toEqual([0, '']);
  return result;
}

function application(yaml: string, folder = scratch()): string {
  writeFileSync(join(folder, 'main.py'), program);
  writeFileSync(join(folder, 'kilopy.yaml'), yaml);
  return folder;
}

async function micropython(): Promise<Uint8Array> {
  const folder = application('name: greeter\n', mkdtempSync(join(tmpdir(), 'kilopy-procd-')));
  try {
    await must(folder, ['build', '.', '--base', 'static', '--target', 'linux/mipsle', '--output', 'dir'], hour);
    const root = readdirSync(join(folder, 'dist')).find((name) => name.endsWith('.rootfs')) ?? '';
    return readFileSync(join(folder, 'dist', root, 'usr/bin/micropython'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const folderNode = (path: string) => ({ type: 'directory', path, mode: 0o755 }) as const;

async function ask(url: string, path = '/'): Promise<Answer> {
  return (await (await fetch(`${url}${path}`, { signal: AbortSignal.timeout(60_000) })).json()) as Answer;
}

async function eventually<T>(work: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + 120_000; ;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
}

describe.runIf(whole && existsSync(openwrt))('procd of a real OpenWrt (realdata)', () => {
  beforeAll(async () => {
    const content = await micropython();
    const stand = await writeIpk({
      fields: [
        ['Package', 'micropython-mbedtls'],
        ['Version', '1.20.0-1'],
        ['Depends', 'libc'],
        ['Provides', 'micropython'],
        ['Architecture', 'mipsel_24kc'],
      ],
      description: 'the static MicroPython of kilopy',
      conffiles: [],
      scripts: new Map(),
      nodes: [
        folderNode('usr'),
        folderNode('usr/bin'),
        { type: 'file', path: 'usr/bin/micropython', mode: 0o755, content },
      ],
      mtimeSeconds: 1_700_000_000,
    });
    const [core, base] = [feedOf('nooblog-Core-mipsel_24kc'), feedOf('nooblog-r3p-mipsel_24kc')];
    release = await makeOpenwrtRelease({
      release: '19.07.0',
      board: 'malta/le',
      architecture: 'mipsel_24kc',
      byHand: core.files.filter(({ fileName }) => /^(?:libc|kernel)_/u.test(fileName)),
      feeds: { packages: [stand] },
      given: { core, base },
    });
    server = await serveOpenwrt(release.files);
  }, hour);

  afterAll(() => server?.close());

  test(
    'init: openwrt: the first of all services, reached by the forwarded port; Ctrl-C ends it in order',
    async () => {
      const folder = application(
        'name: greeter\nports: [8080]\nbase: {openwrt: {release: 19.07.0, keys: [key-build.pub]}}\ninit: openwrt\n',
      );
      writeFileSync(join(folder, 'key-build.pub'), release.publicKey);
      const port = await freePort();
      const words = ['--machine', 'malta-le', '--kernel', 'debian', '--publish', `${String(port)}:8080`];
      const started = await must(folder, ['run', '.', ...words, '--timeout', '800', '--detach', '--json']);
      const { id, urls } = JSON.parse(started.stdout) as { id: string; urls: string[] };
      const answer = await ask(urls[0] ?? '');
      expect(answer.procd.name).toBe('(procd)');
      expect(answer.first).toBe(true);
      expect(answer.own.name).toBe('(micropython)');
      expect(answer.parent).toMatchObject({ name: '(sh)', parent: '1' });
      expect((await must(folder, ['logs', id])).stdout).toContain('ready');
      expect((await must(folder, ['stop', id])).stdout).toContain('powered off');
      const lock = readFileSync(join(folder, 'kilopy.lock'), 'utf8');
      expect(lock).toMatch(/"kernel": \{"name": "linux-image-[^"]*4kc-malta"/u);
    },
    bootMs,
  );

  test(
    'the package openwrt-service in an image of imagebuilder: procd starts it, and starts it again',
    async () => {
      const app = application('name: greeter\nports: [8080]\n');
      const target = ['--base', 'static', '--target', 'linux/mipsle'];
      await must(app, ['build', '.', ...target, '--output', 'openwrt-service'], hour);

      const folder = scratch();
      const kernel = await kernelWithModules(folder);
      const feeds = ['Core', 'r3p'].flatMap((name) => ['--feed', join(openwrt, `nooblog-${name}-mipsel_24kc`)]);
      const packages = 'PACKAGES=base-files busybox netifd procd uci logd greeter';
      const made = ['PROFILE=Default', packages, `BIN_DIR=${folder}/out`, 'ROOTFS_FILESYSTEM=cpiogz', 'FILES=files'];
      const image = ['imagebuilder', 'image', '--release', '19.07.0', '--target', 'malta/le', '--allow-untrusted'];
      await must(folder, [...image, ...feeds, '--feed', join(app, 'dist'), ...made]);
      const packed = readFileSync(join(folder, 'out/openwrt-malta-le-rootfs.cpio.gz'));
      writeFileSync(join(folder, 'root.cpio'), gunzipSync(packed));

      const port = await freePort();
      const files = ['--kernel', kernel, '--root', 'root.cpio', '--append', 'rdinit=/sbin/init'];
      const words = ['--machine', 'malta-le', '--publish', `${String(port)}:8080`, '--timeout', '800', '--detach'];
      const started = await must(folder, ['run', ...files, ...words, '--json']);
      const { id, urls } = JSON.parse(started.stdout) as { id: string; urls: string[] };
      try {
        const answer = await ask(urls[0] ?? '');
        expect(answer.own).toMatchObject({ name: '(micropython)', parent: '1' });
        expect(answer.parent.name).toBe('(procd)');
        await expect(ask(urls[0] ?? '', '/crash')).rejects.toThrow('fetch failed');
        const again = await eventually(async () => await ask(urls[0] ?? ''));
        expect(again.own).toMatchObject({ name: '(micropython)', parent: '1' });
        expect(Number(again.own.pid)).toBeGreaterThan(Number(answer.own.pid));
      } finally {
        await must(folder, ['stop', id]);
      }
    },
    bootMs,
  );
});

/** Debian's kernel in a file, and its modules where OpenWrt's own kmodloader loads them; a network without a bridge, which is a module too. */
async function kernelWithModules(folder: string): Promise<string> {
  const board = findBoard('malta-le');
  if (board === undefined) throw new Error('no malta-le');
  const ctx = createContext({ emit: () => undefined, signal: new AbortController().signal });
  const store = await openStore(ctx, testStore);
  const question = { locked: undefined, mode: 'keep', file: 'kilopy.lock' } as const;
  const { kernel, modules } = await debianKernel(ctx, store, board, question);
  writeFileSync(join(folder, 'vmlinuz'), await store.read(requireFile(kernel, 'vmlinux')));
  const place = join(folder, 'files/lib/modules', kernel.release);
  for (const path of [place, join(folder, 'files/etc/modules-boot.d'), join(folder, 'files/etc/config')])
    mkdirSync(path, { recursive: true });
  for (const { name, content } of modules) writeFileSync(join(place, `${name}.ko`), await store.read(content));
  const names = modules.map(({ name }) => `${name}\n`).join('');
  writeFileSync(join(folder, 'files/etc/modules-boot.d/10-network'), names);
  const lan = ['ifname eth0', 'proto static', 'ipaddr 192.168.1.1', 'netmask 255.255.255.0'];
  const text = `config interface lan\n${lan.map((line) => `\toption ${line}\n`).join('')}`;
  writeFileSync(join(folder, 'files/etc/config/network'), text);
  return 'vmlinuz';
}
