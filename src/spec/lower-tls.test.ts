import { expect, test } from 'vitest';
import { KilopyError } from '../errors/kilopy-error.ts';
import { collectFaults } from './faults.ts';
import { lower } from './lower.ts';
import type { Spec } from './spec.ts';
import { targets } from './targets.ts';
import { yamlFrontEnd } from './yaml-front-end.ts';

function specOf(text: string): Spec {
  const faults = collectFaults();
  const front = yamlFrontEnd(text, 'kilopy.yaml', faults);
  const spec = lower([front], { folder: '/app', file: undefined, host: targets[0] }, faults);
  faults.throwIfAny();
  return spec;
}

test.each([
  ['system', [{ kind: 'system' }]],
  ['API.example.org', [{ kind: 'host', host: 'api.example.org', port: 443, text: 'api.example.org' }]],
  [
    '[a.example:8443, 10.0.0.1]',
    [
      { host: 'a.example', port: 8443 },
      { host: '10.0.0.1', port: 443 },
    ],
  ],
  [
    '[certs/ca.crt, ca.PEM, ./x, /etc/x]',
    ['/app/certs/ca.crt', '/app/ca.PEM', '/app/x', '/etc/x'].map((path) => ({ kind: 'file', path })),
  ],
])('roots: %s', (text, roots) => {
  expect(specOf(`tls: {roots: ${text}}`).tls).toMatchObject({ roots, verify: true });
});

test.each([
  ['tls: {roots: "https://api.example.org/v1"}', 'KP2201', 'kilopy.yaml:1:14', 'write the host alone: api.example.org'],
  ['tls: {roots: [system, "a b"]}', 'KP2201', 'kilopy.yaml:1:23', 'write `system`'],
  ['tls: {roots: ["a.example:99999"]}', 'KP2201', 'kilopy.yaml:1:15', 'write `system`'],
  ['init: openwrt', 'KP2211', 'kilopy.yaml:1:7', 'init: true'],
  ['tls: {rots: []}', 'KP2002', 'kilopy.yaml:1:7', 'roots'],
])('%s: %s', (text, code, where, fix) => {
  const error = (() => {
    try {
      return specOf(text);
    } catch (caught) {
      return caught;
    }
  })();
  expect(error).toBeInstanceOf(KilopyError);
  const { where: place, ...fault } = error as KilopyError;
  expect(fault.code).toBe(code);
  expect(place).toMatchObject({ file: 'kilopy.yaml', column: Number(where.split(':')[2]) });
  expect(`${(error as KilopyError).message} ${String((error as KilopyError).fix)}`).toContain(fix);
});

test.each([
  ['init: true', 'kilopy'],
  ['init: kilopy', 'kilopy'],
  ['init: false', 'none'],
])('%s: %s', (text, kind) => {
  expect(specOf(text).init).toMatchObject({ kind });
});
