import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import type { TargetName } from '../spec/targets.ts';
import { elfInterpreter } from './elf-interpreter.ts';
import type { EntryPoint } from './entry-point.ts';
import type { Machine, RunnableTarget } from './machine.ts';
import { hiddenFolder } from './sandbox/launch-plan.ts';
import { asAvailability, probeNamespaces } from './sandbox/namespaces.ts';
import { runInSandbox } from './sandbox/sandbox.ts';

/** Where QEMU's default processor is not the one that the target stands for. */
const processors: Partial<Record<TargetName, string>> = { 'linux/mips': '24Kc', 'linux/mipsle': '24Kc' };

/**
 * The sandbox of the kernel machine with QEMU's user emulation inside it, started by its path: binfmt_misc need not be set up. The app is
 * process 2, because QEMU ends itself with the signal that ends the app, which process 1 cannot.
 */
export const qemuUserMachine: Machine = {
  name: 'qemu-user',
  async available(ctx, target) {
    const qemu = await findQemu(ctx, target);
    if (qemu === undefined) {
      return {
        ok: false,
        why: `${target.qemuUser}-static is not installed`,
        fix: 'sudo apt install qemu-user-static',
      };
    }
    return asAvailability(await probeNamespaces(ctx), `${target.qemuUser} emulates ${target.name}, on `);
  },
  async run(ctx, image, options) {
    const { target } = image;
    const qemu = await findQemu(ctx, target);
    if (qemu === undefined) {
      const fix = 'sudo apt install qemu-user-static';
      throw new KilopyError('KP9010', `${target.qemuUser}-static is not installed`, { fix });
    }
    const inside = `${hiddenFolder}/${target.qemuUser}`;
    return await runInSandbox(ctx, 'qemu-user', image, options, (entry) => ({
      command: [inside, ...qemuArguments(target.name, entry)],
      binds: [{ source: qemu, target: inside }],
    }));
  },
};

/** QEMU executes ELF files only: for a script it gets the interpreter, as execve(2) would have done. */
function qemuArguments(target: TargetName, entry: EntryPoint): readonly string[] {
  const processor = processors[target];
  const options = processor === undefined ? [] : ['-cpu', processor];
  const [program = entry.path, ...first] = entry.interpreter;
  const script = entry.interpreter.length > 0 ? [...first, entry.path] : [];
  return [...options, '-0', program, program, ...script, ...entry.args];
}

/** A dynamically linked QEMU cannot start inside the image, which lacks its libraries. */
async function findQemu(ctx: Context, target: RunnableTarget): Promise<string | undefined> {
  for (const name of [`${target.qemuUser}-static`, target.qemuUser]) {
    const path = await ctx.tools.find(name);
    if (path === undefined) continue;
    for await (const head of ctx.fs.readStream(path)) {
      if (elfInterpreter(head) === undefined) return await ctx.fs.realPath(path);
      break;
    }
  }
  return undefined;
}
