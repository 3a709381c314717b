import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Spec } from '../../spec/spec.ts';

/** The mirror of the spec, of the environment, or the distribution's own; without a trailing slash. Throws KP2003. */
export function mirrorOf(ctx: Context, { base }: Spec, variable: string, usual: string): string {
  const given = ctx.env[variable];
  const fromEnvironment = given === undefined || given === '' ? undefined : given;
  const named = base.name === 'image' || base.name === 'static' ? undefined : base.settings.mirror;
  const url = named ?? fromEnvironment ?? usual;
  if (/^https?:\/\/[^\s/]+/u.test(url) && URL.canParse(url)) return url.replace(/\/+$/u, '');
  throw new KilopyError('KP2003', `${variable} is "${url}", which is no URL`, { fix: 'begin it with https://' });
}
