import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createContext } from '../../io/create-context.ts';
import type { RunningTool, Tools } from '../../io/tools.ts';
import { findBoard } from '../../machine/qemu-system/boards.ts';
import { openStore } from '../../store/store.ts';
import { compileKernels } from './compile-kernels.ts';
import { kernelRecipe } from './kernel-recipe.ts';
import { recallKernel } from './known-kernels.ts';

/** Stands for unshare, chroot and make: leaves the products of the variants that the script names, and fails at `disk`. */
function compilerWithout(tools: Tools, folder: string): Tools {
  const start = (): RunningTool => {
    const script = readFileSync(join(folder, 'build.sh'), 'utf8');
    const failed = script.includes('O=/out/disk ');
    for (const variant of ['initramfs', 'single']) {
      if (!script.includes(`O=/out/${variant} `)) continue;
      const products = join(folder, 'products', variant);
      mkdirSync(products, { recursive: true });
      writeFileSync(join(products, 'vmlinux'), `the kernel ${variant}`);
      writeFileSync(join(products, 'release'), '6.1.192\n');
    }
    const exited = Promise.resolve({ code: failed ? 2 : 0, signal: null });
    return { pid: 1, stdin: null, stdout: null, stderr: null, kill: () => undefined, exited };
  };
  return { ...tools, start };
}

test('a kernel that is finished stays known when the build of the next one ends with an error', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kilopy-compile-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const plain = createContext();
  const ctx = { ...plain, tools: compilerWithout(plain.tools, folder) };
  const store = await openStore(ctx, join(folder, 'store'));
  const board = findBoard('malta-be');
  const recipe = board === undefined ? undefined : kernelRecipe(board, 'x64');
  if (board === undefined || recipe === undefined) throw new Error('no malta-be');
  const inputs = { recipe, key: (variant: string) => `a key of ${variant}` };

  const build = compileKernels(ctx, store, board, inputs, { folder, packages: [] }, ['initramfs', 'disk', 'single']);
  await expect(build).rejects.toMatchObject({ code: 'KP9212' });

  const known = await recallKernel(store, inputs, 'initramfs');
  expect(known).toMatchObject({ board: 'malta-be', variant: 'initramfs', release: '6.1.192' });
  expect(Buffer.from(await store.read(known?.files['vmlinux'] ?? fail())).toString()).toBe('the kernel initramfs');
  expect(await recallKernel(store, inputs, 'disk')).toBeUndefined();
  expect(await recallKernel(store, inputs, 'single')).toBeUndefined();
});

function fail(): never {
  throw new Error('the kernel has no file');
}
