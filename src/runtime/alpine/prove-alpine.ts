import { join } from 'node:path';
import { readElf } from '../../codec/elf/read-elf.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Target } from '../../spec/targets.ts';
import type { BuildFacts } from '../build-facts.ts';
import { checkMachine, proveFiles } from '../micropython/prove.ts';

interface AlpinePrograms {
  readonly musl: Uint8Array;
  readonly libffi: Uint8Array;
  readonly micropython: Uint8Array;
}

/** A call, and a call back: `ffi` needs more of a processor's ABI than anything else here. */
const ffiScript = `
import ffi, uctypes
libc = ffi.open('LIBC')
def compare(a, b):
    a, b = uctypes.bytearray_at(a, 1)[0], uctypes.bytearray_at(b, 1)[0]
    return a - b
numbers = bytearray((3, 1, 2))
libc.func('v', 'qsort', 'pLLC')(numbers, 3, 1, ffi.callback('i', compare, 'PP'))
print(list(numbers), libc.func('d', 'ldexp', 'di')(1.5, 3))
`;

/**
 * Runs MicroPython with its libraries once, on this kernel or under QEMU as the least processor of its target.
 *
 * @returns false when nothing here can run it
 * @throws KilopyError KP9102 when a part is for another machine, or it says something wrong
 */
export async function proveAlpine(
  ctx: Context,
  target: Target,
  facts: BuildFacts,
  programs: AlpinePrograms,
): Promise<boolean> {
  for (const [name, bytes] of Object.entries(programs) as [keyof AlpinePrograms, Uint8Array][])
    checkMachine(target, bytes, name);
  const libc = `libc.musl-${target.alpine ?? ''}.so.1`;
  const { needed = [], interpreter } = readElf(programs.micropython, 'micropython') ?? {};
  const loader = `/lib/${loaderOf(programs.micropython)}`;
  if (interpreter !== loader || !needed.includes(libc) || !needed.includes('libffi.so.8'))
    throw new KilopyError('KP9102', `MicroPython for ${target.name} is not linked as Alpine's would be`, {
      why: `it needs ${[interpreter ?? 'no loader', ...needed].join(', ')}`,
    });
  return await proveFiles(ctx, target, facts, {
    files: { loader: programs.musl, 'libffi.so.8': programs.libffi, micropython: programs.micropython },
    command: (folder) => [join(folder, 'loader'), '--library-path', folder, join(folder, 'micropython')],
    further: { script: ffiScript.replace('LIBC', libc), says: '[1, 2, 3] 12.0' },
  });
}

/** The file name of a program's loader; empty where it has none. */
export function loaderOf(program: Uint8Array): string {
  return readElf(program, 'micropython')?.interpreter?.split('/').at(-1) ?? '';
}
