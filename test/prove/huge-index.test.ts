import { expect, test } from 'vitest';
import { makeArchiveKey } from '../support/archive-key.ts';
import { runCli } from '../support/cli.ts';
import { expectWholeStore, listing, workplace } from '../support/failing-cli.ts';
import { peakMemory } from '../support/peak-memory.ts';
import { debianYaml, namedRuntime, startTestDebian } from '../support/test-debian.ts';

const hash = '0123456789abcdef'.repeat(4);

function paragraphs(count: number): string {
  const parts: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const name = `package-${String(i)}`;
    parts.push(
      `Package: ${name}\nVersion: 1.${String(i)}-1\nArchitecture: amd64\nDepends: package-${String((i * 7919) % count)}, libc6 (>= 2.${String(i % 40)})\n` +
        `Description: number ${String(i)}\nFilename: pool/p/${name}.deb\nSize: ${String(i + 1)}\nSHA256: ${hash}\n\n`,
    );
  }
  return parts.join('');
}

/** `limits.entries` is a million: an index of that size is read, and one more package is refused. */
test.each([
  ['a million packages', 1_000_000, 'KP5502'],
  ['two million packages', 2_000_000, 'KP5055'],
])('an index of %s stays within bounded memory', async (_, count, code) => {
  const key = await makeArchiveKey();
  const archive = await startTestDebian(key, [namedRuntime], {
    variants: ['.xz'],
    byHash: false,
    // The runtime itself is one of them.
    editPackages: (text) => `${text}\n${paragraphs(count - 1)}`,
  });
  try {
    const memory = peakMemory();
    const files = {
      'main.py': 'print(1)\n',
      'kilopy.yaml': debianYaml(archive.url, { packages: ['package-none'] }),
      'key.asc': key.armoredPublic,
    };
    const place = workplace(files, memory.env);
    const before = listing(place.folder);
    const { stderr } = await runCli(['build', 'app'], { cwd: place.folder, env: place.env, timeoutMs: 1_500_000 });
    expect(stderr).toContain(`error ${code}`);
    expect(stderr).not.toContain('heap');
    expect(memory.bytes()).toBeLessThan(1024 * 2 ** 20);
    expect(listing(place.folder)).toEqual(before);
    expectWholeStore(place.store);
    process.stdout.write(`${String(count)} packages: ${String(Math.round(memory.bytes() / 2 ** 20))} MiB\n`);
  } finally {
    await archive.server.close();
  }
});
