import { join } from 'node:path';
import { launcherSource } from '../../app/launcher.ts';
import { digestOf } from '../../emit/measure.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { packageRoot } from '../../io/package-root.ts';
import type { RuntimeVariant } from '../../spec/bases.ts';
import type { Target } from '../../spec/targets.ts';
import { buildFacts, type BuildFacts } from './build-facts.ts';

/** Everything of our own that a runtime is made from. */
export interface MicroPythonInputs {
  readonly facts: BuildFacts;
  /** By path below /input. */
  readonly files: ReadonlyMap<string, string>;
  /** Debian packages of the build. */
  readonly packages: readonly string[];
  /** Prefix of the compiler's programs; empty for this computer's own. */
  readonly cross: string;
  /** SHA-256 of all of it, by which a runtime that was built is found again. */
  readonly key: string;
}

/** What the scripts run beside compilers. */
export const commonPackages: readonly string[] =
  'gcc libc6-dev make coreutils dash bash sed grep mawk findutils diffutils tar gzip bzip2 xz-utils patch python3'.split(
    ' ',
  );

/** Debian's suite that sources are taken from. */
export const sourceSuite = 'trixie';

/** @throws KilopyError KP9101 for a target without a runtime */
export async function readMicroPythonInputs(
  ctx: Context,
  target: Target,
  variant: RuntimeVariant,
): Promise<MicroPythonInputs> {
  const facts = buildFacts[target.name];
  if (facts === undefined) {
    throw new KilopyError('KP9101', `kilopy builds no runtime for ${target.name}`, {
      fix: `there are runtimes for ${Object.keys(buildFacts).join(', ')}`,
    });
  }
  const native = isNative(ctx, target);
  const packages = [
    ...commonPackages,
    ...(native ? [] : [facts.compiler]),
    ...(facts.softFlags === undefined ? [] : ['glibc-source']),
  ];
  const cross = native ? '' : `${target.gnuTriplet}-`;
  const all = await readFiles(ctx, join(packageRoot, 'device/micropython'), '');
  const files = new Map([...all].filter(([path]) => concerns(path, variant)));
  files.set('kilopy_run.py', launcherSource);
  const parts = [
    target.name,
    variant,
    facts,
    packages,
    cross,
    sourceSuite,
    [...files].sort(([a], [b]) => (a < b ? -1 : 1)),
  ];
  return { facts, files, packages, cross, key: digestOf(Buffer.from(JSON.stringify(parts))) };
}

/** What another variant is made of must not make this one anew. `tls` shares the settings of `small`. */
function concerns(path: string, variant: RuntimeVariant): boolean {
  const folder = /^variants\/(\w+)\//.exec(path)?.[1];
  return folder === undefined || folder === variant || (folder === 'small' && variant === 'tls');
}

function isNative({ host }: Context, { name }: Target): boolean {
  return (name === 'linux/amd64' && host.arch === 'x64') || (name === 'linux/arm64' && host.arch === 'arm64');
}

async function readFiles(ctx: Context, folder: string, prefix: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await ctx.fs.readDirectory(folder)) {
    const path = join(folder, entry.name);
    if ((await ctx.fs.stat(path)).isDirectory()) {
      for (const [name, text] of await readFiles(ctx, path, `${prefix}${entry.name}/`)) files.set(name, text);
    } else files.set(`${prefix}${entry.name}`, await ctx.fs.readText(path));
  }
  return files;
}
