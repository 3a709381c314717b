import type { MicroPython } from '@micropython/micropython-webassembly-pyscript';

/** A compiler's objection to a source. */
export interface SyntaxFault {
  /** From 1. */
  readonly line: number;
  /** MicroPython's own words. */
  readonly message: string;
}

export type CompileCheck = (source: Uint8Array) => Promise<SyntaxFault | undefined>;

/** The version that the dependency in package.json brings; its grammar is that of 1.25 and 1.26 too. */
export const compilerVersion = '1.27.0';

const heapBytes = 16 * 2 ** 20;

/**
 * MicroPython's own compiler, from its WebAssembly build: about 50 ms to load, once. Sources are compiled, never run.
 * The build has no native code emitters, so `@micropython.native` and its kin are compiled as bytecode.
 */
export function createCompiler(): CompileCheck {
  let output: string[] = [];
  let loading: Promise<MicroPython> | undefined;

  async function load(): Promise<MicroPython> {
    const { loadMicroPython } = await import('@micropython/micropython-webassembly-pyscript');
    return loadMicroPython({
      heapsize: heapBytes,
      stdout: (line) => void output.push(line),
      stderr: (line) => void output.push(line),
    });
  }

  async function compile(source: Uint8Array): Promise<SyntaxFault | undefined> {
    const micropython = await (loading ??= load());
    output = [];
    micropython.FS.writeFile('/source', source);
    try {
      micropython.runPython(compileScript);
    } catch {
      // The engine ran out of stack: this instance is of no further use.
      loading = undefined;
      return { line: 1, message: 'the code is nested too deeply' };
    }
    return readFault(output.join('\n'), source);
  }

  return async (source) => {
    const fault = await compile(source);
    return fault?.message === decoratorRefused ? compile(asBytecode(source)) : fault;
  };
}

const decoratorRefused = 'SyntaxError: invalid micropython decorator';

/** `compile` takes bytes, so that what the lexer sees is exactly the file. */
const compileScript = `
import io, sys
try:
    with open('/source', 'rb') as file:
        compile(file.read(), 'source', 'exec')
    print('accepted')
except BaseException as error:
    text = io.StringIO()
    sys.print_exception(error, text)
    print(text.getvalue())
`;

/** Reads a traceback: the last line is the message, the last place named is the fault's. */
function readFault(printed: string, source: Uint8Array): SyntaxFault | undefined {
  const lines = printed.split('\n').filter((line) => line.trim() !== '');
  if (lines[0] === 'accepted') return undefined;
  const text = Buffer.from(source).toString('latin1');
  const message = lines.at(-1) ?? 'the compiler said nothing';
  // The one objection that comes without a place is NotImplementedError for the lexer's `\\N{...}`.
  const place =
    [...printed.matchAll(/File "source", line (\d+)/gu)].at(-1)?.[1] ?? lineNumber(text, text.indexOf('\\N{'));
  return { line: Math.min(Number(place), lineNumber(text, text.trimEnd().length)), message };
}

function lineNumber(text: string, offset: number): number {
  return text.slice(0, Math.max(0, offset)).split(/\r\n|\n|\r/u).length;
}

/** The same number of lines, with every code emitter replaced by the one that is always there. */
function asBytecode(source: Uint8Array): Uint8Array {
  const text = Buffer.from(source).toString('latin1');
  return Buffer.from(
    text.replaceAll(/^([ \t]*@[ \t]*micropython[ \t]*\.[ \t]*)(?:native|viper|asm_\w+)\b/gmu, '$1bytecode'),
    'latin1',
  );
}
