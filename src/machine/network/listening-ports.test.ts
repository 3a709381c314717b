import { expect, test } from 'vitest';
import { parseListening } from './listening-ports.ts';

test('ports in the state LISTEN, from the table of the kernel (proc(5))', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 19 1 0000000000000000 100 0 0 10 0
   1: 0100007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 20 1 0000000000000000 100 0 0 10 0
   2: 0100007F:9C40 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 21 1 0000000000000000 20 4 30 10 -1
`;
  expect(parseListening(table)).toEqual([8080, 53]);
  expect(parseListening('')).toEqual([]);
});
