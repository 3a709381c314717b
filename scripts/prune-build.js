// Removes what an earlier compilation left in build/ for sources that are gone: a stale module must not be importable.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const top = new URL('..', import.meta.url).pathname;

for (const entry of readdirSync(join(top, 'build'), { recursive: true })) {
  const source = entry.replace(/(\.d\.ts|\.js)$/, '.ts');
  if (source !== entry && !existsSync(join(top, 'src', source))) rmSync(join(top, 'build', entry));
}
