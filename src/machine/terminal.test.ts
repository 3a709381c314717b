import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { busyboxImage } from '../../test/support/busybox-image.ts';
import { expectWithin } from '../../test/support/expect-within.ts';

const runner = fileURLToPath(new URL('../../test/support/run-busybox.ts', import.meta.url));

/** Types Ctrl-C into a terminal in which kilopy runs, when the app says `ready`, and again when it says `again`. */
async function typeCtrlC(script: string): Promise<{ readonly output: string; readonly code: number }> {
  const box = busyboxImage();
  const env = { ...process.env, TMPDIR: box.temporary, KILOPY_TEST_ROOTFS: box.rootfs, KILOPY_TEST_PORT: '18190' };
  const command = `exec '${process.execPath}' --import tsx '${runner}' "$SCRIPT"`;
  const terminal = spawn('script', ['-qec', command, '/dev/null'], {
    env: { ...env, SCRIPT: script, SHELL: '/bin/sh' },
  });
  let output = '';
  let typed = 0;
  terminal.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    const wanted = output.includes('again') ? 2 : Number(output.includes('ready'));
    for (; typed < wanted; typed++) terminal.stdin.write('\u0003');
  });
  const [code] = (await once(terminal, 'close')) as [number];
  box.remove();
  return { output: output.replaceAll('\r', ''), code };
}

test('Ctrl-C on a terminal reaches the app exactly once', async () => {
  const script = `count=0; trap 'count=$((count + 1))' INT; [ -t 0 ] && echo ready; while [ $count = 0 ]; do busybox sleep 0.05; done; busybox sleep 0.5; echo "count $count"; exit 9`;
  const { output, code } = await typeCtrlC(script);
  expect(output).toContain('count 1\n');
  expect(code).toBe(9);
});

test('the second Ctrl-C on a terminal kills', async () => {
  const started = Date.now();
  const { code } = await typeCtrlC(`trap '' INT; echo ready; busybox sleep 0.3; echo again; busybox sleep 30`);
  expect(code).toBe(137);
  expectWithin(Date.now() - started, 15_000);
});
