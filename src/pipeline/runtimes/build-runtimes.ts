import type { Context } from '../../io/context.ts';
import { mapParallel } from '../../io/parallel.ts';
import {
  ensureMicroPython,
  recallMicroPython,
  type RuntimeProduct,
} from '../../runtime/micropython/ensure-micropython.ts';
import type { RuntimeState } from '../../runtime/micropython/micropython-inputs.ts';
import { bases, runtimeVariants, type RuntimeVariant } from '../../spec/bases.ts';
import { hostTarget } from '../../spec/host-target.ts';
import { parseTargets } from '../../spec/parse-targets.ts';
import type { Target } from '../../spec/targets.ts';
import { openStore } from '../../store/store.ts';

/** The targets that runtimes exist for. */
export function runtimeTargets(): readonly Target[] {
  return bases.find(({ name }) => name === 'static')?.targets ?? [];
}

/** @throws KilopyError KP2004, KP2005 */
export function chooseTargets(ctx: Context, text: string): readonly Target[] {
  return parseTargets(text, { host: hostTarget(ctx.host), all: runtimeTargets() });
}

/** Compiles what is missing. In the order of variants, then targets. What was finished before a failure is kept. */
export async function buildRuntimes(
  ctx: Context,
  targets: readonly Target[],
  variants: readonly RuntimeVariant[],
  { offline, ...state }: RuntimeState & { readonly offline: boolean },
): Promise<readonly RuntimeProduct[]> {
  const store = await openStore(ctx, undefined, { offline });
  const wanted = variants.flatMap((variant) => targets.map((target) => ({ variant, target })));
  return await mapParallel(
    wanted,
    2,
    async ({ target, variant }) => await ensureMicroPython(ctx, store, target, variant, state),
  );
}

/** Every runtime that there can be, and what is built already. Costs no network. */
export async function listRuntimes(
  ctx: Context,
): Promise<
  readonly { readonly target: Target; readonly variant: RuntimeVariant; readonly built: RuntimeProduct | undefined }[]
> {
  const store = await openStore(ctx, undefined, { offline: true });
  const rows = [];
  for (const target of runtimeTargets()) {
    for (const variant of runtimeVariants) {
      rows.push({ target, variant, built: await recallMicroPython(ctx, store, target, variant) });
    }
  }
  return rows;
}
