import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TargetName } from '../../src/spec/targets.ts';
import { whole } from '../support/extent.ts';
import { emulatorOf, productInit, startInit } from '../support/init-machine.ts';
import { untilListening } from '../support/shell-waits.ts';
import { bars } from '../support/runtime-bars.ts';

/** init as kilopy compiles it: small enough, and alive on every target. The tests of test/oracle run with it too. */

// By hand only: on CI they run with a program of musl-gcc, and test/prove/init.test.ts with the product's.
if (whole) {
  process.env.KILOPY_TEST_INIT = 'product';
  await import('../oracle/init.test.ts');
}

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kilopy-init-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Bytes that it may have; elsewhere nobody has set any. */
const sizes: Partial<Record<TargetName, number>> = { 'linux/amd64': 14_500, 'linux/mips': 20_000 };

const names = (whole ? Object.keys(bars) : Object.keys(sizes)) as readonly TargetName[];

test.each(names)(
  '%s: as small as it has to be, and it runs a machine',
  async (name) => {
    const init = await productInit(folder, name);
    expect(statSync(init).size).toBeLessThanOrEqual(sizes[name] ?? 20_000);
    const script = `busybox hostname; busybox id; busybox mount; busybox httpd -f -p 127.0.0.1:8080 -h /tmp & ${untilListening}; kill $!; exit 4`;
    const machine = startInit({
      init,
      emulator: emulatorOf(name),
      config: [
        'hostname kitchen',
        'user 1000:20',
        'port 8080',
        'restart never',
        'end poweroff',
        'env PATH=/bin',
        'arg /bin/sh',
        'arg -c',
        `arg ${script}`,
      ],
    });
    expect(await machine.ended()).toBe(130);
    const said = machine.console();
    for (const words of ['kitchen\n', 'uid=1000 gid=20', 'proc on /proc', 'tmpfs on /run', 'init: listening on 8080\n'])
      expect(said).toContain(words);
    expect(said.endsWith('init: application ended with status 4\ninit: powering off\n')).toBe(true);
  },
  300_000,
);
