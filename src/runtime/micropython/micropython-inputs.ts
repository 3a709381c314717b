import { launcherSource } from '../../app/launcher.ts';
import { digestOf } from '../../emit/measure.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { RuntimeVariant } from '../../spec/bases.ts';
import type { Target } from '../../spec/targets.ts';
import { buildFacts, type BuildFacts } from '../build-facts.ts';
import { compilerOf, sourceSuite, type Compiler } from '../compiler.ts';
import { findToolchain } from '../toolchain/find-toolchain.ts';
import { ownCompiler, ownFacts } from '../toolchain/own-compiler.ts';
import type { OwnToolchain } from '../toolchain/own-toolchain.ts';
import type { DebianState } from '../debian-root.ts';
import type { OwnSource } from './own-sources.ts';
import { readRecipeFiles } from '../recipe-files.ts';
import { unpackScript } from '../unpack-script.ts';

/** Everything of our own that a runtime is made from. */
export interface MicroPythonInputs {
  readonly facts: BuildFacts;
  /** By path below /input. */
  readonly files: ReadonlyMap<string, string>;
  /** Texts of device/musl. */
  readonly musl: ReadonlyMap<string, string>;
  /** See unpackScript. */
  readonly unpack: string;
  readonly compiler: Compiler;
  /** Where the compiler is, if it is one of this computer. */
  readonly toolchain?: OwnToolchain | undefined;
  /** SHA-256 of all of it, by which a runtime that was built is found again. */
  readonly key: string;
}

/** Which sources and compilers a runtime is made from; without all of it the newest of Debian that are stored. */
export interface RuntimeState extends DebianState {
  /** Upstream's tarballs in place of Debian's source packages. */
  readonly own?: readonly OwnSource[];
  /** A compiler of this computer in the place of Debian's; see findToolchain. */
  readonly toolchain?: string | undefined;
}

/** @throws KilopyError KP9101 for a target without a runtime, KP9106 and KP9107 for a compiler of this computer that cannot be used */
export async function readMicroPythonInputs(
  ctx: Context,
  target: Target,
  variant: RuntimeVariant,
  { snapshot, own = [], toolchain: asked }: RuntimeState = {},
): Promise<MicroPythonInputs> {
  const known = buildFacts[target.name];
  if (known === undefined) {
    throw new KilopyError('KP9101', `kilopy builds no runtime for ${target.name}`, {
      fix: `there are runtimes for ${Object.keys(buildFacts).join(', ')}`,
    });
  }
  const facts = asked === undefined ? known : ownFacts(target, known, asked);
  const toolchain = asked === undefined ? undefined : await findToolchain(ctx, target, facts, asked);
  const compiler = toolchain === undefined ? compilerOf(ctx, target, facts) : ownCompiler(target, toolchain);
  const all = await readRecipeFiles(ctx, 'micropython');
  const files = new Map([...all].filter(([path]) => concerns(path, variant)));
  files.set('kilopy_run.py', launcherSource);
  const scripts = toolchain?.name === 'zig' ? toolchain.scripts : [];
  const [musl, unpack] = [new Map([...(await readRecipeFiles(ctx, 'musl')), ...scripts]), await unpackScript(ctx)];
  const hashes = own.map(({ name, sha256 }) => `${name} ${sha256}`).sort();
  const parts = [target.name, variant, facts, compiler, sourceSuite, [...files], [...musl], unpack, ...hashes];
  if (snapshot !== undefined) parts.push(`snapshot ${snapshot}`);
  return { facts, files, musl, unpack, compiler, toolchain, key: digestOf(Buffer.from(JSON.stringify(parts))) };
}

/** What another variant is made of must not make this one anew. `tls` shares the settings of `small`. */
function concerns(path: string, variant: RuntimeVariant): boolean {
  const folder = /^variants\/(\w+)\//.exec(path)?.[1];
  return folder === undefined || folder === variant || (folder === 'small' && variant === 'tls');
}
