import { expect, test } from 'vitest';
import { writeUImage } from './uimage.ts';

/** Bytes that `mkimage -A mips -O linux -T kernel -C lzma -a 0x80100000 -e 0x80100400 -n hello -d payload` wrote with SOURCE_DATE_EPOCH=1700000000. */
test('a header as mkimage writes it', () => {
  const image = writeUImage(Buffer.from('payload'), {
    architecture: 'mips',
    compression: 'lzma',
    loadAddress: 0x80100000,
    entryPoint: 0x80100400,
    name: 'hello',
    timeSeconds: 1_700_000_000,
  });
  expect(Buffer.from(image).toString('hex')).toBe(
    '27051956b4f1a8b46553f100000000078010000080100400422c6a150505020368656c6c6f0000000000000000000000000000000000000000000000000000007061796c6f6164',
  );
});
