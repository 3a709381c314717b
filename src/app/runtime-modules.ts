import { KilopyError } from '../errors/kilopy-error.ts';

/** What the MicroPython of an image can import without the application's help. Plain data, fit to be kept as JSON. */
export interface RuntimeModules {
  /** Such as `1.25.0`. */
  readonly version: string;
  /** Dotted names of built-in and frozen modules, `u` aliases that work included, sorted. */
  readonly names: readonly string[];
  /** Files under /usr/lib/micropython of the image, relative to it. The runtime itself does not tell these. */
  readonly libraryFiles: readonly string[];
}

/**
 * Names that are asked for one by one, because a small build has no `help('modules')` and none lists the `u` aliases.
 * Built-in modules of MicroPython (docs/library/index.rst), and what ports/unix freezes.
 */
const askedFor =
  '__future__ _asyncio _thread argparse array asyncio binascii bluetooth btree builtins cmath collections cryptolib ' +
  'deflate errno ffi framebuf gc hashlib heapq io jni json logging lwip machine math micropython mip network ' +
  'openamp os platform random re requests select socket ssl struct sys termios time tls uctypes vfs websocket zlib';

/**
 * Python text for `micropython -c`: prints the modules that the runtime has, for `parseModuleList`. It looks nowhere
 * but into the runtime itself, so it may be run in any folder.
 */
export const moduleProbeScript: string = `import sys
sys.path[:] = ['.frozen']
print('kilopy-modules 1')
print('version', '.'.join(str(part) for part in sys.implementation[1][:3]))
print('listing')
try:
    help('modules')
except Exception:
    pass
print('\\nasked')
for name in '${askedFor}'.split():
    for name in (name, 'u' + name):
        try:
            __import__(name)
            print('has', name)
        except Exception:
            print('lacks', name)
print('complete')
`;

/**
 * Reads what `moduleProbeScript` printed. Where the listing and the attempt to import disagree, the attempt is right.
 *
 * @throws KilopyError KP3009 when the output is not whole
 */
export function parseModuleList(stdout: string): RuntimeModules {
  const lines = stdout.split(/\r?\n/u).map((line) => line.trim());
  const listing = lines.indexOf('listing');
  const asked = lines.indexOf('asked', listing);
  const version = /^version (\d+(?:\.\d+)*)$/mu.exec(stdout)?.[1];
  if (
    lines[0] !== 'kilopy-modules 1' ||
    version === undefined ||
    listing === -1 ||
    asked === -1 ||
    !lines.includes('complete')
  ) {
    throw new KilopyError('KP3009', 'the MicroPython of the image did not name its modules', {
      why: stdout === '' ? 'it printed nothing' : `it printed ${JSON.stringify(stdout.slice(-200))}`,
    });
  }
  const names = new Set<string>();
  for (const line of lines.slice(listing + 1, asked)) {
    // The last line of the listing is a sentence: "Plus any modules on the filesystem".
    if (line.startsWith('Plus any')) break;
    for (const word of line.split(/\s+/u)) if (/^\w+(?:\/\w+)*$/u.test(word)) names.add(toModuleName(word));
  }
  for (const line of lines.slice(asked + 1)) {
    const [answer, name = ''] = line.split(' ');
    if (answer === 'has') names.add(name);
    else if (answer === 'lacks') for (const other of names) if (isWithin(other, name)) names.delete(other);
  }
  return { version, names: [...names].sort(), libraryFiles: [] };
}

function isWithin(name: string, module: string): boolean {
  return name === module || name.startsWith(`${module}.`);
}

function toModuleName(path: string): string {
  return path.replace(/\/__init__$/u, '').replaceAll('/', '.');
}
