import { digestOf } from '../../emit/measure.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Target, TargetName } from '../../spec/targets.ts';
import type { Store } from '../../store/store.ts';
import type { BlobRef } from '../../values/blob.ts';
import { auditObjects } from '../audit-objects.ts';
import { buildFacts } from '../build-facts.ts';
import { buildInRoot } from '../build-in-root.ts';
import { compilerOf, compilerVariables, sourceSuite } from '../compiler.ts';
import { planDebianRoot } from '../debian-root.ts';
import { fetchDebianSource, lastDebianSource, sourceIdentity } from '../debian-source.ts';
import { ensureMusl } from '../musl/ensure-musl.ts';
import { readRecipeFiles } from '../recipe-files.ts';
import { unpackScript } from '../unpack-script.ts';

/** Flags that make init smaller where it is known that nothing is lost. */
const ownFlags: Partial<Record<TargetName, string>> = { 'linux/amd64': '-mno-sse -fno-jump-tables -malign-data=abi' };

/**
 * Where nothing that a loader or a check reads is in sections, their table goes: the file ends with its last segment (the linker can
 * do that only since binutils 2.41). ARM keeps its float ABI in a section.
 */
const withoutSections: ReadonlySet<TargetName> = new Set<TargetName>(['linux/amd64']);
const dropSections = `python3 - <<'END'
import struct
elf = bytearray(open('/products/init', 'rb').read())
offset, size, count = struct.unpack_from('<Q', elf, 32) + struct.unpack_from('<HH', elf, 54)
ends = [sum(struct.unpack_from('<Q16xQ', elf, offset + size * i + 8)) for i in range(count)]
struct.pack_into('<Q', elf, 40, 0)
struct.pack_into('<HH', elf, 60, 0, 0)
open('/products/init', 'wb').write(elf[:max(ends)])
END
`;

const kind = 'init-4';

/** Programs of `device/` that a machine starts with: the first process, and what loads modules before it. */
type DeviceProgram = 'init' | 'modules';

/** device/init for a target: see `ensureProgram`. */
export async function ensureInit(ctx: Context, store: Store, target: Target): Promise<BlobRef> {
  return await ensureProgram(ctx, store, target, 'init');
}

/**
 * A program of `device/`, compiled for a target against the static musl of the runtimes, once.
 *
 * @throws KilopyError KP9213 for a target without compilers, KP9212 when it does not compile, KP9102 when a part of it is for another machine
 */
export async function ensureProgram(
  ctx: Context,
  store: Store,
  target: Target,
  program: DeviceProgram,
): Promise<BlobRef> {
  const facts = buildFacts[target.name];
  if (facts === undefined) throw new KilopyError('KP9213', `there is no init for ${target.name}`);
  const compiler = compilerOf(ctx, target, facts);
  const [files, musl] = [await readRecipeFiles(ctx, program), await readRecipeFiles(ctx, 'musl')];
  const recipe = program === 'init' ? files : await readRecipeFiles(ctx, 'init');
  const script = [
    compilerVariables(target, facts, compiler),
    // The short instructions of MIPS save a quarter. libgcc stays out of the link where its floats are of the wrong kind.
    `export INIT_FLAGS='${ownFlags[target.name] ?? facts.softFlags ?? ''}'`,
    `export LIBS='${facts.softFlags === undefined ? '-lgcc' : '/opt/musl/lib/libsoft.a'}'`,
    musl.get('audit.sh') ?? '',
    recipe.get('init.sh') ?? '',
    ...(withoutSections.has(target.name) ? [dropSections] : []),
  ].join('\n');
  const parts = [target.name, script, [...files], [...musl], await unpackScript(ctx), compiler.packages, sourceSuite];
  const recipeHash = digestOf(Buffer.from(JSON.stringify(parts)));
  return await store.withLock(`init ${recipeHash}`, async () => {
    // What was compiled from the newest musl that is known here is taken without a look at Debian's index.
    const last = await lastDebianSource(store, 'musl', sourceSuite);
    const known = last === undefined ? undefined : await recallProgram(store, keyOf(recipeHash, last));
    if (known !== undefined) return known;
    const source = await fetchDebianSource(ctx, store, 'musl', sourceSuite);
    const key = keyOf(recipeHash, sourceIdentity(source));
    const kept = await recallProgram(store, key);
    if (kept !== undefined) return kept;
    const plan = await planDebianRoot(ctx, store, compiler.packages);
    const libc = await ensureMusl(ctx, store, target, { facts, compiler, musl }, source, plan);
    ctx.emit({ type: 'step.started', step: 'kernel', title: 'compiling init', target: target.name });
    const built = await buildInRoot(ctx, store, {
      plan,
      files,
      blobs: new Map([['musl.tar', libc]]),
      script,
      products: ['init', 'objects'],
    });
    ctx.emit({ type: 'step.finished', step: 'kernel', target: target.name });
    const { init: blob, objects } = built;
    if (blob === undefined || objects === undefined) throw new KilopyError('KP9212', 'building init left no file');
    auditObjects(target, Buffer.from(await store.read(objects)).toString(), 'init');
    await store.remember(kind, key, Buffer.from(JSON.stringify(blob)));
    return blob;
  });
}

/** Of another musl it is another program. */
function keyOf(recipeHash: string, musl: string): string {
  return digestOf(Buffer.from(`${recipeHash}\n${musl}`));
}

async function recallProgram(store: Store, key: string): Promise<BlobRef | undefined> {
  const known = await store.recall(kind, key);
  if (known === undefined) return undefined;
  const blob = JSON.parse(Buffer.from(known).toString()) as BlobRef;
  return (await store.has(blob.digest)) ? blob : undefined;
}
