import { expect, test } from 'vitest';
import { checkOpenwrtRelease } from './releases.ts';

test.each([
  ['23.05.5', '23.05.5'],
  ['v23.05.5', '23.05.5'],
  ['24.10.0-rc2', '24.10.0-rc2'],
  // Newer than the table.
  ['23.05.99', '23.05.99'],
  ['24.10-SNAPSHOT', '24.10-SNAPSHOT'],
  ['snapshots', 'snapshots'],
])('%s is %s', (text, release) => {
  expect(checkOpenwrtRelease(text, undefined)).toBe(release);
});

test.each([
  ['23.05', /write 23\.05\.6, or 23\.05-SNAPSHOT/u, /23\.05\.0 to 23\.05\.6/u],
  ['v23.05', /write 23\.05\.6/u, /is a branch/u],
  ['25.12.x', /write 25\.12\.0/u, /are 25\.12\.0\./u],
  ['snapshot', /write snapshots/u, /^$/u],
  ['23.5.5', /such as 24\.10\.4/u, /^$/u],
  ['22.11', /such as 24\.10\.4/u, /^$/u],
])('%s is none, and the error says what is', (text, fix, why) => {
  const refusal = {
    code: 'KP2003',
    where: '--release',
    fix: expect.stringMatching(fix) as string,
  };
  let error: { readonly why?: string } = {};
  try {
    checkOpenwrtRelease(text, '--release');
  } catch (caught) {
    error = caught as typeof error;
  }
  expect(error).toMatchObject(refusal);
  expect(error.why ?? '').toMatch(why);
});
