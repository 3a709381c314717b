import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContext } from '../../src/io/create-context.ts';
import { docker, podman } from '../../src/machine/engine/engine.ts';
import { engineMachine } from '../../src/machine/engine/engine-machine.ts';
import { runcMachine } from '../../src/machine/engine/runc-machine.ts';
import type { RunnableImage, StopRequest } from '../../src/machine/machine.ts';
import {
  asleep,
  busyboxImage,
  runScript,
  tracesOf,
  type BusyboxImage,
  type CaptureOptions,
} from '../support/busybox-image.ts';
import { startDocker, type TestEngine } from '../support/engines.ts';
import { freePort } from '../support/free-port.ts';

/** podman, docker and runc run the same busybox image; a daemon of our own is started. All three must be installed. */
const folder = mkdtempSync(join(tmpdir(), 'kilopy-engines-'));
const port = await freePort();
const plain = busyboxImage();
const serving = busyboxImage({ ports: [port] });
let daemon: TestEngine | undefined;

beforeAll(async () => {
  const archive = dockerArchive(plain.rootfs);
  for (const box of [plain, serving])
    Object.assign(box.image, { ociArchive: archive } satisfies Partial<RunnableImage>);
  daemon = await startDocker();
  // Not its DOCKER_CONFIG: podman refuses to run when that folder is not there.
  for (const name of ['DOCKER_HOST', 'PATH']) process.env[name] = daemon.env[name];
});

afterAll(async () => {
  const left = (await daemon?.stop()) ?? [];
  if (left.length > 0) throw new Error(`docker left ${left.join(', ')}`);
  for (const box of [plain, serving]) box.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** A Docker archive with one layer; digests as names, as kilopy's own has them. */
function dockerArchive(rootfs: string): string {
  const blobs = join(folder, 'archive/blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const layer = join(folder, 'layer.tar');
  execFileSync('tar', ['-C', rootfs, '--owner=0', '--group=0', '-cf', layer, '.']);
  const keep = (file: string): string => {
    const hex = createHash('sha256').update(readFileSync(file)).digest('hex');
    copyFileSync(file, join(blobs, hex));
    return hex;
  };
  const diffId = keep(layer);
  const config = join(folder, 'config.json');
  const rootfsField = { type: 'layers', diff_ids: [`sha256:${diffId}`] };
  writeFileSync(
    config,
    JSON.stringify({ architecture: plain.image.target.oci.architecture, os: 'linux', config: {}, rootfs: rootfsField }),
  );
  const manifest = {
    Config: `blobs/sha256/${keep(config)}`,
    RepoTags: ['kilopy-test:latest'],
    Layers: [`blobs/sha256/${diffId}`],
  };
  writeFileSync(join(folder, 'archive/manifest.json'), JSON.stringify([manifest]));
  execFileSync('tar', ['-C', join(folder, 'archive'), '-cf', join(folder, 'image.tar'), 'manifest.json', 'blobs']);
  return join(folder, 'image.tar');
}

function said([program = '', ...args]: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' });
}

function interruptWhenReady(text: string, send: (signal: StopRequest) => void): void {
  if (text === 'ready\n') send('SIGINT');
}

describe.each([
  {
    machine: engineMachine(podman),
    list: ['podman', 'ps', '--all', '--quiet'],
    images: ['podman', 'images', '--quiet'],
  },
  {
    machine: engineMachine(docker),
    list: ['docker', 'ps', '--all', '--quiet'],
    images: ['docker', 'images', '--quiet'],
  },
  { machine: runcMachine, list: ['runc', 'list', '--quiet'], images: ['true'] },
])('$machine.name', ({ machine, list, images }) => {
  const run = async (
    script: string,
    options: CaptureOptions = {},
    box: BusyboxImage = plain,
  ): ReturnType<typeof runScript> => await runScript(machine, box, script, options);

  test('is available', async () => {
    expect(await machine.available(createContext(), plain.image.target)).toMatchObject({ ok: true });
  });

  test.each([0, 42, 125, 126, 127, 255])("the app's exit code %i is the result, and nothing stays", async (code) => {
    const before = [said(list), said(images)];
    const result = await run(`exit ${String(code)}`);
    expect(result).toMatchObject({ machine: machine.name, exitCode: code, timedOut: false, leftovers: [] });
    expect([said(list), said(images)]).toEqual(before);
  });

  test('streams, user, read-only root, no capabilities', async () => {
    const result = await run(
      'busybox cat; busybox id -u; ( : >/bin/x ) 2>/dev/null || echo read-only; : >/tmp/x; busybox grep -c "CapEff.*0000000000000000" /proc/self/status; echo err >&2',
      { stdin: Buffer.from('in\n') },
    );
    expect(result).toMatchObject({ stdout: 'in\n65532\nread-only\n1\n', exitCode: 0 });
    expect(result.stderr).toContain('err\n');
    expect(result.firstOutputMs).toBeGreaterThanOrEqual(0);
  });

  test('Ctrl-C reaches the app; one that does not handle it ends all the same', async () => {
    const polite = await run(`trap 'echo got; exit 7' INT; echo ready; while :; do busybox sleep 0.05; done`, {
      onOutput: interruptWhenReady,
    });
    expect(polite).toMatchObject({ exitCode: 7, stdout: 'ready\ngot\n' });
    const plainApp = await run(...asleep((_, send) => send('SIGINT')));
    expect(plainApp).toMatchObject({ exitCode: 130, signal: 'SIGINT' });
  });

  test('the time-out kills', async () => {
    const marker = `kilopy-marker-${String(Math.random())}`;
    const result = await run(`echo ${marker}; busybox sleep 30`, { timeoutMs: 3000 });
    expect(result).toMatchObject({ exitCode: 137, signal: 'SIGKILL', timedOut: true });
    expect(tracesOf(marker)).toEqual([]);
  });

  test('declared ports on 127.0.0.1 only, nothing outbound', async () => {
    const answers: string[] = [];
    let stop: (() => void) | undefined;
    const get = async (host: string): Promise<string> =>
      await fetch(`http://${host}:${String(port)}/index.html`).then(
        async (answer) => await answer.text(),
        () => 'refused',
      );
    let asked: Promise<void> = Promise.resolve();
    const script = `echo page >/tmp/index.html; echo up; exec busybox httpd -f -p ${String(port)} -h /tmp`;
    const options: CaptureOptions = {
      onOutput: (_, send) => {
        stop = () => send('SIGINT');
      },
      onListening() {
        asked = (async () => {
          answers.push(await get('127.0.0.1'), await get('127.0.0.2'));
          stop?.();
        })();
      },
    };
    const result = await run(script, options, serving);
    await asked;
    expect(answers).toEqual(['page\n', 'refused']);
    expect(result.said.join('\n')).toContain('no outbound');
  });

  test('an entry point that is not there is KP9012 (127)', async () => {
    const failure = run('', { entrypoint: ['/bin/nothing'], args: [] }, { ...plain, image: { ...plain.image } });
    await expect(failure).rejects.toMatchObject({ code: 'KP9012', exitCode: 127 });
  });
});

test.each([engineMachine(podman), engineMachine(docker)])(
  '$name finds out by itself when the root file system is not at hand',
  async (machine) => {
    const box = { ...plain, image: { ...plain.image, rootfs: undefined } };
    const missing = runScript(machine, box, '', { entrypoint: ['/bin/nothing'], args: [] });
    await expect(missing).rejects.toMatchObject({ code: 'KP9012', exitCode: 127 });
    const folderEntry = runScript(machine, box, '', { entrypoint: ['/etc'], args: [] });
    await expect(folderEntry).rejects.toMatchObject({ exitCode: 126 });
  },
);
