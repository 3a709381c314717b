import { KilopyError } from '../errors/kilopy-error.ts';

/** `--compat`: the program whose answers are wanted. Throws KP1001. */
export function compatOf(text: string | undefined): 'opkg' | undefined {
  if (text === undefined || text === 'opkg') return text;
  throw new KilopyError('KP1001', `there is nothing to be compatible with that is called ${text}`, {
    fix: 'write --compat opkg, or leave it out',
  });
}
