import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDocker, startPodman, type TestEngine } from '../support/engines.ts';
import { answerAt, kilopyRun, urlIn } from '../support/kilopy-run.ts';
import { openWorkshop } from '../support/real-image.ts';
import { expectWithin } from '../support/expect-within.ts';

/** Every machine of `kilopy run` with the real image: the same words, codes, URLs and ends. Needs root. */
const workshop = openWorkshop();
const hello = workshop.app('hello');
const http = workshop.app('http');
const failing = workshop.app('failing', { 'main.py': 'import sys\nsys.exit(int(sys.argv[1]))\n' });
let podman: TestEngine;
let docker: TestEngine;

beforeAll(async () => {
  [podman, docker] = await Promise.all([startPodman(), startDocker()]);
});

afterAll(async () => {
  await Promise.all([podman.stop(), docker.stop()]);
  workshop.close();
});

describe.each(['kernel', 'qemu-user', 'runc', 'podman', 'docker'])('%s', (machine) => {
  const run = async (...[app, args = [], options = {}]: Parameters<typeof kilopyRun>): ReturnType<typeof kilopyRun> =>
    await kilopyRun(app, ['--machine', machine, '--target', 'linux/amd64', ...args], {
      ...options,
      env: machine === 'podman' ? podman.env : machine === 'docker' ? docker.env : {},
    });

  test('hello', async () => {
    const { stdout, stderr, status } = await run(hello);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^Hello from MicroPython 1\.\S+ on x86_64\n$/u)]);
    expect(stderr).toContain(`running linux/amd64 on ${machine}: `);
  });

  test.each([0, 3, 125, 126, 127, 255])('exit code %i', async (code) => {
    expect((await run(failing, ['--quiet', '--', String(code)])).status).toBe(code);
  });

  test('examples/http answers at the URL printed, and ends at Ctrl-C', async () => {
    let answer = '';
    const ran = await run(http, [], {
      async interruptWhen(_, said) {
        const url = urlIn(said);
        if (url !== undefined) answer = await answerAt(url);
        return url !== undefined;
      },
    });
    expect(answer).toBe('Hello from MicroPython\n');
    expect([ran.status, ran.stdout]).toEqual([0, 'listening on port 8080\nstopped\n']);
    expectWithin(ran.stoppedMs, 2000);
  });
});

test('nothing stays in the engines', async () => {
  for (const engine of [podman, docker]) {
    expect(await engine.must('ps', '--all', '--quiet')).toBe('');
    expect(await engine.must('images', '--quiet')).toBe('');
  }
});
