import { symlinkSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { busyboxImage } from '../../test/support/busybox-image.ts';
import { createContext } from '../io/create-context.ts';
import { askRuntime } from './module-probe.ts';

/** `busybox sh -c SCRIPT` stands in for `micropython -c SCRIPT`. */
const box = busyboxImage({ ports: [8080] });
afterAll(() => box.remove());
const ctx = createContext({ host: { ...createContext().host, tempFolder: box.temporary } });
const runtime = '/bin/sh';
symlinkSync('busybox', `${box.rootfs}/bin/sh`);

test('gives what the script prints, without a network and without writing to the image', async () => {
  const script = 'busybox cat /proc/net/route | busybox wc -l; ( : >/etc/x ) 2>/dev/null || echo read-only';
  expect(await askRuntime(ctx, box.image, script, { runtime })).toBe('1\nread-only\n');
});

test.each([
  ['echo no such module >&2; exit 1', {}, 'no such module'],
  ['while :; do :; done', { timeoutMs: 300 }, 'it took more than 0.3 s'],
])('%s is KP9020', async (script, options, why) => {
  const failure = askRuntime(ctx, box.image, script, { runtime, ...options });
  await expect(failure).rejects.toMatchObject({ code: 'KP9020', why });
});
