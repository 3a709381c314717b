import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.ts';
import { startDocker, startPodman, type TestEngine } from '../support/engines.ts';
import { openWorkshop } from '../support/real-image.ts';
import { runCli } from '../support/cli.ts';

/** What kilopy has pushed is pulled and run by podman and by docker's daemon. */
const workshop = openWorkshop();
let registry: DockerRegistry;
let reference: string;

beforeAll(async () => {
  registry = await startDockerRegistry();
  reference = `${registry.host}/me/hello:1`;
  const app = workshop.app('hello');
  const [archive] = await workshop.build(
    app,
    '--base',
    'debian',
    '--target',
    'linux/amd64,linux/arm64',
    '--output',
    'oci',
  );
  const pushed = await runCli(['push', reference, archive?.path ?? '']);
  if (pushed.status !== 0) throw new Error(pushed.stderr);
});
afterAll(() => {
  registry.close();
  workshop.close();
});

test.each<[string, () => Promise<TestEngine>, readonly string[]]>([
  ['podman', startPodman, ['--tls-verify=false']],
  ['docker', startDocker, []],
])(
  '%s',
  async (_name, start, options) => {
    const engine = await start();
    try {
      await engine.must('pull', ...options, reference);
      const said = await engine.must('run', '--rm', ...engine.runOptions, reference);
      expect(said).toMatch(/^Hello from MicroPython 1\.\S+ on x86_64$/u);
    } finally {
      expect(await engine.stop()).toEqual([]);
    }
  },
  180_000,
);
