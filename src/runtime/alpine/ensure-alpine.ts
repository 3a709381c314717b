import { hexOf } from '../../crypto/digest.ts';
import { digestOf } from '../../emit/measure.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Target, TargetName } from '../../spec/targets.ts';
import type { Store } from '../../store/store.ts';
import type { BlobRef } from '../../values/blob.ts';
import { buildInRoot } from '../build-in-root.ts';
import { compilerVariables, sourceSuite } from '../compiler.ts';
import { planDebianRoot } from '../debian-root.ts';
import { archivesOf, fetchDebianSource, type DebianSource } from '../debian-source.ts';
import { readMicroPythonInputs } from '../micropython/micropython-inputs.ts';
import { ensureMpyCross, upstreamVersion } from '../micropython/mpy-cross.ts';
import { readRecipeFiles } from '../recipe-files.ts';

/** One program or library of a small Alpine, and where it comes from. */
export interface AlpinePart {
  readonly name: 'musl' | 'libffi' | 'micropython';
  /** Upstream's. */
  readonly version: string;
  /** SHA-256 of the source, hexadecimal. */
  readonly source: string;
  readonly blob: BlobRef;
  readonly licence: BlobRef;
}

/** MicroPython for Alpine with what it is linked against, compiled. */
export interface AlpineProduct {
  readonly target: TargetName;
  readonly recipe: string;
  readonly parts: readonly AlpinePart[];
}

/** libffi's source is without its configure. */
const autotools = ['autoconf', 'automake', 'libtool'];

const kind = 'alpine-1';
const names = ['musl', 'libffi', 'micropython'] as const;
const fileOf = { musl: 'ld-musl', libffi: 'libffi', micropython: 'micropython' } as const;

/**
 * The variant small with ffi, linked against a shared musl and libffi, from the sources and with the compilers of the static runtimes.
 *
 * @throws KilopyError KP9101 for a target that Alpine does not have or that has no runtime, KP9212 when the build fails
 */
export async function ensureAlpine(ctx: Context, store: Store, target: Target): Promise<AlpineProduct> {
  const inputs = await readMicroPythonInputs(ctx, target, 'small');
  if (target.alpine === undefined) throw new KilopyError('KP9101', `there is no Alpine for ${target.name}`);
  const { compiler, facts } = inputs;
  const own = await readRecipeFiles(ctx, 'alpine');
  const key = digestOf(Buffer.from(JSON.stringify([inputs.key, [...own]])));
  return await store.withLock(`alpine ${key}`, async () => {
    const known = await store.recall(kind, key);
    if (known !== undefined) {
      const product = JSON.parse(Buffer.from(known).toString()) as AlpineProduct;
      const there = await Promise.all(product.parts.map(async ({ blob }) => await store.has(blob.digest)));
      if (there.every(Boolean)) return product;
    }
    const step = { step: 'runtime', target: target.name } as const;
    ctx.emit({ type: 'step.started', title: 'fetching compilers and sources', ...step });
    const sources: DebianSource[] = [];
    for (const name of names) sources.push(await fetchDebianSource(ctx, store, name, sourceSuite));
    const micropython = sources.find(({ name }) => name === 'micropython');
    if (micropython === undefined) throw new TypeError('no source');
    const mpyCross = await ensureMpyCross(ctx, store, inputs, micropython);
    ctx.emit({ type: 'step.started', title: 'compiling MicroPython for Alpine', ...step });
    const plan = await planDebianRoot(ctx, store, [...compiler.packages, ...autotools]);
    const built = await buildInRoot(ctx, store, {
      plan,
      files: inputs.files,
      blobs: new Map([...sources.flatMap(archivesOf), ['mpy-cross', mpyCross]]),
      script: [
        compilerVariables(target, facts, compiler),
        `export APK_ARCH='${target.alpine ?? ''}' MICROPYTHON_VERSION='${upstreamVersion(micropython)}'`,
        'chmod +x /input/mpy-cross',
        own.get('alpine.sh') ?? '',
      ].join('\n'),
      products: names.flatMap((name) => [fileOf[name], `licence-${name}`]),
    });
    ctx.emit({ type: 'step.finished', ...step });
    const parts = sources.map((source): AlpinePart => {
      const name = names.find((one) => one === source.name);
      const [blob, licence] = name === undefined ? [] : [built[fileOf[name]], built[`licence-${name}`]];
      const tarball = source.files.find((file) => /\.orig\.tar\.\w+$/.test(file.name));
      if (name === undefined || blob === undefined || licence === undefined || tarball === undefined)
        throw new TypeError(`no product ${source.name}`);
      return { name, version: upstreamVersion(source), source: hexOf(tarball.blob.digest), blob, licence };
    });
    const compilers = plan.packages.map((one) => [one.name, one.version, one.sha256]);
    const hashes = parts.map(({ name, source }) => [name, source]);
    const recipe = digestOf(Buffer.from(JSON.stringify([key, compilers, hashes])));
    const product: AlpineProduct = { target: target.name, recipe, parts };
    await store.remember(kind, key, Buffer.from(JSON.stringify(product)));
    return product;
  });
}
