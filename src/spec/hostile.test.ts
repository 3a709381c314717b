import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { KilopyError } from '../errors/kilopy-error.ts';
import { collectFaults } from './faults.ts';
import { lower } from './lower.ts';
import { targets } from './targets.ts';
import { yamlFrontEnd } from './yaml-front-end.ts';

const good = `name: bridge
app: {entry: main.py, args: [--port, 8080]}
base: {debian: {suite: sid, snapshot: 2026-01-31, components: [main]}}
targets: [armel, amd64]
packages: [tzdata (>= 2025)]
files:
  /etc/motd: {content: "hi", mode: 0600, uid: 7}
  /data: {directory: true}
env: &env {PORT: 8080, <<: {A: b}}
annotations: *env
user: {name: bridge, uid: 1000}
ports: [8080, 53/udp]
feeds: [{name: own, url: "https://example.org/debian"}]
outputs: [oci, tar]
`;

/** `spec`, or the faults; anything else that is thrown fails the test. */
function outcome(text: string): 'spec' | readonly KilopyError[] {
  const faults = collectFaults();
  try {
    const front = yamlFrontEnd(text, 'kilopy.yaml', faults);
    lower([front], { folder: '/app', file: '/app/kilopy.yaml', host: targets[0] }, faults);
    faults.throwIfAny();
    return 'spec';
  } catch (error) {
    if (error instanceof KilopyError) return [error, ...error.others];
    throw error;
  }
}

test('the file is good before it is damaged', () => {
  expect(outcome(good)).toBe('spec');
});

const pieces = fc.constantFrom(
  '',
  ' ',
  '\n',
  '\t',
  ':',
  '- ',
  '[',
  ']',
  '{',
  '}',
  '"',
  '&a ',
  '*a',
  '!x ',
  'null',
  '~',
  '0',
  '-1',
  '%',
  '?',
  '<<',
  '\u0085',
  '😀',
  '__proto__: ',
);

test('however it is damaged, the answer is a spec or faults with a place in the file (property)', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: good.length }), fc.nat({ max: 6 }), pieces), { minLength: 1, maxLength: 4 }),
      (edits) => {
        const text = edits.reduce(
          (before, [at, length, piece]) => before.slice(0, at) + piece + before.slice(at + length),
          good,
        );
        const lines = text.split('\n').length;
        const result = outcome(text);
        for (const { where } of result === 'spec' ? [] : result) {
          expect(where).toMatchObject({
            file: 'kilopy.yaml',
            line: expect.any(Number) as number,
            column: expect.any(Number) as number,
          });
          const { line = 0, column = 0 } = where as { readonly line?: number; readonly column?: number };
          expect(line >= 1 && line <= lines && column >= 1).toBe(true);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('truncations are answered', () => {
  for (let end = 0; end < good.length; end += 3) expect(() => outcome(good.slice(0, end))).not.toThrow();
});

test('any value in the place of any key is answered (property)', () => {
  const keys = fc.constantFrom(
    'name',
    'app',
    'base',
    'targets',
    'packages',
    'files',
    'env',
    'user',
    'workdir',
    'ports',
    'annotations',
    'feeds',
    'slim',
    'licences',
    'outputs',
  );
  fc.assert(
    fc.property(keys, fc.jsonValue({ maxDepth: 3 }), (key, value) => {
      const result = outcome(JSON.stringify({ [key]: value }));
      expect(result === 'spec' || result.length > 0).toBe(true);
    }),
    { numRuns: 150 },
  );
});
