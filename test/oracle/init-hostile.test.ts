import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkout, scratch } from '../support/cli.ts';

/** Anybody on the wire can answer init's DHCP messages: a harness in C hands it damaged replies, under sanitizers. */
test('no DHCP reply makes init read or write beyond it', () => {
  const folder = scratch();
  const program = join(folder, 'hostile');
  const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
  const source = join(checkout, 'test/support/device/dhcp-hostile.c');
  const built = spawnSync('gcc', ['-g', '-O1', '-std=gnu11', ...sanitizers, '-o', program, source], {
    encoding: 'utf8',
  });
  expect(built).toMatchObject({ status: 0, stderr: '' });
  expect(spawnSync(program, { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '', stdout: '1\n' });
});
