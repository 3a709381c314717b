import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createContext } from './create-context.ts';

test('members can be replaced, and tools and HTTP follow the environment', async () => {
  const ctx = createContext({ env: { PATH: '/nowhere' }, cwd: '/tmp', clock: { now: () => 7 } });
  expect([ctx.cwd, ctx.clock.now(), ctx.signal.aborted]).toEqual(['/tmp', 7, false]);
  expect(await ctx.tools.find('sh')).toBeUndefined();
  expect(createContext().env).toBe(process.env);
});

test('neither undici nor openpgp is loaded at the start', () => {
  // A static import would show in the sources: these rooms import both only inside functions, but for the one module
  // that is itself imported so.
  const rooms = ['io', 'store', 'crypto'].map((room) => new URL(`../${room}/`, import.meta.url));
  const sources = rooms.flatMap((room) =>
    readdirSync(room)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'undici-transport.ts')
      .map((name) => readFileSync(new URL(name, room), 'utf8')),
  );
  expect(sources.length).toBeGreaterThan(20);
  for (const source of sources)
    expect(source).not.toMatch(/^import (?!type)[^;]*from '(?:undici|openpgp|\.\/(?:undici|node)-transport\.ts)'/mu);
});
