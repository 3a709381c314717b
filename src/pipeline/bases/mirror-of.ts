import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Spec } from '../../spec/spec.ts';

/**
 * The mirror of the spec, of the environment, or the distribution's own; without a trailing slash.
 *
 * @param files whether a folder of this machine (`file:///...`) is one, too
 * @throws KilopyError KP2003
 */
export function mirrorOf(ctx: Context, { base }: Spec, variable: string, usual: string, files = false): string {
  const given = ctx.env[variable];
  const fromEnvironment = given === undefined || given === '' ? undefined : given;
  const named = base.name === 'image' || base.name === 'static' ? undefined : base.settings.mirror;
  const url = named ?? fromEnvironment ?? usual;
  const isUsable = /^https?:\/\/[^\s/]+/u.test(url) || (files && /^file:\/\/\/./u.test(url));
  if (isUsable && URL.canParse(url)) return url.replace(/\/+$/u, '');
  const name = named === undefined ? variable : 'mirror';
  throw new KilopyError('KP2003', `${name} is "${url}", which is no URL of a mirror`, {
    fix: files ? 'begin it with https:// or file:///' : 'begin it with https://',
  });
}
