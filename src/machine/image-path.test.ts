import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createContext } from '../io/create-context.ts';
import { hostPathOf } from './image-path.ts';

const rootfs = mkdtempSync(join(tmpdir(), 'kilopy-path-'));
afterAll(() => rmSync(rootfs, { recursive: true }));
mkdirSync(join(rootfs, 'usr/bin'), { recursive: true });
writeFileSync(join(rootfs, 'usr/bin/app'), '');
symlinkSync('usr/bin', join(rootfs, 'bin'));
symlinkSync('/bin/app', join(rootfs, 'absolute'));
symlinkSync('../../../../../usr/bin/app', join(rootfs, 'usr/bin/up'));
symlinkSync('loop', join(rootfs, 'loop'));
symlinkSync('/etc/passwd', join(rootfs, 'escape'));

test.each([
  ['/usr/bin/app', '/usr/bin/app'],
  ['/bin/app', '/usr/bin/app'],
  ['/absolute', '/usr/bin/app'],
  ['/bin/up', '/usr/bin/app'],
  ['/../../bin/./app', '/usr/bin/app'],
  ['/usr/bin/app/x', undefined],
  ['/nothing', undefined],
  ['/loop', undefined],
  ['/escape', undefined],
])('%s is %s', async (path, expected) => {
  const answer = await hostPathOf(createContext(), rootfs, path);
  expect(answer).toBe(expected === undefined ? undefined : rootfs + expected);
});
