import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { busyboxImage, tracesOf } from '../../test/support/busybox-image.ts';

const runner = fileURLToPath(new URL('../../test/support/run-busybox.ts', import.meta.url));

test('kill -9 of kilopy: the app, its helpers and the temporary folder go too', async () => {
  const box = busyboxImage();
  // The loader of TypeScript keeps a cache there, too.
  const leftovers = (): readonly string[] => readdirSync(box.temporary).filter((name) => !name.startsWith('tsx'));
  const marker = `kilopy-marker-${String(Math.random())}`;
  const env = { ...process.env, TMPDIR: box.temporary, KILOPY_TEST_ROOTFS: box.rootfs };
  const kilopy = spawn(
    process.execPath,
    ['--import', 'tsx', runner, `echo ready; while :; do busybox sleep 0.1; done; ${marker}`],
    {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await once(kilopy.stdout, 'data');
  expect(tracesOf(marker).length).toBeGreaterThan(0);
  kilopy.kill('SIGKILL');
  await once(kilopy, 'exit');
  for (let tries = 0; tries < 600 && (tracesOf(marker).length > 0 || leftovers().length > 0); tries++) {
    await sleep(50);
  }
  expect(tracesOf(marker)).toEqual([]);
  expect(tracesOf(box.temporary)).toEqual([]);
  expect(leftovers()).toEqual([]);
  box.remove();
});
