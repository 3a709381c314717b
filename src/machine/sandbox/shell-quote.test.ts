import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { shellCommand } from './shell-quote.ts';

test('a shell gives back exactly the words', () => {
  const character = fc.integer({ min: 1, max: 0x10_ff_ff }).filter((code) => code < 0xd8_00 || code > 0xdf_ff);
  const word = fc.array(character, { maxLength: 12 }).map((codes) => String.fromCodePoint(...codes));
  const awkward = fc.constantFrom('', "'", '"', '$HOME', '`id`', '\n', '-n', '~', '*', 'a b', '\\', '!', '#x', "'\\''");
  const words = fc.array(fc.oneof(word, awkward), { minLength: 20, maxLength: 60 });
  fc.assert(
    fc.property(words, (list) => {
      const out = execFileSync('sh', ['-c', `printf '%s\\0' ${shellCommand(list)}`], { encoding: 'utf8' });
      expect(out.split('\0').slice(0, -1)).toEqual(list);
    }),
    { numRuns: 10 },
  );
});
