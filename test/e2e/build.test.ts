import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { giveToNobody, runCliAsNobody } from '../support/as-nobody.ts';
import { checkout, runCli, scratch, testStore, type CliResult } from '../support/cli.ts';
import { listing } from '../support/failing-cli.ts';
import { fillTargets, filledTargets, unfilled } from '../support/filled-store.ts';
import { deadNetwork } from '../support/recorded-mirror.ts';

/** Everything here is built from the test store, without network. */

interface Layer {
  readonly digest: string;
  readonly diffId: string;
  readonly sizeBytes: number;
  readonly rawBytes: number;
  readonly origin: string;
}

interface Artifact {
  readonly path: string;
  readonly format: string;
  readonly target: string;
  readonly mediaType: string;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly rawBytes: number;
  readonly layers: readonly Layer[];
}

interface Answer {
  readonly schema: number;
  readonly command: string;
  readonly upToDate: boolean;
  readonly targets: readonly string[];
  readonly artifacts: readonly Artifact[];
  readonly lock: { readonly path: string; readonly written: boolean };
}

const hello = join(checkout, 'examples/hello/main.py');

/** A folder with the application `app`, and the files given in it. */
function project(files: Readonly<Record<string, string>> = {}, name: string = 'app'): string {
  const folder = scratch();
  mkdirSync(join(folder, name));
  cpSync(hello, join(folder, name, 'main.py'));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, name, path), text);
  return folder;
}

/** On base debian, of which several targets are in the test store. */
function cli(cwd: string, ...[command = '', ...args]: readonly string[]): Promise<CliResult> {
  const base = ['build', 'run'].includes(command) ? ['--base', 'debian'] : [];
  return runCli([command, ...base, ...args], { cwd, env: deadNetwork });
}

async function build(cwd: string, ...args: readonly string[]): Promise<Answer> {
  const { stdout, stderr, status } = await cli(cwd, 'build', ...args, '--offline', '--json');
  if (status !== 0) throw new Error(`kilopy build ended with ${String(status)}: ${stdout}`);
  expect(stderr.replaceAll(/^warning: .*\n/gmu, '')).toBe('');
  return JSON.parse(stdout) as Answer;
}

function sha256(path: string): string {
  return `sha256:${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
}

function only(answer: Answer, format: string): Artifact {
  const found = answer.artifacts.filter((artifact) => artifact.format === format);
  expect(found).toHaveLength(1);
  return found[0]!;
}

/** The configuration of the first image in an archive. */
function imageConfig(archive: string): { readonly config: Record<string, unknown>; readonly architecture: string } {
  const read = (name: string): string => execFileSync('tar', ['-xOf', archive, name], { encoding: 'utf8' });
  const [entry] = JSON.parse(read('manifest.json')) as { Config: string }[];
  return JSON.parse(read(entry!.Config)) as ReturnType<typeof imageConfig>;
}

test.for(fillTargets)('the test store was filled for %s', (target, { skip }) => {
  skip(unfilled(target) !== undefined, unfilled(target));
  expect(filledTargets()).toContain(target);
});

test('every output of one target: names, --json, digests', async () => {
  const folder = project();
  const answer = await build(folder, 'app', '--output', 'oci,oci-dir,tar,tar.gz,dir', '--target', 'linux/amd64');
  expect(answer).toMatchObject({ schema: 1, command: 'build', upToDate: false, targets: ['linux/amd64'] });
  expect(
    readdirSync(join(folder, 'dist'))
      .filter((name) => !name.startsWith('.'))
      .sort(),
  ).toEqual([
    'app-amd64.oci',
    'app-amd64.oci.tar',
    'app-amd64.rootfs',
    'app-amd64.tar',
    'app-amd64.tar.gz',
    'licences.txt',
  ]);
  for (const artifact of answer.artifacts) {
    expect(Object.keys(artifact)).toEqual(
      expect.arrayContaining(['path', 'format', 'target', 'mediaType', 'digest', 'sizeBytes', 'rawBytes', 'layers']),
    );
    expect(artifact.target).toBe('linux/amd64');
    expect(artifact.path.startsWith(`${folder}/dist/`)).toBe(true);
  }
  for (const format of ['oci', 'tar', 'tar.gz']) {
    const { path, digest, sizeBytes } = only(answer, format);
    expect(digest).toBe(sha256(path));
    expect(sizeBytes).toBe(readFileSync(path).length);
  }
  expect(only(answer, 'oci').layers.map(({ origin }) => origin)).toEqual(['runtime', 'app']);
  expect(only(answer, 'tar').rawBytes).toBe(only(answer, 'tar').sizeBytes);
  expect(only(answer, 'dir').digest).toBe(only(answer, 'tar').digest);
  expect(readFileSync(join(folder, 'dist/licences.txt'), 'utf8')).toContain('micropython');
  expect(readdirSync(join(folder, 'dist/app-amd64.rootfs')).sort()).toContain('app');
  expect(answer.lock).toEqual({ path: join(folder, 'app/kilopy.lock'), written: true });
});

test('several targets: one index, one tar.gz for each', async () => {
  const folder = project();
  // Lists may be given in parts.
  const targets = filledTargets().flatMap((target) => ['--target', target]);
  const answer = await build(folder, 'app', '--output', 'oci', '--output', 'tar.gz', ...targets);
  expect(
    readdirSync(join(folder, 'dist'))
      .filter((name) => !name.startsWith('.'))
      .sort(),
  ).toEqual([
    ...filledTargets().map((target) => `app-${target.replace('linux/', '').replace('/', '')}.tar.gz`),
    'app.oci.tar',
    'licences.txt',
  ]);
  expect(only(answer, 'oci').target).toBe(filledTargets().join(','));
  expect(only(answer, 'oci').layers).toHaveLength(2 * filledTargets().length);
  // The application is the same file for all.
  const apps = only(answer, 'oci').layers.filter(({ origin }) => origin === 'app');
  expect(new Set(apps.map(({ digest }) => digest)).size).toBe(1);
  const index = execFileSync('tar', ['-xOf', only(answer, 'oci').path, 'index.json'], { encoding: 'utf8' });
  expect(index).toContain('manifest');
});

test('a second build says up to date, and an edit changes the layer of the application only', async () => {
  const folder = project();
  const first = await build(folder, 'app');
  const before = listing(join(folder, 'dist'));
  const second = await build(folder, 'app');
  expect(second).toEqual({ ...first, upToDate: true, lock: second.lock });
  expect(listing(join(folder, 'dist'))).toEqual(before);
  const person = await cli(folder, 'build', 'app', '--offline');
  expect(person.stdout).toContain('up to date');
  writeFileSync(join(folder, 'app/main.py'), 'print("edited")\n');
  const third = await build(folder, 'app');
  expect(third.upToDate).toBe(false);
  const layers = [first, third].map((answer) => only(answer, 'oci').layers.map(({ digest }) => digest));
  expect(layers[1]![0]).toBe(layers[0]![0]);
  expect(layers[1]![1]).not.toBe(layers[0]![1]);
  // A touched file with the same content is no edit, and a lost output is made again.
  utimesSync(join(folder, 'app/main.py'), new Date(), new Date());
  expect((await build(folder, 'app')).upToDate).toBe(true);
  rmSync(only(third, 'oci').path);
  expect((await build(folder, 'app')).upToDate).toBe(false);
  expect(sha256(only(third, 'oci').path)).toBe(only(third, 'oci').digest);
});

test('--dry-run lists the downloads and writes nothing', async () => {
  const folder = project();
  const before = listing(folder);
  const { stdout, status } = await cli(folder, 'build', 'app', '--dry-run', '--offline', '--json');
  const { downloads } = JSON.parse(stdout) as {
    downloads: { url: string; sizeBytes: number; stored: boolean; label: string }[];
  };
  expect(status).toBe(0);
  expect(downloads.map(({ label }) => label.split(' ')[0])).toContain('micropython');
  for (const { url, sizeBytes, stored } of downloads) {
    expect({ isUrl: URL.canParse(url), stored }).toEqual({ isUrl: true, stored: true });
    expect(sizeBytes).toBeGreaterThan(1000);
  }
  expect(listing(folder)).toEqual(before);
  const person = await cli(folder, 'build', 'app', '--dry-run', '--offline');
  expect(person.stdout).toContain('Nothing would be downloaded');
});

describe('the lock', () => {
  test('--locked refuses without one, takes one, and refuses other wishes', async () => {
    const folder = project();
    const none = await cli(folder, 'build', 'app', '--offline', '--locked');
    expect({ status: none.status, says: none.stderr }).toEqual({
      status: 2,
      says: expect.stringContaining('error KP5602'),
    });
    expect(existsSync(join(folder, 'dist'))).toBe(false);
    await build(folder, 'app');
    const text = readFileSync(join(folder, 'app/kilopy.lock'), 'utf8');
    rmSync(join(folder, 'dist'), { recursive: true });
    expect((await build(folder, 'app', '--locked')).lock.written).toBe(false);
    const other = await cli(folder, 'build', 'app', '--offline', '--locked', '--packages', 'ca-certificates');
    expect({ status: other.status, says: other.stderr }).toEqual({
      status: 2,
      says: expect.stringMatching(/error KP560[12].*/u),
    });
    expect(other.stderr).toContain('--update-lock');
    expect(readFileSync(join(folder, 'app/kilopy.lock'), 'utf8')).toBe(text);
    const both = await cli(folder, 'build', 'app', '--locked', '--update-lock');
    expect(both.status).toBe(2);
  });

  test('other wishes on the command line need --update-lock, which solves anew', async () => {
    const folder = project();
    await build(folder, 'app');
    const text = readFileSync(join(folder, 'app/kilopy.lock'), 'utf8');
    const refused = await cli(folder, 'build', 'app', '--offline', '--packages', 'libffi8');
    expect(refused.stderr).toContain('--update-lock');
    expect(refused.status).toBe(2);
    expect(readFileSync(join(folder, 'app/kilopy.lock'), 'utf8')).toBe(text);
    expect((await build(folder, 'app', '--packages', 'libffi8', '--update-lock')).lock.written).toBe(true);
    expect(readFileSync(join(folder, 'app/kilopy.lock'), 'utf8')).toContain('"wishes": ["micropython", "libffi8"]');
  });

  test('in a read-only folder it is read, and an error where it would change', async () => {
    const folder = project();
    await build(folder, 'app');
    const store = join(folder, 'store');
    cpSync(testStore, store, { recursive: true, filter: (path) => statSync(path).size < 12_000_000 });
    giveToNobody(folder);
    chmodSync(join(folder, 'app/kilopy.lock'), 0o444);
    chmodSync(join(folder, 'app'), 0o555);
    const env = { ...deadNetwork, KILOPY_CACHE: store, HOME: folder };
    const run = (...args: string[]): Promise<CliResult> => runCliAsNobody(args, { cwd: folder, env });
    const fine = await run('build', 'app', '--base', 'debian', '--offline');
    expect({ status: fine.status, stderr: fine.stderr }).toMatchObject({ status: 0 });
    const target = await run('build', 'app', '--base', 'debian', '--offline', '--target', 'linux/arm64');
    expect(target.stderr).toContain('error KP5606');
    expect(target.status).toBe(2);
    chmodSync(join(folder, 'app'), 0o755);
  });

  test('a damaged one is an error with its place', async () => {
    const folder = project({ 'kilopy.lock': '{"version": 1,\n "sections": [{]}\n' });
    const { stderr, status } = await cli(folder, 'build', 'app', '--offline');
    expect(stderr).toMatch(/error KP5603: .*kilopy\.lock:2/u);
    expect(status).toBe(5);
  });
});

test('what kilopy.yaml says reaches the configuration and the files', async () => {
  const folder = project({
    'kilopy.yaml': [
      'name: greeter',
      'targets: [linux/arm64]',
      'app: {args: [--loud], exclude: [data.txt]}',
      'files:',
      '  - {path: /etc/greeter.conf, content: "mood: good\\n", mode: 0640, uid: 1000, gid: 1000}',
      '  - {path: /usr/share/greeter/data.txt, source: data.txt}',
      'env: {LOG_LEVEL: info, MICROPYPATH: ".frozen:/app:/opt"}',
      'user: {name: greeter, uid: 1000, gid: 1000}',
      'workdir: /srv',
      'ports: [8080, 53/udp]',
      'annotations: {org.opencontainers.image.source: "https://example.org/greeter"}',
      '',
    ].join('\n'),
    'data.txt': 'data\n',
  });
  const answer = await build(folder, 'app', '--output', 'oci,tar', '--env', 'FROM_CLI=1');
  const { config, architecture } = imageConfig(only(answer, 'oci').path);
  expect(architecture).toBe('arm64');
  expect(config).toMatchObject({
    User: '1000:1000',
    WorkingDir: '/srv',
    ExposedPorts: { '8080/tcp': {}, '53/udp': {} },
    StopSignal: 'SIGINT',
    Labels: {
      'org.opencontainers.image.title': 'greeter',
      'org.opencontainers.image.source': 'https://example.org/greeter',
    },
  });
  expect((config['Entrypoint'] as string[]).join(' ')).toMatch(/micropython .*main\.py --loud$/u);
  expect(config['Env']).toEqual(
    expect.arrayContaining(['LOG_LEVEL=info', 'MICROPYPATH=.frozen:/app:/opt', 'FROM_CLI=1']),
  );
  const tar = only(answer, 'tar').path;
  expect(tar).toBe(join(folder, 'dist/greeter-arm64.tar'));
  const lines = execFileSync('tar', ['--numeric-owner', '-tvf', tar], { encoding: 'utf8' });
  expect(lines).toMatch(/^-rw-r----- 1000\/1000 +11 .* etc\/greeter\.conf$/mu);
  expect(lines).toMatch(/^-rw-r--r-- 0\/0 +5 .* usr\/share\/greeter\/data\.txt$/mu);
  expect(lines).toMatch(/ app\/main\.py$/mu);
  expect(lines).not.toContain('app/data.txt');
  expect(execFileSync('tar', ['-xOf', tar, 'etc/passwd'], { encoding: 'utf8' })).toMatch(/^greeter:x:1000:1000:/mu);
});

test('new, build, run', async () => {
  const folder = scratch();
  const made = await cli(folder, 'new', 'greeter');
  expect({ status: made.status, stdout: made.stdout }).toEqual({
    status: 0,
    stdout: expect.stringContaining('Next: kilopy build greeter && kilopy run greeter'),
  });
  await build(folder, 'greeter');
  const ran = await cli(folder, 'run', 'greeter', '--offline');
  expect({ status: ran.status, stdout: ran.stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/\S/u) });
  const again = await cli(folder, 'new', 'greeter');
  expect(again.stderr).toContain('error KP3007');
  expect(again.status).toBe(2);
});

test('run gives the exit code of the application, its arguments and its output', async () => {
  const folder = project({ 'main.py': 'import sys\nprint(sys.argv[1:])\nsys.exit(int(sys.argv[2]))\n' });
  const ran = await cli(folder, 'run', 'app', '--offline', '--', 'one', '42');
  expect({ status: ran.status, stdout: ran.stdout }).toEqual({ status: 42, stdout: "['one', '42']\n" });
});

test('what stands behind -- is the application’s, even when kilopy has an option of that name', async () => {
  const folder = project({ 'main.py': 'import sys\nprint(sys.argv[1:])\n' });
  const { stdout } = await cli(folder, 'run', 'app', '--offline', '--', '--json', '-q');
  expect(stdout).toBe("['--json', '-q']\n");
});

test('a module that `files:` puts beside main.py can be imported', async () => {
  const yaml = 'files:\n  /app/settings.py: {content: "import json"}\n  /app/lib/own: more\n';
  const folder = project({ 'main.py': 'import settings, own.part\n', 'kilopy.yaml': yaml });
  mkdirSync(join(folder, 'app/more'));
  writeFileSync(join(folder, 'app/more/part.py'), '');
  expect((await build(folder, 'app', '--name', 'app')).artifacts).toHaveLength(1);
  writeFileSync(join(folder, 'app/more/part.py'), 'import nowhere\n');
  const { status, stderr } = await cli(folder, 'build', 'app', '--offline');
  expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining("'nowhere'") as string });
});

test.each(['a name with spaces', 'quo"te\'s and $(echo dollars)', 'two\nlines', 'ümläut', '-dash'])(
  'a folder called %j',
  async (name) => {
    const folder = project({}, name);
    const answer = await build(folder, `./${name}`, '--output', 'tar.gz', '--name', 'app');
    const { path, digest } = only(answer, 'tar.gz');
    expect(sha256(path)).toBe(digest);
    const inside = await runCli(['build', '--base', 'debian', '--offline', '--name', 'app', '--out-dir', 'out put'], {
      cwd: join(folder, name),
      env: deadNetwork,
    });
    expect({ status: inside.status, stderr: inside.stderr }).toMatchObject({ status: 0 });
    expect(existsSync(join(folder, name, 'out put/app-amd64.oci.tar'))).toBe(true);
  },
);

test('a folder behind a symbolic link', async () => {
  const folder = project();
  symlinkSync('app', join(folder, 'alias'));
  expect((await build(folder, 'alias', '--name', 'app')).artifacts).toHaveLength(1);
});

describe('smaller commands', () => {
  test('targets', async () => {
    const { stdout } = await cli(scratch(), 'targets', '--json');
    const { targets } = JSON.parse(stdout) as { targets: { name: string; debian?: string }[] };
    expect(targets.map(({ name }) => name)).toEqual(expect.arrayContaining([...fillTargets]));
    expect(targets.find(({ name }) => name === 'linux/arm/v7')?.debian).toBe('armhf');
    expect((await cli(scratch(), 'targets')).stdout).toContain('linux/riscv64');
  });

  test('doctor', async () => {
    const { stdout, status } = await cli(scratch(), 'doctor', '--json');
    const { tools } = JSON.parse(stdout) as { tools: { program: string; path?: string; package: string }[] };
    expect(status).toBe(0);
    expect(tools.find(({ program }) => program === 'xz')?.path).toMatch(/^\//u);
    // A machine without any of them.
    const bare = await runCli(['doctor'], { env: { ...deadNetwork, PATH: '/nonexistent' } });
    expect(bare.stdout).toContain('apt-get install --no-install-recommends');
    expect(bare.status).toBe(0);
  });

  test('explain', async () => {
    const one = await cli(scratch(), 'explain', 'kp5502');
    expect(one.stdout).toContain('KP5502');
    expect(one.stdout).toContain('Exit code 7.');
    expect((await cli(scratch(), 'explain')).stdout).toContain('KP1001');
    const none = await cli(scratch(), 'explain', 'KP5599');
    expect({ status: none.status, says: none.stderr }).toEqual({
      status: 2,
      says: expect.stringMatching(/did you mean kilopy explain KP\d{4}\?/u),
    });
  });

  test('cache info and clean', async () => {
    const folder = project();
    const store = join(folder, 'store');
    const options = { cwd: folder, env: { ...deadNetwork, KILOPY_CACHE: store } };
    const run = async (...args: string[]): Promise<Record<string, unknown>> =>
      JSON.parse((await runCli([...args, '--json'], options)).stdout) as Record<string, unknown>;
    await runCli(['build', 'app', '--base', 'debian', '--offline'], options);
    writeFileSync(join(folder, 'note'), 'stays');
    expect(await run('cache', 'info')).toMatchObject({ root: store, blobs: { count: expect.any(Number) as number } });
    const planned = await run('cache', 'clean', '--all', '--dry-run');
    expect(await run('cache', 'clean', '--all')).toMatchObject({ removedFiles: planned['removedFiles'] });
    expect(await run('cache', 'info')).toMatchObject({ blobs: { count: 0 }, derived: { count: 0 } });
    expect(existsSync(join(folder, 'note'))).toBe(true);
    const wrong = await runCli(['cache', 'clean', '--older-than', 'soon'], options);
    expect({ status: wrong.status, says: wrong.stderr }).toEqual({
      status: 2,
      says: expect.stringContaining('--older-than'),
    });
  });

  test('help of every command, and the version', async () => {
    const { stdout } = await cli(scratch(), '--help');
    const names = [...stdout.matchAll(/^ {2}(\w+)(?: \[.*?\]| <.*?>)* {2,}/gmu)].map(([, name = '']) => name);
    expect(names).toEqual(
      expect.arrayContaining(['build', 'run', 'new', 'demo', 'feed', 'targets', 'doctor', 'cache']),
    );
    for (const name of names) {
      const help = await cli(scratch(), name, '--help');
      expect({ name, status: help.status, stdout: help.stdout }).toEqual({
        name,
        status: 0,
        stdout: expect.stringContaining('Usage: kilopy'),
      });
    }
    expect((await cli(scratch(), '--version')).stdout).toMatch(/^\d+\.\d+\.\d+/u);
  });
});

describe('feed', () => {
  const packages = [
    ['app', '1.0', 'Depends: lib (>= 2)'],
    ['lib', '2.1', 'Multi-Arch: same'],
    ['broken', '1', 'Depends: nothing-like-it'],
  ];
  const text = packages
    .map(([name, version, field]) =>
      [
        `Package: ${String(name)}`,
        `Version: ${String(version)}`,
        'Architecture: amd64',
        String(field),
        `Filename: ${String(name)}.deb`,
        'Size: 1',
        `SHA256: ${'0'.repeat(64)}`,
        '',
      ].join('\n'),
    )
    .join('\n');

  function feedFolder(): string {
    const folder = scratch();
    writeFileSync(join(folder, 'Packages'), text);
    return folder;
  }
  const feed = ['feed', 'solve', '--kind', 'deb', '--feed', 'Packages', '--arch', 'amd64', '--allow-untrusted'];

  test('solve, for people and programs', async () => {
    const folder = feedFolder();
    const person = await cli(folder, ...feed, 'app');
    expect(person.stdout).toMatch(/^lib=2\.1 +.*\napp=1\.0 +.*$/mu);
    const program = await cli(folder, ...feed, 'app', '--json');
    expect(JSON.parse(program.stdout)).toMatchObject({ schema: 1, world: ['app'], install: ['lib=2.1', 'app=1.0'] });
    const failed = await cli(folder, ...feed, 'broken', '--json');
    expect(JSON.parse(failed.stdout)).toMatchObject({ world: ['broken'], error: { code: 'KP5503', exitCode: 7 } });
    expect(failed.status).toBe(7);
  });

  test('solve --batch: one line for each line, nothing else, exit 0', async () => {
    const folder = feedFolder();
    writeFileSync(join(folder, 'wishes'), '["app"]\n["broken"]\n[]\n["lib=9"]\n["app","lib"]\n');
    const { stdout, status } = await cli(folder, ...feed, '--batch', 'wishes', '--json');
    const lines = stdout.split('\n').filter((line) => line !== '');
    expect(status).toBe(0);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { world: ['app'], install: ['lib=2.1', 'app=1.0'] },
      { world: ['broken'], error: expect.objectContaining({ code: 'KP5503' }) },
      { world: [], install: [] },
      { world: ['lib=9'], error: expect.objectContaining({ exitCode: 7 }) },
      { world: ['app', 'lib'], install: ['lib=2.1', 'app=1.0'] },
    ]);
  });

  test('solve without trust, and where no feed is', async () => {
    const folder = feedFolder();
    const untrusted = await cli(folder, ...feed.filter((word) => word !== '--allow-untrusted'), 'app');
    expect({ status: untrusted.status, says: untrusted.stderr }).toEqual({
      status: 5,
      says: expect.stringContaining('--allow-untrusted'),
    });
    const none = await cli(folder, ...feed.map((word) => (word === 'Packages' ? 'nowhere' : word)), 'app');
    expect({ status: none.status, says: none.stderr }).toEqual({ status: 2, says: expect.stringContaining('KP5064') });
  });

  test('solve from the mirror, offline', async () => {
    const words = [
      'feed',
      'solve',
      '--kind',
      'deb',
      '--feed',
      deadNetwork['KILOPY_DEBIAN_MIRROR'] ?? '',
      '--suite',
      'trixie',
    ];
    const { stdout, status } = await cli(scratch(), ...words, '--arch', 'arm64', '--offline', '--json', 'micropython');
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as { install: string[] }).install.at(-1)).toMatch(/^micropython=1\./u);
  });

  test('compare-versions', async () => {
    const folder = scratch();
    const words = ['feed', 'compare-versions', '--kind', 'deb'];
    writeFileSync(
      join(folder, 'questions'),
      '1.0~rc1 << 1.0\n1.0 !<< 1.0\n1:0 lt 2\n1.0 != 1.0-0\n1 gt 0\n1.0-1\n1.0-\n!1.0-\n',
    );
    expect((await cli(folder, ...words, '--batch', 'questions')).stdout).toBe(
      'true\ntrue\nfalse\nfalse\ntrue\ntrue\nfalse\ntrue\n',
    );
    expect((await cli(folder, ...words, '1.0', '<<', '1.0.1')).stdout).toBe('true\n');
    const wrong = await cli(folder, ...words, '1.0', 'around', '1.1');
    expect({ status: wrong.status, says: wrong.stderr }).toEqual({
      status: 2,
      says: expect.stringContaining('error KP'),
    });
  });
});
