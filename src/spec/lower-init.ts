import { KilopyError } from '../errors/kilopy-error.ts';
import type { SourceLocation } from '../values/source-location.ts';
import type { Base } from './bases.ts';
import type { Draft } from './front-end.ts';
import type { InitSpec } from './spec.ts';

/** @throws KilopyError KP2211 for `openwrt` on another base */
export function lowerInit(value: NonNullable<Draft['init']>, { name }: Base, where: SourceLocation): InitSpec {
  if (value !== 'openwrt') return { kind: value === false ? 'none' : 'kilopy', where };
  if (name === 'openwrt') return { kind: value, where };
  throw new KilopyError('KP2211', `init: openwrt on base ${name}`, {
    where,
    why: 'procd and the services that it starts are packages of OpenWrt',
    fix: 'use base: openwrt, or init: true, whose first process is made for one application',
    data: { base: name },
  });
}
