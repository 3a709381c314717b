import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDocker, startPodman, type TestEngine } from '../support/engines.ts';
import { openWorkshop, realTargets, type BuiltArtifact } from '../support/real-image.ts';
import { expectWithin } from '../support/expect-within.ts';

/** Podman and Docker load the real images and run them. An engine that cannot be set up is a failure. */
const workshop = openWorkshop();
let hello: BuiltArtifact;
let several: BuiltArtifact;
let http: BuiltArtifact;
let tasks: BuiltArtifact;

const asyncApp = `import asyncio

async def worker():
    try:
        await asyncio.sleep(60)
    finally:
        print("worker put away")

async def main():
    asyncio.create_task(worker())
    print("ready")
    try:
        await asyncio.Event().wait()
    finally:
        print("main put away")

asyncio.run(main())
`;

beforeAll(async () => {
  const app = workshop.app('hello');
  [hello] = (await workshop.build(app, '--target', 'linux/amd64')) as [BuiltArtifact];
  [several] = (await workshop.build(app, '--target', realTargets.join(','))) as [BuiltArtifact];
  [http] = (await workshop.build(workshop.app('http'), '--target', 'linux/amd64')) as [BuiltArtifact];
  const own = workshop.app('tasks', { 'main.py': asyncApp });
  [tasks] = (await workshop.build(own, '--target', 'linux/amd64')) as [BuiltArtifact];
});

afterAll(() => workshop.close());

describe.each([
  { name: 'podman', start: startPodman, fastStopMs: 1000 },
  { name: 'docker', start: startDocker, fastStopMs: 1500 },
])('$name', ({ name, start, fastStopMs }) => {
  let engine: TestEngine;

  beforeAll(async () => {
    engine = await start();
  });

  afterAll(async () => {
    await engine.stop();
  });

  async function run(image: string, ...more: readonly string[]): Promise<string> {
    return await engine.must('run', '--rm', '--read-only', ...engine.runOptions, ...more, image);
  }

  test('loads the archive of one target and runs it, as its own user and as another', async () => {
    expect(await engine.must('load', '--input', hello.path)).toContain('hello:latest');
    for (const user of [[], ['--user', '1000'], ['--user', '0']]) {
      expect(await run('hello', ...user)).toMatch(/^Hello from MicroPython 1\.\S+ on x86_64$/);
    }
  });

  test('loads the archive of four targets and takes the one for this machine', async () => {
    await engine.must('rmi', '--force', 'hello');
    await engine.must('load', '--input', several.path);
    expect(await run('hello')).toContain('on x86_64');
  });

  test('says the size that is in our table', async () => {
    const size = Number(await engine.must('image', 'inspect', '--format', '{{.Size}}', 'hello'));
    // Docker's overlay2 counts files as they lie unpacked; podman counts the layers as tars, and its copies of the
    // image's documents. Our "on disk" is the tars: headers and padding come to less than half a percent.
    const [least, most] =
      name === 'docker' ? [unpackedBytes(hello), unpackedBytes(hello)] : [hello.rawBytes, hello.rawBytes + 8192];
    expect(size).toBeGreaterThanOrEqual(least);
    expect(size).toBeLessThanOrEqual(most);
    expect(Math.abs(size - hello.rawBytes) / hello.rawBytes).toBeLessThan(0.005);
  });

  test('stops examples/http at once, and the app takes its leave', async () => {
    await engine.must('load', '--input', http.path);
    const { tookMs, log } = await stopped('http', 'listening on port 8080');
    expect(log).toBe('listening on port 8080\nstopped\n');
    expectWithin(tookMs, fastStopMs);
  });

  test('`finally` of coroutines runs before the container ends', async () => {
    await engine.must('load', '--input', tasks.path);
    const { tookMs, log, exitCode } = await stopped('tasks', 'ready');
    expect(log.split('\n').toSorted()).toEqual(['', 'main put away', 'ready', 'worker put away']);
    expect(exitCode).toBe('130');
    expectWithin(tookMs, fastStopMs);
  });

  test('leaves neither mounts nor processes behind', async () => {
    expect(await engine.stop()).toEqual([]);
  });

  /** Starts an image, waits for its first words, and has the engine stop it. */
  async function stopped(
    image: string,
    words: string,
  ): Promise<{ readonly tookMs: number; readonly log: string; readonly exitCode: string }> {
    const container = `kilopy-test-${image}`;
    await engine.must('run', '--detach', '--read-only', '--name', container, ...engine.runOptions, image);
    const log = async (): Promise<string> => (await engine.ask('logs', container)).stdout;
    await expect.poll(log, { timeout: 200_000, interval: 50 }).toContain(words);
    const before = performance.now();
    await engine.must('stop', container);
    const tookMs = performance.now() - before;
    const exitCode = await engine.must('inspect', '--format', '{{.State.ExitCode}}', container);
    const said = await log();
    await engine.must('rm', container);
    return { tookMs, log: said, exitCode };
  }
});

/** Bytes of the files and of the links' targets in all layers, as GNU tar tells them. */
function unpackedBytes({ path, layers }: BuiltArtifact): number {
  const options = { env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' }, maxBuffer: 2 ** 28 };
  let bytes = 0;
  for (const { digest } of layers) {
    const blob = execFileSync('tar', ['-xOf', path, `blobs/${digest.replace(':', '/')}`], options);
    const list = execFileSync('tar', ['--numeric-owner', '-tvz'], { ...options, input: blob }).toString();
    for (const line of list.split('\n')) {
      if (line.startsWith('-')) bytes += Number(line.split(/\s+/u)[2]);
      if (line.startsWith('l')) bytes += Buffer.byteLength(line.slice(line.indexOf(' -> ') + 4));
    }
  }
  return bytes;
}
