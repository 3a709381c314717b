import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { createContext } from '../../io/create-context.ts';
import type { Context } from '../../io/context.ts';
import { targets } from '../../spec/targets.ts';
import { buildFacts } from '../build-facts.ts';
import { findToolchain } from './find-toolchain.ts';
import type { OwnToolchain } from './own-toolchain.ts';

const words: Readonly<Record<string, string>> = {
  '-dumpmachine': 'x86_64-linux-gnu\n',
  '-dumpfullversion': '13.2.1\n',
  '-dM': '#define __x86_64__ 1\n#define __SIZEOF_POINTER__ 8\n#define __BYTE_ORDER__ __ORDER_LITTLE_ENDIAN__\n',
};

/** A computer that has every program where it is asked for, but for those that `lacks` says. */
async function find(asked: string, lacks: (path: string) => boolean = () => false): Promise<OwnToolchain> {
  const ctx = createContext();
  const place: Context = {
    ...ctx,
    fs: {
      ...ctx.fs,
      exists: async () => true,
      realPath: async (path) => path,
      readFile: async () => Buffer.from('a compiler'),
    },
    tools: {
      ...ctx.tools,
      find: async (name) =>
        lacks(name) ? undefined : name.startsWith('/') ? name : `/home/somebody/bin/${basename(name)}`,
      run: async (_, [word = '']) => ({ status: 0, stdout: Buffer.from(words[word] ?? ''), stderr: '' }),
    },
  };
  const target = targets.find(({ name }) => name === 'linux/amd64');
  const facts = buildFacts['linux/amd64'];
  if (target === undefined || facts === undefined) throw new Error('no target');
  return await findToolchain(place, target, facts, asked);
}

test('the folder that a compiler is in the bin of is shown to the build; none that it sees already, and never all', async () => {
  const { folders: system } = await find('/usr/bin/x86_64-linux-gnu-');
  expect(system).not.toContain('/');
  expect((await find('/bin/x86_64-linux-gnu-')).folders).toEqual(system);
  expect((await find('/opt/cross/bin/x86_64-linux-gnu-')).folders).toEqual([...system, '/opt/cross']);
  expect((await find('/opt/cross/x86_64-linux-gnu-')).folders).toEqual([...system, '/opt/cross']);
  await expect(find('/x86_64-linux-gnu-')).rejects.toMatchObject({ code: 'KP9106' });
});

const noPatch = (path: string): boolean => /^\/(?:usr\/)?s?bin\/patch$/u.test(path);

test('a helper that only the caller’s own PATH has is missing: the build has another one', async () => {
  await expect(find('/usr/bin/x86_64-linux-gnu-', noPatch)).rejects.toMatchObject({
    code: 'KP9106',
    message: expect.stringMatching(/is not complete: patch$/u) as string,
    why: expect.stringContaining('/usr/sbin:/usr/bin:/sbin:/bin') as string,
  });
});
