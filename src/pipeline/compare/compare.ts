import { basename, join } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { version } from '../../io/version.ts';
import { recallMicroPython } from '../../runtime/micropython/ensure-micropython.ts';
import { runtimeVariants, type RuntimeVariant } from '../../spec/bases.ts';
import { hostTarget } from '../../spec/host-target.ts';
import type { Target } from '../../spec/targets.ts';
import { readSpec } from '../../spec/read-spec.ts';
import { openStore } from '../../store/store.ts';
import { withScratch } from '../scratch.ts';
import { apkoRows } from './apko-rows.ts';
import { bootRow } from './boot-row.ts';
import { builtRow, type RowRequest } from './built-row.ts';
import { emptyRow, type Comparison, type Row } from './comparison.ts';
import { givenRow } from './given-row.ts';
import { recordedRoutes } from './recorded.ts';

export interface CompareRequest extends RowRequest {
  /** Absolute paths of images by the name of their route. */
  readonly given: Readonly<Record<string, string>>;
  /** Only the routes of a first look: those of others, and one of kilopy's of each kind. */
  readonly short: boolean;
}

/**
 * The same application by every route: what can be built or is given is measured now, the rest is recorded with its
 * source or says why it is not there. Nothing is compiled and no lock is written: routes work on a copy of the folder.
 *
 * @throws KilopyError KP1205 (a route that is not known), KP20xx (kilopy.yaml)
 */
export async function compare(ctx: Context, request: CompareRequest): Promise<Comparison> {
  for (const name of Object.keys(request.given)) {
    if (recordedRoutes.some((route) => route.name === name)) continue;
    throw new KilopyError('KP1205', `there is no route ${name}`, {
      fix: `images are given for ${recordedRoutes.map((route) => route.name).join(', ')}`,
    });
  }
  const target = hostTarget(ctx.host);
  if (target === undefined) throw new KilopyError('KP1205', 'kilopy knows no target that is this machine');
  // What is wrong with the application is said before any route is tried.
  await readSpec(ctx, request.folder, {}, ctx.host);
  const rows: Row[] = [];
  for (const route of recordedRoutes) rows.push(await givenRow(ctx, route, request.given[route.name]));
  await withScratch(ctx, async (scratch) => {
    const { short } = request;
    if (!short) rows.push(...(await apkoRows(ctx, request, scratch)));
    for (const base of short ? ['debian'] : ['debian', 'alpine', 'openwrt']) {
      const route = { title: `kilopy, base ${base}`, base, output: 'oci' } as const;
      rows.push(await builtRow(ctx, request, join(scratch, base), route));
    }
    for (const variant of short ? (['small'] as const) : runtimeVariants)
      rows.push(await variantRow(ctx, request, target, scratch, variant, 'oci'));
    rows.push(await variantRow(ctx, request, target, scratch, 'small', 'bin'));
    rows.push(await bootRow(ctx, request, scratch));
  });
  const date = new Date(ctx.clock.now()).toISOString().slice(0, 10);
  return { app: basename(request.folder), target: target.name, kilopy: version, date, rows };
}

async function variantRow(
  ctx: Context,
  request: CompareRequest,
  target: Target,
  scratch: string,
  variant: RuntimeVariant,
  output: 'oci' | 'bin',
): Promise<Row> {
  const title = output === 'bin' ? `kilopy, one program file (${variant})` : `kilopy, base static, variant ${variant}`;
  const store = await openStore(ctx, undefined, { offline: true });
  const known = await recallMicroPython(ctx, store, target, variant).catch(() => undefined);
  if (known === undefined)
    return emptyRow(title, `the runtime is not compiled: kilopy runtime build --variant ${variant}`);
  const route = { title, base: 'static', settings: { variant }, output };
  return await builtRow(ctx, request, join(scratch, `${variant}-${output}`), route);
}
