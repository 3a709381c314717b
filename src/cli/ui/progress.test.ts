import { expect, test } from 'vitest';
import type { KilopyEvent } from '../../values/events.ts';
import { createProgress } from './progress.ts';
import { createStyle } from './style.ts';

test.each<[string, KilopyEvent, string]>([
  ['a warning', { type: 'warning', text: 'usr/bin/\u001B[31mx is odd' }, 'warning: usr/bin/\\x1b[31mx is odd\n'],
  [
    'a download',
    { type: 'download.started', url: 'http://x/', label: 'tool 1\u001B]0;own\u0007' },
    'downloading tool 1\\x1b]0;own\\x07\n',
  ],
  ['lines stay lines', { type: 'note', text: 'one\ntwo\r' }, 'one\ntwo\\x0d\n'],
])('%s does not drive the terminal', (_, event, expected) => {
  let written = '';
  const progress = createProgress({
    stream: process.stderr,
    write: (text) => (written += text),
    style: createStyle({ isTTY: false }, {}),
    tty: false,
    quiet: false,
    verbose: false,
  });
  progress.on(event);
  progress.stop();
  expect(written).toBe(expected);
});
