import type { App } from '../app/app.ts';
import { asksForNone, findWords, startsProcesses } from '../app/find-words.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import type { Spec } from '../spec/spec.ts';
import type { Store } from '../store/store.ts';
import { hasOwnRuntime } from './has-own-runtime.ts';

/**
 * Whether init is the first process: as `init` says, else with base static when the application starts processes, whose
 * orphans nobody would reap. With other bases init has to be compiled first, so there it is only said.
 */
export async function choosesInit(ctx: Context, store: Store, spec: Spec, app: App): Promise<boolean> {
  if (spec.init !== undefined) return spec.init.kind === 'kilopy';
  const place = await findWords(app, store, startsProcesses);
  if (place === undefined) return false;
  const where = `${place.file}:${String(place.line)}`;
  const text = hasOwnRuntime(spec)
    ? `init is the first process, because ${where} starts processes (init: false leaves it out)`
    : `${where} starts processes: with init: true in kilopy.yaml their orphans are reaped`;
  ctx.emit({ type: 'note', text });
  return hasOwnRuntime(spec);
}

/**
 * Refuses modules that switch verification off, where the runtime would obey and the spec asks for secure connections.
 *
 * @throws KilopyError KP2206
 */
export async function checkTls(ctx: Context, store: Store, spec: Spec, app: App): Promise<void> {
  if (spec.tls?.verify === false) {
    const text = 'servers are not asked for certificates (tls: {verify: false}): anybody between can read and answer';
    ctx.emit({ type: 'warning', text });
    return;
  }
  if (hasOwnRuntime(spec)) return;
  const place = await findWords(app, store, asksForNone);
  if (place === undefined) return;
  const text = 'the application asks for connections without certificates (CERT_NONE)';
  if (spec.tls !== undefined) throw new KilopyError('KP2206', text, { where: place });
  ctx.emit({ type: 'warning', text: `${place.file}:${String(place.line)}: ${text}` });
}
