import { expect, test } from 'vitest';
import { readLinkMap } from './read-link-map.ts';

/** Lines as GNU ld 2.40 writes them. */
const map = `Archive member included to satisfy reference by file (symbol)

Linker script and memory map

.text           0x80100000   0x1dd620
 .text          0x80100400      0x190 vmlinux.a(socket.o)
 .text.sock_init
                0x80212340       0x1c net/socket.o
 .text.tcp_v4_rcv
                0x80212360      0x400 net/ipv4/tcp_ipv4.o
 .text.ip_rcv   0x80212760      0x100 net/ipv4/ip_input.o
 .text.pcnet32_open
                0x80213000      0x200 drivers/net/ethernet/amd/pcnet32.o
 .init.data     0x80330000       0x40 mm/slob.o
 .debug_info    0x00000000     0x9999 net/socket.o
 *fill*         0x80212fff        0x1 
`;

test('sizes by folder, biggest first; what is not loaded does not count', () => {
  expect(readLinkMap(map)).toEqual([
    { name: 'net/ipv4', sizeBytes: 0x500 },
    { name: 'drivers/net/ethernet', sizeBytes: 0x200 },
    { name: '(linker)', sizeBytes: 0x190 },
    { name: 'mm', sizeBytes: 0x40 },
    { name: 'net', sizeBytes: 0x1c },
  ]);
});

test('something else is an empty list', () => {
  expect(readLinkMap('hello\n')).toEqual([]);
});
