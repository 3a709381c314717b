import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkout, runCli, runProgram, scratch } from '../support/cli.ts';
import { deadNetwork } from '../support/recorded-mirror.ts';

/** Outputs for other people's systems, judged by their own tools: skopeo, systemd-analyze; and YAML read back. */

/** One build for all tests. */
async function build(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'kilopy-deploy-'));
  cpSync(join(checkout, 'examples/hello/main.py'), join(folder, 'main.py'));
  writeFileSync(
    join(folder, 'kilopy.yaml'),
    `name: greeter
base: debian
ports: [80, 8080, 53/udp]
env: {WORDS: 'a "b" 100% $x'}
app: {args: ['--say', 'it costs $5']}
files: {/data: {directory: true, uid: 65532, gid: 65532}}
`,
  );
  const words = [
    'build',
    '.',
    '--offline',
    '--output',
    'routeros,kubernetes,systemd',
    '--target',
    'linux/amd64',
    '--out-dir',
    'out',
  ];
  expect(await runCli(words, { cwd: folder, env: deadNetwork })).toMatchObject({ status: 0 });
  return join(folder, 'out');
}

let made: Promise<string> | undefined;

afterAll(async () => {
  const out = await made;
  if (out !== undefined) rmSync(dirname(out), { recursive: true });
});

test('routeros: skopeo reads the archive, its layers are not compressed, and the script has the ports and the mount', async () => {
  const out = await (made ??= build());
  const archive = join(out, 'greeter-amd64.routeros.tar');
  const unpacked = join(out, 'unpacked');
  mkdirSync(unpacked);
  execFileSync('tar', ['-xf', archive, '-C', unpacked]);
  const [image] = JSON.parse(readFileSync(join(unpacked, 'manifest.json'), 'utf8')) as [
    { Config: string; Layers: string[]; RepoTags: string[] },
  ];
  expect(image.RepoTags).toEqual(['greeter:latest']);
  const config = JSON.parse(readFileSync(join(unpacked, image.Config), 'utf8')) as { rootfs: { diff_ids: string[] } };
  expect(config.rootfs.diff_ids).toEqual(image.Layers.map((name) => `sha256:${name.replace('.tar', '')}`));
  const names = image.Layers.flatMap((name) =>
    execFileSync('tar', ['-tf', join(unpacked, name)], { encoding: 'utf8' }).split('\n'),
  );
  expect(names).toEqual(expect.arrayContaining(['usr/bin/micropython', 'app/main.py']));
  const said = await runProgram('skopeo', ['inspect', '--config', `docker-archive:${archive}`]);
  expect(said).toMatchObject({ status: 0 });
  expect(JSON.parse(said.stdout)).toMatchObject({ architecture: 'amd64', rootfs: config.rootfs });

  const script = readFileSync(join(out, 'greeter-amd64.rsc'), 'utf8');
  expect(script).toContain('protocol=udp dst-port=53 to-addresses=172.17.0.2 to-ports=53\n');
  expect(script).toContain('/container/mounts/add list=greeter src=/disk1/greeter-data/data dst=/data\n');
  expect(script).toContain(
    '/container/add file=greeter-amd64.routeros.tar interface=veth-greeter root-dir=/disk1/greeter mountlists=greeter',
  );
});

test.each(['linux/mips', 'linux/mipsle'])('routeros: %s is refused with the reason and OpenWrt', async (target) => {
  const folder = scratch();
  writeFileSync(join(folder, 'main.py'), 'print(1)\n');
  const words = ['build', '.', '--offline', '--base', 'static', '--output', 'routeros', '--target', target];
  const { status, stderr } = await runCli(words, { cwd: folder, env: deadNetwork });
  expect(status).toBe(2);
  expect(stderr).toContain(`error KP2360: --output: RouterOS has no containers on ${target}`);
  expect(stderr).toContain('kilopy imagebuilder image');
  expect(existsSync(join(folder, 'dist'))).toBe(false);
});

test('kubernetes: the pod has a read-only root, no capabilities, and what the application declares', async () => {
  const out = await (made ??= build());
  const pod: unknown = parse(readFileSync(join(out, 'greeter.pod.yaml'), 'utf8'));
  expect(pod).toMatchObject({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'greeter' },
    spec: {
      automountServiceAccountToken: false,
      nodeSelector: { 'kubernetes.io/arch': 'amd64' },
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
        sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
      },
      containers: [
        {
          image: 'greeter:latest',
          ports: [
            { containerPort: 80, protocol: 'TCP' },
            { containerPort: 8080, protocol: 'TCP' },
            { containerPort: 53, protocol: 'UDP' },
          ],
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [
            { name: 'tmp', mountPath: '/tmp' },
            { name: 'data-1', mountPath: '/data' },
          ],
        },
      ],
      volumes: [{ name: 'tmp' }, { name: 'data-1' }],
    },
  });
});

test('systemd: systemd-analyze has nothing to say against the unit, and reads what it is to start', async () => {
  const out = await (made ??= build());
  const unit = join(out, 'greeter.service');
  const text = readFileSync(unit, 'utf8');
  expect(text).toContain('\nExecStart=/usr/bin/micropython ');
  expect(text).toContain('"it costs $$5"\n');
  expect(text).toContain('\nEnvironment="WORDS=a \\"b\\" 100%% $x"\n');
  expect(text).toContain('\nBindPaths=/var/lib/greeter:/data\n');
  // Its root file system is not unpacked here, and systemd-analyze looks for the program without it.
  const without = text
    .replace('ExecStart=/usr/bin/micropython', `ExecStart=${process.execPath}`)
    .replace(/^WorkingDirectory=.*\n/mu, '');
  writeFileSync(unit, without);
  const said = await runProgram('systemd-analyze', ['verify', '--man=no', unit]);
  const about = `${said.stdout}${said.stderr}`.split('\n').filter((line) => line.includes('greeter'));
  expect(about).toEqual([]);
  // Proof that it would have complained.
  writeFileSync(unit, without.replace('ProtectClock=yes', 'ProtectClock=perhaps'));
  const bad = await runProgram('systemd-analyze', ['verify', '--man=no', unit]);
  expect(`${bad.stdout}${bad.stderr}`).toContain('perhaps');
});
