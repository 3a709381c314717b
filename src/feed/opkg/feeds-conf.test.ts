import { expect, test } from 'vitest';
import { formatFeedsConf, parseFeedsConf } from './feeds-conf.ts';

test('repositories.conf of an ImageBuilder', () => {
  const text = [
    '## Place your custom repositories here, they must match the architecture and version.',
    '# src/gz openwrt https://example.org/x',
    '',
    'src/gz openwrt_core https://downloads.openwrt.org/releases/23.05.5/targets/malta/be/packages',
    'src "local one" file:///tmp/packages/',
    'src imagebuilder file:packages',
    'option check_signature',
    'arch all 100',
    'dest root /',
  ].join('\n');
  expect(parseFeedsConf(text.replace('"local one"', '"local"'), 'repositories.conf')).toEqual({
    feeds: [
      { name: 'openwrt_core', url: 'https://downloads.openwrt.org/releases/23.05.5/targets/malta/be/packages' },
      { name: 'local', url: 'file:///tmp/packages' },
      { name: 'imagebuilder', url: 'file:packages' },
    ],
    checksSignature: true,
    architectures: new Map([['all', 100]]),
  });
  expect(formatFeedsConf([{ name: 'a', url: 'https://example.org' }])).toBe('src/gz a https://example.org\n');
});

test.each([['src/gz alone'], ['feed x https://example.org']])('%s is an error with its line', (line) => {
  expect(() => parseFeedsConf(`# a\n${line}\n`, 'customfeeds.conf')).toThrow(
    expect.objectContaining({ code: 'KP5106', where: { file: 'customfeeds.conf', line: 2 } }),
  );
});
