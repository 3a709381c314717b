import type { Context } from '../../io/context.ts';
import type { RuntimeVariant } from '../../spec/bases.ts';
import type { Target, TargetName } from '../../spec/targets.ts';
import type { Store } from '../../store/store.ts';
import type { BlobRef } from '../../values/blob.ts';
import { archivesOf } from '../debian-source.ts';
import { auditObjects } from '../audit-objects.ts';
import { buildInRoot } from '../build-in-root.ts';
import { compilerVariables } from '../compiler.ts';
import { ensureMusl } from '../musl/ensure-musl.ts';
import { requireCompiler } from '../require-compiler.ts';
import { sourceLicences, underRule } from '../source-licences.ts';
import { toolchainOf, type ToolchainFacts } from '../toolchain/toolchain-facts.ts';
import { explainedFailure } from './explain-failure.ts';
import { readIngredients, type SourceOrigin } from './ingredients.ts';
import { readMicroPythonInputs, type MicroPythonInputs, type RuntimeState } from './micropython-inputs.ts';
import { ensureMpyCross, upstreamVersion } from './mpy-cross.ts';
import { proveRuntime } from './prove.ts';
import { readModules } from './read-modules.ts';

/** A MicroPython that was built, and what it was built from. */
export interface RuntimeProduct {
  readonly target: TargetName;
  readonly variant: RuntimeVariant;
  /** Upstream's, such as `1.25.0`. */
  readonly version: string;
  /** SHA-256 of everything that decided its bytes: scripts, flags, compilers, sources. */
  readonly recipe: string;
  /** The stripped static ELF file, in the store. */
  readonly blob: BlobRef;
  /** The same before stripping, for link maps and audits. */
  readonly full: BlobRef;
  /** What every object of its link says of itself; see audit-objects.ts. */
  readonly objects: BlobRef;
  /** Names that `import` finds, sorted. */
  readonly modules: readonly string[];
  /** Whether it ran here, natively or under QEMU. */
  readonly proved: boolean;
  /** Absent where a plan has no compiler with a version of its own. */
  readonly toolchain?: ToolchainFacts | undefined;
  readonly sources: readonly SourceOrigin[];
  readonly licences: string;
}

const kind = 'micropython-3';

/**
 * The runtime of a target: as it was built before from the same recipe, else built now, which takes about a minute of a processor.
 *
 * @throws KilopyError KP9101 for a target without a runtime, KP9102 when it is wrong, KP9103 without network, KP9104 where this computer cannot compile, KP9105 for versions that are gone, KP9212 when the build fails
 */
export async function ensureMicroPython(
  ctx: Context,
  store: Store,
  target: Target,
  variant: RuntimeVariant,
  state: RuntimeState = {},
): Promise<RuntimeProduct> {
  const inputs = await readMicroPythonInputs(ctx, target, variant, state);
  return await store.withLock(`micropython ${inputs.key}`, async () => {
    const known = await recall(store, inputs);
    if (known !== undefined && state.update !== true) return await proveLater(ctx, store, target, inputs, known);
    await requireCompiler(ctx);
    if (known === undefined) {
      ctx.emit({
        type: 'note',
        text: `MicroPython for ${target.name} (${variant}) is compiled now, once: about a minute, after up to ${inputs.toolchain === undefined ? '125 MB of compilers and' : '13 MB of'} sources from Debian`,
      });
    }
    const product = await build(ctx, store, { target, variant, inputs, state, known }).catch((error: unknown) => {
      throw explainedFailure(store, target, 'static', error);
    });
    await store.remember(kind, inputs.key, Buffer.from(JSON.stringify(product)));
    return product;
  });
}

/** One that was compiled where no emulator was is run as soon as there is one. */
async function proveLater(
  ctx: Context,
  store: Store,
  target: Target,
  { facts, key }: MicroPythonInputs,
  known: RuntimeProduct,
): Promise<RuntimeProduct> {
  if (known.proved || !(await proveRuntime(ctx, target, facts, await store.read(known.blob)))) return known;
  const product = { ...known, proved: true };
  await store.remember(kind, key, Buffer.from(JSON.stringify(product)));
  return product;
}

/** A runtime of the store, if it is there; costs no network. */
export async function recallMicroPython(
  ctx: Context,
  store: Store,
  target: Target,
  variant: RuntimeVariant,
): Promise<RuntimeProduct | undefined> {
  return await recall(store, await readMicroPythonInputs(ctx, target, variant));
}

async function recall(store: Store, { key }: MicroPythonInputs): Promise<RuntimeProduct | undefined> {
  const bytes = await store.recall(kind, key);
  if (bytes === undefined) return undefined;
  const product = JSON.parse(Buffer.from(bytes).toString()) as RuntimeProduct;
  return (await store.has(product.blob.digest)) && (await store.has(product.full.digest)) ? product : undefined;
}

interface BuildQuestion {
  readonly target: Target;
  readonly variant: RuntimeVariant;
  readonly inputs: MicroPythonInputs;
  readonly state: RuntimeState;
  /** What is built already; it stays when nothing is newer. */
  readonly known: RuntimeProduct | undefined;
}

async function build(ctx: Context, store: Store, question: BuildQuestion): Promise<RuntimeProduct> {
  const { target, variant, inputs, state, known } = question;
  const step = { step: 'runtime', target: target.name } as const;
  // That stored indexes are used is no news here: compilers need not be the newest.
  const quiet: Context = { ...ctx, emit: (event) => (event.type === 'note' ? undefined : ctx.emit(event)) };
  ctx.emit({ type: 'step.started', title: 'fetching compilers and sources', ...step });
  const { sources, plan, origins, recipe } = await readIngredients(ctx, quiet, store, question);
  if (known?.recipe === recipe) return known;
  const [micropython, libc, ...others] = sources;
  if (micropython === undefined || libc === undefined) throw new TypeError('no source');
  const { facts, compiler } = inputs;
  const mpyCross = await ensureMpyCross(quiet, store, inputs, micropython, state);
  const musl = await ensureMusl(quiet, store, target, inputs, libc, plan);
  ctx.emit({ type: 'step.started', title: `compiling MicroPython, ${variant}`, ...step });
  const version = upstreamVersion(micropython);
  const built = await buildInRoot(ctx, store, {
    plan,
    files: inputs.files,
    blobs: new Map([...sources.flatMap(archivesOf), ['mpy-cross', mpyCross], ['musl.tar', musl]]),
    script: buildScript(target, variant, version, inputs),
    products: ['micropython', 'micropython.full', 'moduledefs.h', 'frozen', 'licence', 'licence-compiler', 'objects'],
  });
  const text = async (name: string): Promise<string> => Buffer.from(await store.read(blobOf(built, name))).toString();
  const blob = blobOf(built, 'micropython');
  auditObjects(target, await text('objects'), variant);
  const proved = await proveRuntime(ctx, target, facts, await store.read(blob));
  if (!proved) {
    ctx.emit({
      type: 'warning',
      text: `the runtime for ${target.name} was built and not run: ${target.qemuUser} is not installed`,
    });
  }
  ctx.emit({ type: 'step.finished', ...step });
  return {
    target: target.name,
    variant,
    version,
    recipe,
    blob,
    full: blobOf(built, 'micropython.full'),
    objects: blobOf(built, 'objects'),
    modules: readModules(await text('moduledefs.h'), await text('frozen')),
    proved,
    toolchain: toolchainOf(compiler, plan),
    sources: origins,
    licences: [
      await text('licence'),
      ...(await sourceLicences(ctx, store, [libc, ...others])),
      underRule('the compiler’s part', await text('licence-compiler')),
    ].join('\n'),
  };
}

function buildScript(
  target: Target,
  variant: RuntimeVariant,
  version: string,
  { facts, compiler, files, musl, unpack }: MicroPythonInputs,
): string {
  return [
    compilerVariables(target, facts, compiler),
    `export VARIANT='${variant}' MICROPYTHON_VERSION='${version}'`,
    'chmod +x /input/mpy-cross',
    unpack,
    musl.get('audit.sh') ?? '',
    files.get('static.sh') ?? '',
    files.get('micropython.sh') ?? '',
  ].join('\n');
}

function blobOf(products: Readonly<Record<string, BlobRef>>, name: string): BlobRef {
  const blob = products[name];
  if (blob === undefined) throw new TypeError(`no product ${name}`);
  return blob;
}
