import { expect, test } from 'vitest';
import { createContext } from '../io/create-context.ts';
import { requireCompiler } from './require-compiler.ts';

test.each(['ia32', 'riscv64', 's390x'])(
  'a computer with %s has no compilers, and hears of what needs none',
  async (arch) => {
    const ctx = createContext();
    const question = requireCompiler({
      ...ctx,
      host: { ...ctx.host, arch, byteOrder: arch === 's390x' ? 'big' : 'little' },
    });
    await expect(question).rejects.toMatchObject({
      code: 'KP9211',
      fix: expect.stringContaining('--base debian') as string,
    });
  },
);
