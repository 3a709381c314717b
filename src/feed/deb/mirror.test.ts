import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Context } from '../../io/context.ts';
import { createContext } from '../../io/create-context.ts';
import { findDebianMirror, securityMirrorOf } from './mirror.ts';

let apt: string;

beforeEach(async () => {
  apt = await mkdtemp(join(tmpdir(), 'kilopy-apt-'));
  await mkdir(join(apt, 'sources.list.d'));
});

afterEach(async () => {
  await rm(apt, { recursive: true });
});

function context(env: Readonly<Record<string, string>> = {}): Context {
  return createContext({ env });
}

async function find(files: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(apt, name), text);
  return await findDebianMirror(context(), apt);
}

const ours = 'https://mirror.example.org/debian';
const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const deb822 = `Types: deb deb-src\n# a comment\nURIs: ${ours}/\nSuites: bookworm bookworm-updates\nComponents: main contrib\nSigned-By: ${debianKeyring}\n`;

test.each<[string, Readonly<Record<string, string>>]>([
  ['one line', { 'sources.list': `deb ${ours} bookworm main\n` }],
  [
    'one line with options',
    { 'sources.list': `deb [ arch=amd64,arm64 signed-by=${debianKeyring} ] ${ours}/ trixie main # here\n` },
  ],
  ['deb822', { 'sources.list.d/debian.sources': deb822 }],
  ['a file of one-line entries', { 'sources.list.d/debian.list': `deb ${ours} sid main` }],
  [
    'sources.list before the folder',
    { 'sources.list': `deb ${ours} sid main`, 'sources.list.d/a.sources': deb822.replace(ours, 'http://other/debian') },
  ],
  [
    'files by name',
    { 'sources.list.d/b.list': 'deb http://other/debian sid main', 'sources.list.d/a.sources': deb822 },
  ],
  ['another path with the keyring of Debian', { 'sources.list': `deb [signed-by=${debianKeyring}] ${ours} sid main` }],
  ['a broken file before it', { 'sources.list.d/a.sources': ' what\n', 'sources.list.d/b.sources': deb822 }],
])('finds Debian in %s', async (_, files) => {
  expect(await find(files)).toBe(ours);
});

test('takes a mirror with an own path only with the keyring of Debian', async () => {
  const remote = 'https://proxy.example.org/artifacts/debian-remote';
  expect(await find({ 'sources.list': `deb [signed-by=${debianKeyring}] ${remote} sid main` })).toBe(remote);
  expect(await find({ 'sources.list': `deb ${remote} sid main` })).toBe('https://ftp.debian.org/debian');
});

test.each<[string, string]>([
  ['Docker', 'deb [signed-by=/etc/apt/keyrings/docker.asc] https://download.docker.com/linux/debian bookworm stable'],
  ['Docker without key', 'deb https://download.docker.com/linux/debian bookworm stable'],
  [
    'NodeSource',
    'deb [signed-by=/usr/share/keyrings/nodesource.gpg] https://deb.nodesource.com/node_20.x nodistro main',
  ],
  ['Google', 'deb https://packages.cloud.google.com/apt cloud-sdk-bookworm main'],
  ['PostgreSQL', 'deb https://apt.postgresql.org/pub/repos/apt bookworm-pgdg main'],
  ['Proxmox', 'deb http://download.proxmox.com/debian/pve bookworm pve-no-subscription'],
  ['Raspberry Pi', 'deb http://archive.raspberrypi.org/debian/ bookworm main'],
  ['Raspbian', 'deb http://raspbian.raspberrypi.org/raspbian/ bookworm main'],
  ['Ubuntu', 'deb http://archive.ubuntu.com/ubuntu noble main'],
  ['the security archive', 'deb http://security.debian.org/debian-security bookworm-security main'],
  ['sources only', 'deb-src http://mirror/debian bookworm main'],
  ['a comment', '# deb http://mirror/debian bookworm main'],
  ['a disc', 'deb cdrom:[Debian]/ bookworm main'],
  [
    'a dated state',
    `deb [signed-by=${debianKeyring}] https://snapshot.debian.org/archive/debian/20250520T000000Z bookworm main`,
  ],
  ['half a line', 'deb http://mirror/debian'],
])('does not take %s for Debian', async (_, line) => {
  expect(await find({ 'sources.list': `${line}\n` })).toBe('https://ftp.debian.org/debian');
});

test.each([
  ['switched off', `Enabled: no\n${deb822}`],
  ["another's key in the file", deb822.replace(debianKeyring, '\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc')],
  ['sources only', deb822.replace('deb deb-src', 'deb-src')],
])('deb822 entry: %s', async (_, text) => {
  expect(await find({ 'sources.list.d/debian.sources': text })).toBe('https://ftp.debian.org/debian');
});

test('without apt it is the mirror of Debian', async () => {
  expect(await findDebianMirror(context(), join(apt, 'nowhere'))).toBe('https://ftp.debian.org/debian');
});

test('the environment decides before apt', async () => {
  await writeFile(join(apt, 'sources.list'), `deb ${ours} sid main`);
  const ctx = context({ KILOPY_DEBIAN_MIRROR: 'http://127.0.0.1:1/debian/' });
  expect(await findDebianMirror(ctx, apt)).toBe('http://127.0.0.1:1/debian');
  expect(await findDebianMirror(context({ KILOPY_DEBIAN_MIRROR: '' }), apt)).toBe(ours);
});

test('the security archive is beside the mirror, unless named', () => {
  expect(securityMirrorOf(context(), ours)).toBe(`${ours}-security`);
  expect(securityMirrorOf(context({ KILOPY_DEBIAN_SECURITY_MIRROR: 'http://s/x/' }), ours)).toBe('http://s/x');
});
