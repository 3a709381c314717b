import { KilopyError } from '../errors/kilopy-error.ts';
import type { SourceLocation } from '../values/source-location.ts';
import type { Draft } from './front-end.ts';
import type { InitSpec } from './spec.ts';

/** @throws KilopyError KP2211 for `openwrt` */
export function lowerInit(value: NonNullable<Draft['init']>, where: SourceLocation): InitSpec {
  if (value !== 'openwrt') return { kind: value === false ? 'none' : 'kilopy', where };
  throw new KilopyError('KP2211', 'init: openwrt is not in this version', {
    where,
    why: 'procd starts the services of a whole OpenWrt system; an image of one application has none of them',
    fix: 'use init: true, whose first process is made for one application',
  });
}
