import { expect, test } from 'vitest';
import { memoryBlobs } from '../../test/support/memory-blobs.ts';
import { asksForNone, findWords, startsProcesses } from './find-words.ts';

test.each([
  [startsProcesses, 'import os\nos.system("ls")\n', { line: 2, column: 1 }],
  [startsProcesses, 'x = os.popen ("ls")', { line: 1, column: 5 }],
  [startsProcesses, 'from subprocess import run', { line: 1, column: 1 }],
  [startsProcesses, '# os.system("ls")\nos.systems(1)\nmy_os.system', undefined],
  [asksForNone, 'import ssl\nctx.verify_mode = ssl.CERT_NONE', { line: 2, column: 23 }],
  [asksForNone, '# CERT_NONE\nMY_CERT_NONE = 1', undefined],
])('%s in %j: %j', async (words, text, place) => {
  const blobs = memoryBlobs();
  const files = [
    { path: 'notes.txt', content: blobs.add('os.system( CERT_NONE'), executable: false },
    { path: 'lib/a.py', content: blobs.add(text), executable: false },
  ];
  const expected = place === undefined ? undefined : { file: 'lib/a.py', ...place };
  expect(await findWords({ files }, blobs, words)).toEqual(expected);
});
