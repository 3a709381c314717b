import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext } from '../../src/io/create-context.ts';
import { findDebianMirror, securityMirrorOf } from '../../src/feed/deb/mirror.ts';
import type { Job } from './measure.ts';

const packages = 'micropython gcc-14-base libgcc-s1 libc6 libffi8 libmbedcrypto16 libmbedx509-7 libmbedtls21';

/**
 * `apt-get update` and `apt-get download` of what hello needs, in a scratch root without any state: the same indexes
 * and packages that a cold build fetches.
 */
export async function aptJob(folder: string): Promise<Job> {
  const root = join(folder, 'apt');
  for (const part of ['etc', 'state/lists/partial', 'cache/archives/partial', 'downloads']) {
    mkdirSync(join(root, part), { recursive: true });
  }
  const ctx = createContext();
  const mirror = await findDebianMirror(ctx);
  const signed = 'signed-by=/usr/share/keyrings/debian-archive-keyring.gpg';
  writeFileSync(join(root, 'status'), '');
  writeFileSync(
    join(root, 'etc/sources.list'),
    [
      `deb [${signed}] ${mirror} trixie main`,
      `deb [${signed}] ${mirror} trixie-updates main`,
      `deb [${signed}] ${securityMirrorOf(ctx, mirror)} trixie-security main`,
    ].join('\n') + '\n',
  );
  const settings = [
    ...['Dir::Etc=etc', 'Dir::State=state', 'Dir::Cache=cache'].map((text) => text.replace('=', `=${root}/`)),
    `Dir::State::status=${root}/status`,
    'Dir::Etc::sourceparts=-',
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
    'APT::Architecture=amd64',
    'APT::Architectures=amd64',
  ].map((text) => `-o ${text}`);
  const apt = `apt-get -qq ${settings.join(' ')}`;
  return {
    name: 'apt-get',
    program: 'sh',
    args: [
      '-ec',
      `rm -rf "$1"/state/lists "$1"/cache "$1"/downloads
mkdir -p "$1"/state/lists/partial "$1"/cache/archives/partial "$1"/downloads
cd "$1"/downloads
${apt} update
${apt} download ${packages}`,
      'sh',
      root,
    ],
  };
}
