import { basename, dirname, join, relative, resolve } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { collectFaults, type Faults } from './faults.ts';
import type { FrontEnd } from './front-end.ts';
import { hostTarget, type HostFacts } from './host-target.ts';
import { lower } from './lower.ts';
import { overridesFrontEnd, type SpecOverrides } from './overrides.ts';
import type { Spec } from './spec.ts';

/** Name of the configuration file. */
const specFileName = 'kilopy.yaml';

/**
 * What is to be built from a folder: its kilopy.yaml, where there is one, with the options of the command line over it.
 * All faults of file and options are reported together: the first is thrown, the others are its `others`.
 */
export async function readSpec(ctx: Context, folder: string, overrides: SpecOverrides, host: HostFacts): Promise<Spec> {
  const absolute = resolve(ctx.cwd, folder);
  await checkFolder(ctx, absolute, folder);
  const file = join(absolute, specFileName);
  const bytes = await readOptional(ctx, file);
  const faults = collectFaults();
  const fronts: FrontEnd[] = [];
  if (bytes !== undefined) {
    const front = await readFile(bytes, displayPath(ctx.cwd, file), faults);
    if (front !== undefined) fronts.push(front);
  }
  fronts.push(overridesFrontEnd(overrides, fronts[0], faults));
  const options = { folder: absolute, file: bytes === undefined ? undefined : file, host: hostTarget(host) };
  const spec = lower(fronts, options, faults);
  faults.throwIfAny();
  if (fronts.every(({ value }) => value.name === undefined) && spec.name !== basename(absolute)) {
    ctx.emit({
      type: 'note',
      text: `the image is called ${spec.name}, made from the folder's name; "name:" in ${specFileName} gives another`,
    });
  }
  return spec;
}

/** Bytes to a front end. The YAML reader and the schema are loaded here, so that a folder without the file does not pay for them. */
async function readFile(bytes: Uint8Array, file: string, faults: Faults): Promise<FrontEnd | undefined> {
  const text = decodeText(bytes);
  if (text === undefined) {
    faults.add(
      new KilopyError('KP2001', 'the file is not text in UTF-8', { where: { file }, fix: 'save it as UTF-8' }),
    );
    return undefined;
  }
  const { yamlFrontEnd } = await import('./yaml-front-end.ts');
  return yamlFrontEnd(text, file, faults);
}

/** Without a byte order mark; undefined for bytes that are not UTF-8, and for UTF-16, which shows by its zeros. */
function decodeText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

async function checkFolder(ctx: Context, absolute: string, asTyped: string): Promise<void> {
  try {
    const stat = await ctx.fs.stat(absolute);
    if (stat.isDirectory()) return;
  } catch (cause) {
    throw new KilopyError('KP2012', `no folder ${asTyped}`, { where: asTyped, cause });
  }
  throw new KilopyError('KP2012', `${asTyped} is a file, not a folder`, {
    where: asTyped,
    fix: `give its folder: ${dirname(asTyped)}`,
  });
}

async function readOptional(ctx: Context, file: string): Promise<Uint8Array | undefined> {
  try {
    return await ctx.fs.readFile(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new KilopyError('KP1005', `${specFileName} could not be read: ${(cause as Error).message}`, {
        where: file,
        cause,
      });
    }
  }
  for (const other of ['kilopy.yml', 'kilopy.json', '.kilopy.yaml', 'kilopy.toml']) {
    const path = join(dirname(file), other);
    if (await ctx.fs.exists(path)) {
      throw new KilopyError('KP2013', `kilopy reads ${specFileName}, and the folder has ${other}`, {
        where: displayPath(ctx.cwd, path),
      });
    }
  }
  return undefined;
}

/** As a person in the working directory would write it. */
function displayPath(cwd: string, path: string): string {
  const short = relative(cwd, path);
  return short === '' || short.startsWith('..') ? path : short;
}
