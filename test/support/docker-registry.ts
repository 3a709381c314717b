import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

/** Debian's docker-registry on loopback, without TLS and without accounts. */
export interface DockerRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  close(): void;
}

/** @param at where; a free port without one */
export async function startDockerRegistry(at?: string): Promise<DockerRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'kilopy-registry-'));
  const host = at ?? `127.0.0.1:${String(await freePort())}`;
  const config = join(folder, 'config.yml');
  writeFileSync(
    config,
    `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${folder}/data}}\nhttp: {addr: "${host}"}\n`,
  );
  const registry = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  const close = (): void => {
    registry.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 1200; tries++) {
    const answered = await fetch(`http://${host}/v2/`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answered) return { host, close };
    await new Promise((done) => setTimeout(done, 50));
  }
  close();
  throw new Error('docker-registry does not answer');
}

export function skopeo(...args: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync('skopeo', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`skopeo ${args.join(' ')} ended with ${String(status)}: ${stderr}`);
  return stdout;
}
