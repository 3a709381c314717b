import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli, scratch } from '../support/cli.ts';
import { peakMemory } from '../support/peak-memory.ts';

const count = 100_000;

function entry(at: number): string {
  const checksum = Buffer.from(String(at).padEnd(20, '.')).toString('base64');
  const own = `C:Q1${checksum}\nP:package-${String(at)}\nV:1.${String(at % 97)}-r${String(at % 5)}\nA:x86_64\nS:1000\nI:4000\n`;
  const depends = `D:package-${String((at * 7919) % count)} so:lib${String(at % 5000)}.so.1\n`;
  return `${own}${depends}p:so:lib${String(at)}.so.1=1 cmd:tool${String(at)}=1\n\n`;
}

test('an apk index of a hundred thousand packages stays within bounded memory, read and out of the store', async () => {
  const folder = scratch();
  writeFileSync(join(folder, 'huge.repo'), Array.from({ length: count }, (_, at) => entry(at)).join(''));
  const words = ['feed', 'solve', '--kind', 'apk', '--arch', 'x86_64', '--allow-untrusted', '--feed', 'huge.repo'];
  for (const limitMiB of [700, 350]) {
    const memory = peakMemory();
    const env = { ...memory.env, KILOPY_CACHE: join(folder, 'store') };
    const { stdout, status } = await runCli([...words, '--', 'package-5'], { cwd: folder, env });
    expect({ status, last: stdout.trimEnd().split('\n').at(-1) }).toEqual({
      status: 0,
      last: expect.stringMatching(/^package-5=1\.5-r0 +asked for/u) as unknown,
    });
    expect(memory.bytes()).toBeLessThan(limitMiB * 2 ** 20);
    process.stdout.write(`${String(count)} packages: ${String(Math.round(memory.bytes() / 2 ** 20))} MiB\n`);
  }
});
