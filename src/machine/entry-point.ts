import { posix } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { elfInterpreter, isElf } from './elf-interpreter.ts';
import { hostPathOf } from './image-path.ts';

/** What is executed, all as paths inside the image. */
export interface EntryPoint {
  readonly path: string;
  readonly args: readonly string[];
  /** The first line of a script, `#!`: for machines that must start the interpreter themselves. */
  readonly interpreter: readonly string[];
}

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Enough for program headers and PT_INTERP, which linkers put at the start. */
const headBytes = 64 * 1024;

/**
 * Finds the program as execvp would inside the image. A missing file, interpreter or dynamic loader is KP9012, a file that
 * cannot be executed KP9011: the kernel's own answer to all of these is one "No such file or directory".
 */
export async function resolveEntryPoint(
  ctx: Context,
  rootfs: string,
  command: readonly string[],
  options: { readonly workdir: string; readonly searchPath?: string | undefined },
): Promise<EntryPoint> {
  const [name, ...args] = command;
  if (name === undefined || name === '') {
    throw new KilopyError('KP9012', 'The image has no entry point', { fix: 'give the command to run after --' });
  }
  const candidates = name.includes('/')
    ? [posix.resolve(options.workdir, name)]
    : (options.searchPath ?? defaultPath).split(':').map((folder) => posix.resolve(options.workdir, folder, name));
  for (const path of candidates) {
    const file = await hostPathOf(ctx, rootfs, path);
    if (file === undefined) continue;
    const interpreter = await checkExecutable(ctx, rootfs, path, file);
    return { path, args, interpreter };
  }
  throw new KilopyError('KP9012', `${name} is not in the image`, { where: name, data: { candidates } });
}

async function checkExecutable(ctx: Context, rootfs: string, path: string, file: string): Promise<readonly string[]> {
  const stat = await ctx.fs.stat(file);
  if (!stat.isFile()) throw new KilopyError('KP9011', `${path} is not a file`, { where: path });
  if ((stat.mode & 0o111n) === 0n) {
    throw new KilopyError('KP9011', `${path} may not be executed`, { where: path, why: 'no x bit is set in its mode' });
  }
  const head = await readHead(ctx, file);
  const interpreter = isElf(head) ? loaderOf(head) : scriptInterpreter(head);
  const [program] = interpreter;
  if (program !== undefined && (await hostPathOf(ctx, rootfs, program)) === undefined) {
    throw new KilopyError('KP9012', `${path} needs ${program}, which is not in the image`, {
      where: path,
      why: isElf(head) ? 'it is the dynamic loader that the program names' : 'it is the interpreter of the script',
      data: { path, needs: program },
    });
  }
  return isElf(head) ? [] : interpreter;
}

function loaderOf(head: Uint8Array): readonly string[] {
  const loader = elfInterpreter(head);
  return loader === undefined ? [] : [loader];
}

/** The `#!` line as execve(2) splits it: interpreter, and the rest as one argument. */
function scriptInterpreter(head: Uint8Array): readonly string[] {
  const line = /^#![ \t]*([^ \t\n]+)[ \t]*([^\n]*)/.exec(Buffer.from(head.subarray(0, 256)).toString('utf8'));
  return line === null ? [] : [line[1] ?? '', (line[2] ?? '').trimEnd()].filter((part) => part !== '');
}

async function readHead(ctx: Context, file: string): Promise<Uint8Array> {
  for await (const chunk of ctx.fs.readStream(file)) return chunk.subarray(0, headBytes);
  return new Uint8Array();
}
