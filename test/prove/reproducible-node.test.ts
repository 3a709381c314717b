import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { makeArchiveKey } from '../support/archive-key.ts';
import { makeDebArchive } from '../support/deb-archive.ts';
import { otherNode } from '../support/other-node.ts';
import { realRuntime } from '../support/test-debian.ts';
import { buildOnce, serveShuffled } from '../support/two-builds.ts';

/** npm has no Node.js to install for other machines than this kind. */
test.skipIf(otherNode === undefined)('another major version of Node.js gives the same bytes', async () => {
  const version = execFileSync(otherNode ?? '', ['--version'], { encoding: 'utf8' });
  expect(version.split('.')[0]).not.toBe(process.version.split('.')[0]);
  const key = await makeArchiveKey();
  const archive = await makeDebArchive(key, [{ suite: 'small', packages: await realRuntime() }]);
  const server = await serveShuffled(archive, 7);
  try {
    for (const args of [[], ['--compress', 'max']]) {
      const [here, there] = await Promise.all([
        buildOnce(server.archive, key, { args }),
        buildOnce(server.archive, key, { args, node: otherNode ?? '' }),
      ]);
      expect(there).toEqual(here);
    }
  } finally {
    await server.close();
  }
});
