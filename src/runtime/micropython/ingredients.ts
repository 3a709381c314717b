import { hexOf } from '../../crypto/digest.ts';
import { digestOf } from '../../emit/measure.ts';
import type { Context } from '../../io/context.ts';
import type { RuntimeVariant } from '../../spec/bases.ts';
import type { Store } from '../../store/store.ts';
import type { RootPlan } from '../build-in-root.ts';
import { sourceSuite } from '../compiler.ts';
import { fetchDebianSource, type DebianSource } from '../debian-source.ts';
import { planRoot } from '../toolchain/plan-root.ts';
import type { MicroPythonInputs, RuntimeState } from './micropython-inputs.ts';
import { fetchOwnSource } from './own-sources.ts';

/** Where a source comes from. */
export interface SourceOrigin {
  readonly name: string;
  readonly version: string;
  /** Of upstream's tarball, hexadecimal. */
  readonly sha256: string;
  /** Of the archive with Debian's patches to it; absent for a tarball of somebody's own. */
  readonly patches?: string;
}

/** Everything of others that a runtime is made from. */
export interface Ingredients {
  /** MicroPython, musl, and mbedTLS where there is TLS. */
  readonly sources: readonly DebianSource[];
  readonly plan: RootPlan;
  readonly origins: readonly SourceOrigin[];
  /** SHA-256 of everything that decides the runtime's bytes. */
  readonly recipe: string;
}

interface IngredientsQuestion {
  readonly variant: RuntimeVariant;
  readonly inputs: MicroPythonInputs;
  readonly state: RuntimeState;
}

/**
 * Chooses compilers and fetches sources.
 *
 * @param quiet the same context, for which stored indexes are no news
 * @throws KilopyError KP50xx, KP60xx, KP9104, KP9211
 */
export async function readIngredients(
  ctx: Context,
  quiet: Context,
  store: Store,
  { variant, inputs, state }: IngredientsQuestion,
): Promise<Ingredients> {
  const usesTls = variant === 'tls' || variant === 'full';
  const names = ['micropython', 'musl', ...(usesTls ? ['mbedtls'] : [])];
  const sources = [];
  for (const name of names) {
    const instead = state.own?.find((source) => source.name === name);
    sources.push(
      instead === undefined
        ? await fetchDebianSource(quiet, store, name, sourceSuite, state)
        : await fetchOwnSource(ctx, store, instead),
    );
  }
  const plan = await planRoot(quiet, store, inputs, inputs.compiler.packages, state);
  const origins = sources.flatMap(originsOf);
  const compilers = plan.packages.map((one) => [one.name, one.version, one.sha256]);
  const recipe = digestOf(Buffer.from(JSON.stringify([inputs.key, compilers, origins])));
  return { sources, plan, origins, recipe };
}

/** The upstream tarballs of a source package, with the patches to them. */
export function originsOf({ name, version, files }: DebianSource): readonly SourceOrigin[] {
  const patches = files.find((file) => /\.debian\.tar\.\w+$/.test(file.name));
  return files
    .filter((file) => /\.orig\.tar\.\w+$/.test(file.name))
    .map((file) => ({
      name,
      version,
      sha256: hexOf(file.blob.digest),
      ...(patches !== undefined && { patches: hexOf(patches.blob.digest) }),
    }));
}
