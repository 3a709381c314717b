import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import type { BlobSource } from '../values/blob.ts';
import type { App, AppFile } from './app.ts';
import type { DerivedCache } from './derived-cache.ts';
import type { CompileCheck, SyntaxFault } from './micropython-compiler.ts';
import { syntaxHint } from './syntax-hints.ts';

/** Changes with the compiler and with what is kept. */
const kind = 'python-syntax-1.27.0-1';

/** The compiler's time grows with the square of some sources, and no device has the memory to load larger ones. */
export const maximumCheckedBytes: number = 512 * 1024;

/**
 * Compiles every `.py` file of the application with MicroPython's own compiler and runs none. Verdicts are kept in the
 * store by content: when all are known, the compiler is not loaded.
 *
 * @throws KilopyError KP3005: the first fault in the order of paths, the others of other files in `others`
 */
export async function checkSyntax(ctx: Context, store: BlobSource & DerivedCache, app: App): Promise<void> {
  const errors: KilopyError[] = [];
  const compiler = lazyCompiler();
  for (const file of app.files.filter(({ path }) => path.endsWith('.py'))) {
    ctx.signal.throwIfAborted();
    if (file.content.sizeBytes > maximumCheckedBytes) {
      const size = String(file.content.sizeBytes);
      ctx.emit({ type: 'warning', text: `${file.path} has ${size} bytes; its syntax is not checked`, code: 'KP3005' });
      continue;
    }
    const fault = await faultOf(store, file, compiler);
    if (fault !== undefined) errors.push(await describe(store, file, fault));
  }
  const [first, ...others] = errors;
  if (first === undefined) return;
  const { where, why, fix } = first;
  throw new KilopyError(first.code, first.message, { where, why, fix, others });
}

function lazyCompiler(): CompileCheck {
  let compiler: CompileCheck | undefined;
  return async (source) => {
    compiler ??= (await import('./micropython-compiler.ts')).createCompiler();
    return compiler(source);
  };
}

async function faultOf(
  store: BlobSource & DerivedCache,
  file: AppFile,
  compile: CompileCheck,
): Promise<SyntaxFault | undefined> {
  const remembered = await store.recall(kind, file.content.digest);
  if (remembered !== undefined) return (JSON.parse(Buffer.from(remembered).toString('utf8')) as [SyntaxFault?])[0];
  const fault = await compile(await store.read(file.content));
  await store.remember(kind, file.content.digest, Buffer.from(JSON.stringify(fault === undefined ? [] : [fault])));
  return fault;
}

async function describe(store: BlobSource, file: AppFile, fault: SyntaxFault): Promise<KilopyError> {
  const source = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await store.read(file.content));
  const line = source.split(/\r\n|\n|\r/u)[fault.line - 1] ?? '';
  const shown = line.trim().slice(0, 120);
  return new KilopyError('KP3005', `MicroPython does not accept ${file.path}: ${fault.message}`, {
    where: { file: file.path, line: fault.line },
    why: shown === '' ? undefined : `the line is: ${shown}`,
    fix: syntaxHint(line, fault.message),
  });
}
