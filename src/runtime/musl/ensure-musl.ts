import { digestOf } from '../../emit/measure.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Target } from '../../spec/targets.ts';
import type { Store } from '../../store/store.ts';
import type { BlobRef } from '../../values/blob.ts';
import type { BuildFacts } from '../build-facts.ts';
import { buildInRoot, type RootPlan } from '../build-in-root.ts';
import { compilerVariables, type Compiler } from '../compiler.ts';
import { archivesOf, type DebianSource } from '../debian-source.ts';
import { unpackScript } from '../unpack-script.ts';

const kind = 'musl-2';

interface MuslInputs {
  readonly facts: BuildFacts;
  readonly compiler: Compiler;
  /** Texts of device/musl. */
  readonly musl: ReadonlyMap<string, string>;
}

/**
 * The C library of a target, and what stands in for libgcc where that has another float ABI, compiled once: a tar archive with `opt/musl` and
 * `opt/linux`. Everything that kilopy compiles is linked against it.
 *
 * @param plan the root with its compilers
 * @throws KilopyError KP9212 when it does not compile
 */
export async function ensureMusl(
  ctx: Context,
  store: Store,
  target: Target,
  { facts, compiler, musl: files }: MuslInputs,
  source: DebianSource,
  plan: RootPlan,
): Promise<BlobRef> {
  const parts = ['static.sh', 'musl.sh', licensedPart(facts, compiler), 'keep.sh'];
  const script = [
    compilerVariables(target, facts, compiler),
    await unpackScript(ctx),
    ...parts.map((name) => files.get(name) ?? ''),
  ].join('\n');
  const archives = archivesOf(source);
  const hashes = archives.map(([name, blob]) => [name, blob.digest]);
  const compilers = plan.packages.map(({ name, sha256 }) => [name, sha256]);
  const own = compiler.own === undefined ? [] : [compiler.own];
  const key = digestOf(Buffer.from(JSON.stringify([script, files.get('integers.c'), hashes, compilers, ...own])));
  return await store.withLock(`musl ${key}`, async () => {
    const known = await store.recall(kind, key);
    if (known !== undefined) {
      const blob = JSON.parse(Buffer.from(known).toString()) as BlobRef;
      if (await store.has(blob.digest)) return blob;
    }
    ctx.emit({ type: 'step.started', step: 'runtime', title: 'compiling musl', target: target.name });
    const built = await buildInRoot(ctx, store, {
      plan,
      files,
      blobs: new Map(archives),
      script,
      products: ['musl.tar'],
    });
    ctx.emit({ type: 'step.finished', step: 'runtime', target: target.name });
    const blob = built['musl.tar'];
    if (blob === undefined) throw new KilopyError('KP9212', 'building musl left no file');
    await store.remember(kind, key, Buffer.from(JSON.stringify(blob)));
    return blob;
  });
}

/** The script that makes the compiler's own part of every program, or finds its licence. */
export function licensedPart({ softFlags }: BuildFacts, { own }: Compiler): string {
  if (own !== undefined) return 'own-libgcc.sh';
  return softFlags === undefined ? 'libgcc.sh' : 'softfloat.sh';
}
