import { expect, test } from 'vitest';
import { askAppMemory } from './app-memory.ts';
import { watchConsole } from './console-watch.ts';

test('the key is pressed, and what init says is read', async () => {
  const watch = watchConsole();
  const pressed: number[] = [];
  const memory = await askAppMemory(
    (bytes) => {
      pressed.push(...bytes);
      setTimeout(() => watch.add(Buffer.from('init: memory 412 kB, 455 kB at most, 96 kB of its own\r\n')), 20);
    },
    () => watch.facts(),
  );
  expect(pressed).toEqual([20]);
  expect(memory).toEqual({ appRssBytes: 412 * 1024, appPeakRssBytes: 455 * 1024, appHeapPeakBytes: 96 * 1024 });
});

test('an application that has ended has none', async () => {
  const watch = watchConsole();
  watch.add(Buffer.from('init: application ended with status 1\n'));
  expect(
    await askAppMemory(
      () => undefined,
      () => watch.facts(),
    ),
  ).toBeUndefined();
});
