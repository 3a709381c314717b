import { expect, test } from 'vitest';
import { memoryBlobs } from '../../../test/support/memory-blobs.ts';
import { directory, file, link } from '../../../test/support/nodes.ts';
import { treeOf } from '../../tree/sort.ts';
import { cleanIpkg } from './clean-ipkg.ts';

const origin = { kind: 'pass', pass: 'test' } as const;

test('users that are required and configuration files stay, and what is empty goes', async () => {
  const blobs = memoryBlobs();
  const status =
    'Package: base-files\nConffiles:\n /etc/passwd abc\n /etc/group def\nInstalled-Time: 1\n\n' +
    'Package: dnsmasq\nDepends: libc\n of a long line\nConffiles:\n /etc/config/dhcp 123\n';
  const texts: Readonly<Record<string, string>> = {
    'usr/lib/opkg/status': status,
    'usr/lib/opkg/info/dnsmasq.control': 'Package: dnsmasq\nRequire-User: dnsmasq=453:dnsmasq=453\nSection: net\n',
    'usr/lib/opkg/info/libc.control': 'Package: libc\n',
    'usr/lib/opkg/info/libc.list': '/lib/libc.so\n',
    'usr/lib/opkg/info/dnsmasq.prerm': '#!/bin/sh\n',
    'usr/lib/opkg/empty': '',
    'usr/lib/opkg/other': 'stays',
    'usr/lib/opkg.note': '',
  };
  const files = Object.entries(texts).map(([path, text]) => file(path, blobs.add(Buffer.from(text)), origin));
  const folders = [
    'usr',
    'usr/lib',
    'usr/lib/opkg',
    'usr/lib/opkg/info',
    'usr/lib/opkg/lists',
    'usr/lib/opkg/lists/old',
    'srv',
  ];
  const made = [...folders.map((path) => directory(path, origin)), ...files];
  const cleaned = await cleanIpkg(treeOf([...made, link('usr/lib/opkg/info/a.link', 'b', origin)]), blobs);
  const text = async (path: string): Promise<string> => {
    const node = cleaned.get(path);
    return node?.type === 'file' ? Buffer.from(await blobs.read(node.content)).toString('utf8') : 'no file';
  };
  expect([...cleaned.keys()].toSorted()).toEqual([
    'srv',
    'usr',
    'usr/lib',
    'usr/lib/opkg',
    'usr/lib/opkg.note',
    'usr/lib/opkg/info',
    'usr/lib/opkg/info/a.link',
    'usr/lib/opkg/info/dnsmasq.control',
    'usr/lib/opkg/other',
    'usr/lib/opkg/status',
  ]);
  expect(await text('usr/lib/opkg/info/dnsmasq.control')).toBe('Require-User: dnsmasq=453:dnsmasq=453\n');
  expect(await text('usr/lib/opkg/status')).toBe(
    'Conffiles:\n /etc/passwd abc\n /etc/group def\n /etc/config/dhcp 123\n',
  );
});

test('without any package the folder of info goes, too', async () => {
  const blobs = memoryBlobs();
  const made = ['usr', 'usr/lib', 'usr/lib/opkg', 'usr/lib/opkg/info'].map((path) => directory(path, origin));
  const cleaned = await cleanIpkg(treeOf(made), blobs);
  expect([...cleaned.keys()]).toEqual(['usr', 'usr/lib']);
});
