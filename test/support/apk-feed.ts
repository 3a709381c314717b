import { generateKeyPairSync } from 'node:crypto';
import { chmod, link, mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createContext } from '../../src/io/create-context.ts';
import type { Context } from '../../src/io/context.ts';
import { createFeed, type ApkFormat } from '../../src/pipeline/feed-create.ts';
import { createKey } from '../../src/pipeline/feed-key.ts';

export interface ApkFeed {
  /** Holds `packages/`, `me.rsa`, `me.ec` and `feed/`. */
  readonly folder: string;
  readonly ctx: Context;
}

const files: Readonly<Record<string, string>> = {
  'hello/kilopy-package.yaml': `name: hello
version: 1.0-r0
arch: x86_64
description: "A friendly greeting: hello"
url: https://example.org
license: MIT
maintainer: Somebody <s@example.org>
depends: [libx>=2]
provides: [cmd:hello=1.0-r0, greeter]
scripts: {post-install: post.sh, trigger: trigger.sh}
triggers: [/usr/lib]
modes: {usr/bin/private: "4750", var/hello: "1777"}
`,
  'hello/post.sh': '#!/bin/sh\necho POST > /post-ran\n',
  'hello/trigger.sh': '#!/bin/sh\necho "$@" > /trigger-ran\n',
  'hello/files/etc/hello.conf': 'greeting=hello\n',
  'hello/files/etc/hello.d/empty': '',
  'hello/files/usr/bin/hello': '#!/bin/sh\necho hello from a feed\n',
  'hello/files/usr/bin/private': 'private\n',
  [`hello/files/usr/share/${'long/'.repeat(20)}name`]: 'deep\n',
  'libx/kilopy-package.yaml': 'name: libx\nversion: 2.10\ndescription: Library of everybody\n',
  'libx/files/usr/lib/libx.so': 'x'.repeat(200_000),
};

/** Two packages as folders, two keys, and what `feed create` makes of them. `remove` the folder afterwards. */
export async function makeApkFeed(
  formats: readonly ApkFormat[] = ['v2', 'v3'],
  architectures: readonly string[] = [],
): Promise<ApkFeed> {
  const folder = await mkdtemp(join(tmpdir(), 'kilopy-apk-'));
  const packages = join(folder, 'packages');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(packages, path)), { recursive: true });
    await writeFile(join(packages, path), text);
  }
  await mkdir(join(packages, 'hello/files/var/hello'), { recursive: true });
  await chmod(join(packages, 'hello/files/usr/bin/hello'), 0o700);
  await link(join(packages, 'hello/files/usr/bin/hello'), join(packages, 'hello/files/usr/bin/hello2'));
  await symlink('hello', join(packages, 'hello/files/usr/bin/hi'));
  const ctx = createContext({ cwd: folder, env: { ...process.env, SOURCE_DATE_EPOCH: '1700000000' } });
  // `createKey` would take seconds for its 4096 bits.
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(join(folder, 'me.rsa'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await createKey(ctx, 'me', 'ec');
  for (const format of formats) {
    const keys = format === 'v2' ? ['me.rsa'] : ['me.rsa', 'me.ec'];
    await createFeed(ctx, {
      folder: 'packages',
      keys,
      formats: [format],
      outDir: 'feed',
      architectures,
      description: 'test feed',
      hash: 'sha256',
    });
  }
  return { folder, ctx };
}
