import { digestOf } from '../../emit/measure.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Target, TargetName } from '../../spec/targets.ts';
import type { Store } from '../../store/store.ts';
import type { BlobRef } from '../../values/blob.ts';
import { auditObjects } from '../audit-objects.ts';
import { buildInRoot } from '../build-in-root.ts';
import { compilerVariables, sourceSuite } from '../compiler.ts';
import { planDebianRoot, type DebianState } from '../debian-root.ts';
import { archivesOf, fetchDebianSource, type DebianSource } from '../debian-source.ts';
import { explainedFailure } from '../micropython/explain-failure.ts';
import { originsOf, type SourceOrigin } from '../micropython/ingredients.ts';
import { readMicroPythonInputs, type MicroPythonInputs } from '../micropython/micropython-inputs.ts';
import { ensureMpyCross, upstreamVersion } from '../micropython/mpy-cross.ts';
import { readModules } from '../micropython/read-modules.ts';
import { licensedPart } from '../musl/ensure-musl.ts';
import { readRecipeFiles } from '../recipe-files.ts';
import { requireCompiler } from '../require-compiler.ts';
import { loaderOf, proveAlpine } from './prove-alpine.ts';

/** One program or library of a small Alpine, and what it is made from. */
export interface AlpinePart {
  readonly name: 'musl' | 'libffi' | 'micropython';
  /** Upstream's, such as `1.2.5`. */
  readonly version: string;
  readonly blob: BlobRef;
  readonly licence: string;
  readonly sources: readonly SourceOrigin[];
}

/** MicroPython for base alpine with the libraries that it is linked against, compiled. */
export interface AlpineProduct {
  readonly target: TargetName;
  /** SHA-256 of everything that decided its bytes: scripts, flags, compilers, sources. */
  readonly recipe: string;
  readonly parts: readonly AlpinePart[];
  /** Name of the loader in `/lib`, such as `ld-musl-x86_64.so.1`. */
  readonly loader: string;
  /** Names that `import` finds, sorted. */
  readonly modules: readonly string[];
  /** Whether it ran here, natively or under QEMU. */
  readonly proved: boolean;
}

const kind = 'alpine-2';
const sourceNames = ['musl', 'libffi', 'micropython', 'mbedtls'] as const;
const files = { musl: 'ld-musl', libffi: 'libffi', micropython: 'micropython' } as const;
const partNames = ['musl', 'libffi', 'micropython'] as const;

/**
 * The variant `full` with ffi, linked against a shared musl and libffi: from the sources, with the compilers and settings of the static
 * runtimes. As it was built before from the same recipe, else built now.
 *
 * @throws KilopyError KP9101 for a target that Alpine does not have or that has no runtime, KP9102 when it is wrong, KP9103 without network, KP9104 where this computer cannot compile, KP9105 for versions that are gone, KP9212 when the build fails
 */
export async function ensureAlpine(
  ctx: Context,
  store: Store,
  target: Target,
  state: Pick<DebianState, 'update'> = {},
): Promise<AlpineProduct> {
  const inputs = await readMicroPythonInputs(ctx, target, 'full');
  if (target.alpine === undefined) {
    throw new KilopyError('KP9101', `there is no Alpine for ${target.name}`, {
      fix: 'base static has a runtime for it: kilopy runtime export without --alpine',
    });
  }
  const own = await readRecipeFiles(ctx, 'alpine');
  // libffi asks the kernel's headers for its processor's types; of a cross compiler they are a package of their own.
  const headers = inputs.compiler.prefix === '' ? [] : [`linux-libc-dev-${target.debian ?? ''}-cross`];
  const key = digestOf(Buffer.from(JSON.stringify([inputs.key, [...own], ...headers])));
  return await store.withLock(`alpine ${key}`, async () => {
    const known = await recall(store, key);
    if (known !== undefined && state.update !== true)
      return await proveLater(ctx, store, target, { inputs, key }, known);
    await requireCompiler(ctx);
    if (known === undefined) {
      ctx.emit({
        type: 'note',
        text: `MicroPython, musl and libffi for ${target.name} (base alpine) are compiled now, once: two minutes, after up to 130 MB of compilers and sources from Debian`,
      });
    }
    const product = await build(ctx, store, target, { inputs, own, headers, key, state, known }).catch(
      (error: unknown) => {
        throw explainedFailure(store, target, 'alpine', error);
      },
    );
    await store.remember(kind, key, Buffer.from(JSON.stringify(product)));
    return product;
  });
}

async function recall(store: Store, key: string): Promise<AlpineProduct | undefined> {
  const known = await store.recall(kind, key);
  if (known === undefined) return undefined;
  const product = JSON.parse(Buffer.from(known).toString()) as AlpineProduct;
  for (const { blob } of product.parts) if (!(await store.has(blob.digest))) return undefined;
  return product;
}

/** One that was compiled where no emulator was is run as soon as there is one. */
async function proveLater(
  ctx: Context,
  store: Store,
  target: Target,
  { inputs: { facts }, key }: Pick<AlpineInputs, 'inputs' | 'key'>,
  known: AlpineProduct,
): Promise<AlpineProduct> {
  if (known.proved) return known;
  const bytes = async (name: AlpinePart['name']): Promise<Uint8Array> =>
    await store.read(known.parts.find((part) => part.name === name)?.blob ?? absent(name));
  const programs = {
    musl: await bytes('musl'),
    libffi: await bytes('libffi'),
    micropython: await bytes('micropython'),
  };
  if (!(await proveAlpine(ctx, target, facts, programs))) return known;
  const product = { ...known, proved: true };
  await store.remember(kind, key, Buffer.from(JSON.stringify(product)));
  return product;
}

interface AlpineInputs {
  readonly inputs: MicroPythonInputs;
  /** Texts of device/alpine. */
  readonly own: ReadonlyMap<string, string>;
  /** Debian packages beside those of the compiler. */
  readonly headers: readonly string[];
  readonly key: string;
  readonly state: Pick<DebianState, 'update'>;
  /** What is built already; it stays when nothing is newer. */
  readonly known: AlpineProduct | undefined;
}

async function build(
  ctx: Context,
  store: Store,
  target: Target,
  { inputs, own, headers, key, state, known }: AlpineInputs,
): Promise<AlpineProduct> {
  const step = { step: 'runtime', target: target.name } as const;
  // That stored indexes are used is no news here: compilers need not be the newest.
  const quiet: Context = { ...ctx, emit: (event) => (event.type === 'note' ? undefined : ctx.emit(event)) };
  ctx.emit({ type: 'step.started', title: 'fetching compilers and sources', ...step });
  const sources = new Map<string, DebianSource>();
  for (const name of sourceNames) sources.set(name, await fetchDebianSource(quiet, store, name, sourceSuite, state));
  const sourceOf = (name: string): DebianSource => sources.get(name) ?? absent(name);
  const plan = await planDebianRoot(quiet, store, [...inputs.compiler.packages, ...headers], state);
  const compilers = plan.packages.map((one) => [one.name, one.version, one.sha256]);
  const recipe = digestOf(Buffer.from(JSON.stringify([key, compilers, [...sources.values()].flatMap(originsOf)])));
  if (known?.recipe === recipe) return known;
  const mpyCross = await ensureMpyCross(quiet, store, inputs, sourceOf('micropython'), state);
  ctx.emit({ type: 'step.started', title: 'compiling musl, libffi and MicroPython for base alpine', ...step });
  const built = await buildInRoot(ctx, store, {
    plan,
    files: new Map([...inputs.files, ['fficonfig.h', own.get('fficonfig.h') ?? '']]),
    blobs: new Map([...[...sources.values()].flatMap(archivesOf), ['mpy-cross', mpyCross]]),
    script: [
      compilerVariables(target, inputs.facts, inputs.compiler),
      `export APK_ARCH='${target.alpine ?? ''}' LIBFFI_VERSION='${upstreamVersion(sourceOf('libffi'))}'`,
      `export VARIANT=full MICROPYTHON_VERSION='${upstreamVersion(sourceOf('micropython'))}'`,
      'chmod +x /input/mpy-cross',
      inputs.unpack,
      inputs.musl.get('audit.sh') ?? '',
      own.get('musl.sh') ?? '',
      inputs.musl.get('musl.sh') ?? '',
      inputs.musl.get(licensedPart(inputs.facts, inputs.compiler)) ?? '',
      own.get('libraries.sh') ?? '',
      own.get('dynamic.sh') ?? '',
      inputs.files.get('micropython.sh') ?? '',
      own.get('licences.sh') ?? '',
    ].join('\n'),
    products: ['objects', 'moduledefs.h', 'frozen', ...partNames.flatMap((name) => [files[name], `licence-${name}`])],
  });
  const bytes = async (name: string): Promise<Uint8Array> => await store.read(built[name] ?? absent(name));
  const text = async (name: string): Promise<string> => Buffer.from(await bytes(name)).toString();
  auditObjects(target, await text('objects'), 'base alpine');
  const programs = {
    musl: await bytes(files.musl),
    libffi: await bytes(files.libffi),
    micropython: await bytes(files.micropython),
  };
  const proved = await proveAlpine(ctx, target, inputs.facts, programs);
  if (!proved) {
    ctx.emit({
      type: 'warning',
      text: `MicroPython for ${target.name} was built and not run: ${target.qemuUser} is not installed`,
    });
  }
  ctx.emit({ type: 'step.finished', ...step });
  const parts: AlpinePart[] = [];
  for (const name of partNames) {
    const from = name === 'micropython' ? [sourceOf(name), sourceOf('mbedtls')] : [sourceOf(name)];
    parts.push({
      name,
      version: upstreamVersion(sourceOf(name)),
      blob: built[files[name]] ?? absent(name),
      licence: await text(`licence-${name}`),
      sources: from.flatMap(originsOf),
    });
  }
  return {
    target: target.name,
    recipe,
    parts,
    loader: loaderOf(programs.micropython),
    modules: readModules(await text('moduledefs.h'), await text('frozen')),
    proved,
  };
}

function absent(name: string): never {
  throw new TypeError(`no ${name}`);
}
