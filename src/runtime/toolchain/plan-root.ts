import type { Context } from '../../io/context.ts';
import type { Store } from '../../store/store.ts';
import type { RootPlan } from '../build-in-root.ts';
import { planDebianRoot, type DebianState } from '../debian-root.ts';
import { ownRootPlan } from './own-compiler.ts';
import type { OwnToolchain } from './own-toolchain.ts';

/**
 * The root of a build: of Debian's packages, or with the programs of this computer if one of its compilers was asked for.
 *
 * @param wishes Debian packages that are needed in the first case
 */
export async function planRoot(
  ctx: Context,
  store: Store,
  { toolchain }: { readonly toolchain?: OwnToolchain | undefined },
  wishes: readonly string[],
  state: DebianState,
): Promise<RootPlan> {
  return toolchain === undefined ? await planDebianRoot(ctx, store, wishes, state) : ownRootPlan(ctx, toolchain);
}
