import { digestOf } from '../../emit/measure.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Store } from '../../store/store.ts';
import type { BlobRef } from '../../values/blob.ts';
import { archivesOf, type DebianSource } from '../debian-source.ts';
import type { DebianState } from '../debian-root.ts';
import { buildInRoot } from '../build-in-root.ts';
import { commonPackages } from '../compiler.ts';
import { planRoot } from '../toolchain/plan-root.ts';
import type { MicroPythonInputs } from './micropython-inputs.ts';

const kind = 'mpy-cross-2';

/** The compiler to bytecode of a source, for this computer; compiled once. */
export async function ensureMpyCross(
  ctx: Context,
  store: Store,
  inputs: MicroPythonInputs,
  source: DebianSource,
  state: DebianState = {},
): Promise<BlobRef> {
  // Without it makeversionhdr.py writes the day of the compilation into the program.
  const script = `export SOURCE_DATE_EPOCH=0\n${inputs.unpack}\n${inputs.files.get('mpy-cross.sh') ?? ''}`;
  const files = source.files.map(({ name, blob }) => [name, blob.digest]);
  // It is made with this computer's own gcc then, whatever the runtime is made with; what it writes is the same.
  const own =
    inputs.compiler.own === undefined ? [] : [inputs.compiler.own.name === 'gcc' ? 'host' : inputs.compiler.own.name];
  const key = digestOf(Buffer.from(JSON.stringify([script, files, ctx.host.arch, ...own])));
  return await store.withLock(`mpy-cross ${key}`, async () => {
    const known = await store.recall(kind, key);
    if (known !== undefined) {
      const blob = JSON.parse(Buffer.from(known).toString()) as BlobRef;
      if (await store.has(blob.digest)) return blob;
    }
    ctx.emit({ type: 'step.started', step: 'runtime', title: 'compiling mpy-cross' });
    const built = await buildInRoot(ctx, store, {
      plan: await planRoot(ctx, store, inputs, commonPackages, state),
      files: new Map(),
      blobs: new Map(archivesOf(source)),
      script: `MICROPYTHON_VERSION=${upstreamVersion(source)}\n${script}`,
      products: ['mpy-cross'],
    });
    ctx.emit({ type: 'step.finished', step: 'runtime' });
    const blob = built['mpy-cross'];
    if (blob === undefined) throw new KilopyError('KP9212', 'building mpy-cross left no file');
    await store.remember(kind, key, Buffer.from(JSON.stringify(blob)));
    return blob;
  });
}

/** `1.25.0+ds-1` is upstream's 1.25.0. */
export function upstreamVersion({ version }: DebianSource): string {
  return /^(?:\d+:)?([\d.]+)/.exec(version)?.[1] ?? version;
}
