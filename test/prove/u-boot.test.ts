import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkout, runCli, scratch } from '../support/cli.ts';
import { whole } from '../support/extent.ts';
import { freePort } from '../support/free-port.ts';

/**
 * Debian's U-Boot for malta-le (there is none for malta-be) takes our uImage from QEMU's TFTP server and boots it. By hand only: CI does not
 * compile the kernel of malta-le.
 */

const uBoot = '/usr/lib/u-boot/maltael/u-boot.bin';
const prompt = 'maltael # ';
/** Compiling the kernel, when the store lacks it. */
const compileMs = 3_600_000;
const answerMs = 60_000;

/** Words of four bytes in the other order: QEMU's little-endian malta turns those of its flash round (hw/mips/malta.c), which one file for both byte orders wants. */
function swapWords(bytes: Uint8Array): Uint8Array {
  const padded = Buffer.alloc(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  return padded.swap32();
}

interface Console {
  /** What came until `text` did, since the last time. */
  until(text: string | RegExp): Promise<string>;
  type(line: string): void;
}

/** U-Boot fills 256 MiB, whatever QEMU has. */
function startUBoot(flash: string, folder: string, port: number): Console {
  const network = `user,id=lan,tftp=${folder},hostfwd=tcp:127.0.0.1:${String(port)}-:8080`;
  const machine = ['-M', 'malta', '-cpu', '24Kc', '-m', '256', '-bios', flash];
  const quiet = ['-nodefaults', '-no-reboot', '-vga', 'none', '-display', 'none', '-monitor', 'none'];
  const card = ['-netdev', network, '-device', 'pcnet,netdev=lan,romfile='];
  const child = spawn('qemu-system-mipsel', [...machine, ...quiet, '-serial', 'stdio', ...card], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stdout.setEncoding('latin1').on('data', (piece: string) => (text += piece));
  return {
    async until(wanted) {
      const end = Date.now() + answerMs;
      for (;;) {
        const at = text.search(typeof wanted === 'string' ? wanted.replaceAll(/[$()*+.?[\\\]^{|}]/gu, '\\$&') : wanted);
        if (at !== -1) {
          const said = text;
          text = '';
          return said;
        }
        if (Date.now() > end || child.exitCode !== null) throw new Error(`no ${String(wanted)} in: ${text}`);
        await new Promise((done) => setTimeout(done, 20));
      }
    },
    type(line) {
      text = '';
      child.stdin.write(`${line}\n`);
    },
  };
}

/** U-Boot with an address, a kernel and the initramfs in memory, and the command line set. */
async function prepare(folder: string, kernel: string, port: number): Promise<Console> {
  const flash = join(folder, 'u-boot-swapped.bin');
  writeFileSync(flash, swapWords(readFileSync(uBoot)));
  const console = startUBoot(flash, folder, port);
  expect(await console.until(prompt)).toContain('Board: MIPS Malta');
  // As docs/boot.md has them.
  for (const line of [
    'setenv autoload no',
    'dhcp',
    `tftpboot 0x81000000 ${kernel}`,
    'tftpboot 0x82000000 initramfs.cpio.xz',
    'setenv bootargs console=ttyS0 mem=256M rd_start=0x82000000 rd_size=0x$filesize',
  ]) {
    console.type(line);
    await console.until(prompt);
  }
  return console;
}

describe.runIf(whole)('U-Boot of Debian on malta-le', () => {
  test(
    'boots uImage-gzip, and the application answers',
    async () => {
      const folder = scratch();
      await firmware(folder);
      const port = await freePort();
      const console = await prepare(folder, 'uImage-gzip', port);
      console.type('bootm 0x81000000');
      const said = await console.until('init: listening on 8080');
      expect(said).toContain('MIPS Linux Kernel Image (gzip compressed)');
      expect(said).toContain('Verifying Checksum ... OK');
      expect(await (await fetch(`http://127.0.0.1:${String(port)}`)).text()).toBe('Hello from MicroPython\n');
    },
    compileMs,
  );

  test(
    'reads uImage-lzma, finds its checksums right, and was itself built without LZMA',
    async () => {
      const folder = scratch();
      await firmware(folder);
      const console = await prepare(folder, 'uImage-lzma', await freePort());
      console.type('bootm 0x81000000');
      const said = await console.until(/Unimplemented compression type 3|init: listening/u);
      expect(said).toContain('MIPS Linux Kernel Image (lzma compressed)');
      expect(said).toContain('Verifying Checksum ... OK');
      // When a later U-Boot has LZMA, this is to become the same test as for gzip.
      expect(said).toContain('Unimplemented compression type 3');
    },
    compileMs,
  );
});

async function firmware(folder: string): Promise<void> {
  const app = join(checkout, 'examples/http');
  const words = ['build', app, '--base', 'static', '--machine', 'malta-le', '--output', 'firmware'];
  const { status, stderr } = await runCli([...words, '--out-dir', folder], { cwd: folder, timeoutMs: compileMs });
  expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
}
