import { PassThrough } from 'node:stream';

/** Text that is printed while the work that makes it goes on. A failure of the work comes after its text. */
export async function* textStream(work: (write: (text: string) => void) => Promise<void>): AsyncGenerator<string> {
  const stream = new PassThrough({ encoding: 'utf8' });
  const working = work((text) => void stream.write(text)).finally(() => stream.end());
  // Awaited below; until then a failure must not count as unhandled.
  working.catch(() => undefined);
  yield* stream as AsyncIterable<string>;
  await working;
}
