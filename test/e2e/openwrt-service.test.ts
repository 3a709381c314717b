import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli, scratch } from '../support/cli.ts';
import { deadNetwork } from '../support/recorded-mirror.ts';

const yaml = `name: greeter
base: debian
env: {GREETING: "it's", PORT: "8080", LOUD: "true"}
app: {args: [--serve]}
`;

function project(): string {
  const folder = join(scratch(), 'app');
  mkdirSync(join(folder, 'lib'), { recursive: true });
  writeFileSync(join(folder, 'main.py'), 'import helper\nprint(helper.text)\n');
  writeFileSync(join(folder, 'lib/helper.py'), "text = 'hello'\n");
  writeFileSync(join(folder, 'kilopy.yaml'), yaml);
  return folder;
}

/** What the init script does on a router, with procd and uci replaced by functions that show what they are told. */
function runInit(
  script: string,
  options: Readonly<Record<string, string>>,
  folder: string,
): { config: string; told: string } {
  const cases = Object.entries(options).map(([name]) => `${name}) eval "$1=\\$V_${name}" ;;`);
  const values = Object.fromEntries(Object.entries(options).map(([name, value]) => [`V_${name}`, value]));
  const harness = `
    config_load() { :; }
    config_get() { case "$3" in ${cases.join(' ')} *) eval "$1=\\$4" ;; esac; }
    config_get_bool() { config_get "$@"; }
    logger() { echo "log: $*"; }
    procd_open_instance() { :; }
    procd_close_instance() { :; }
    procd_set_param() { echo "$*"; }
    ${script.replaceAll('/var/run', `${folder}/run`)}
    start_service`;
  const { stdout, stderr } = spawnSync('sh', ['-c', harness], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...values },
  });
  expect(stderr).toBe('');
  return { config: readFileSync(join(folder, 'run/kilopy/greeter/config.py'), 'utf8'), told: stdout };
}

test('an application as a service: both packages, signed indexes, a start script that types its options', async () => {
  const folder = project();
  const keys = scratch();
  for (const words of [
    ['key-build', '--type', 'usign'],
    ['private', '--type', 'ec'],
  ]) {
    expect(await runCli(['feed', 'key', ...words], { cwd: keys })).toMatchObject({ status: 0 });
  }
  execFileSync('mv', ['private.ec', 'private-key.pem'], { cwd: keys });
  const env = { ...deadNetwork, KILOPY_OPENWRT_KEYS: keys, SOURCE_DATE_EPOCH: '1700000000' };
  const built = await runCli(['build', '.', '--base', 'debian', '--offline', '--output', 'openwrt-service'], {
    cwd: folder,
    env,
  });
  expect(built).toMatchObject({ status: 0 });
  const dist = join(folder, 'dist');
  const names = readdirSync(dist).join(' ');
  const version = /greeter_(\S+)_all\.ipk/u.exec(names)?.[1] ?? '';
  expect(readdirSync(dist)).toEqual([
    'Packages',
    'Packages.gz',
    'Packages.sig',
    `greeter-${version}.apk`,
    `greeter_${version}_all.ipk`,
    'licences.txt',
    'packages.adb',
  ]);

  const solve = [
    'feed',
    'solve',
    '--kind',
    'opkg',
    '--arch',
    'mipsel_24kc',
    '--feed',
    dist,
    '--keys',
    join(keys, 'key-build.pub'),
  ];
  const asked = await runCli([...solve, '--compat', 'opkg', '--', 'greeter'], { cwd: folder });
  // Signed and found; MicroPython itself is in OpenWrt's own feed.
  expect(asked.status).toBe(7);
  expect(asked.stdout + asked.stderr).toContain('greeter needs micropython, which no feed has');
  const apk = ['feed', 'solve', '--kind', 'apk', '--arch', 'noarch', '--feed', join(dist, 'packages.adb')];
  const refused = await runCli([...apk, '--keys', join(keys, 'private.ec.pub'), '--', 'greeter'], { cwd: folder });
  expect(refused.stdout + refused.stderr).toContain('micropython');

  const inner = spawnSync('sh', ['-c', `tar xzOf greeter_${version}_all.ipk ./data.tar.gz | tar tvz --numeric-owner`], {
    cwd: dist,
    encoding: 'utf8',
  });
  expect(inner.stdout).toMatch(/^-rwxr-xr-x 0\/0 .* \.\/etc\/init\.d\/greeter$/mu);
  expect(inner.stdout).toMatch(/\.\/usr\/lib\/kilopy\/greeter\/lib\/helper\.py$/mu);
  const read = (path: string): string =>
    spawnSync('sh', ['-c', `tar xzOf greeter_${version}_all.ipk ./data.tar.gz | tar xzO ./${path}`], {
      cwd: dist,
      encoding: 'utf8',
    }).stdout;
  expect(read('etc/config/greeter')).toBe(
    "config kilopy 'main'\n\toption enabled '1'\n\toption user 'greeter'\n\toption greeting 'it'\\''s'\n\toption port '8080'\n\toption loud '1'\n",
  );
  const script = read('etc/init.d/greeter');
  const usual = runInit(script, {}, scratch());
  expect(usual.config).toBe("GREETING = 'it\\'s'\nPORT = 8080\nLOUD = True\n");
  expect(usual.told).toContain('command /usr/bin/micropython /usr/lib/kilopy/greeter/main.py --serve\n');
  expect(usual.told).toContain('respawn 3600 5 0\n');
  const hostile = runInit(script, { greeting: 'a\\\'; import os #\n"$(id)"', port: '80; rm', loud: '0' }, scratch());
  expect(hostile.config).toMatch(/^GREETING = 'a\\\\\\'; import os # "\$\(id\)"'\n/u);
  expect(hostile.config).toContain('PORT = 8080\nLOUD = False\n');
  expect(hostile.config.split('\n')).toHaveLength(5);
  // What Python would not read, or read as something else, is no number either.
  const port = (text: string): string | undefined =>
    /^PORT = .*$/mu.exec(runInit(script, { port: text }, scratch()).config)?.[0];
  expect(['-', '1-2', '--1', '007', '-5', '0'].map(port)).toEqual([
    ...Array.from({ length: 4 }, () => 'PORT = 8080'),
    'PORT = -5',
    'PORT = 0',
  ]);
});

test('the same application gives the same bytes, and without keys that is said', async () => {
  const folder = project();
  const env = { ...deadNetwork, SOURCE_DATE_EPOCH: '1700000000' };
  const outputs = [scratch(), scratch()];
  for (const out of outputs) {
    const words = ['build', '.', '--base', 'debian', '--offline', '--output', 'openwrt-service', '--out-dir', out];
    const { status, stderr } = await runCli(words, { cwd: folder, env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('the indexes are not signed') });
  }
  const [first = '', second = ''] = outputs;
  for (const name of readdirSync(first)) {
    expect(readFileSync(join(first, name)).equals(readFileSync(join(second, name))), name).toBe(true);
  }
});

test('keys that come, change or lack one are no earlier build again', async () => {
  const folder = project();
  const keys = scratch();
  const build = async (place: string | undefined): Promise<string> => {
    const env = { ...deadNetwork, KILOPY_OPENWRT_KEYS: place, SOURCE_DATE_EPOCH: '1700000000' };
    const words = ['build', '.', '--base', 'debian', '--offline', '--output', 'openwrt-service'];
    const built = await runCli(words, { cwd: folder, env });
    expect(built).toMatchObject({ status: 0 });
    return built.stderr;
  };
  expect(await build(undefined)).toContain('the indexes are not signed: KILOPY_OPENWRT_KEYS names no folder');
  expect(await build(join(keys, 'gone'))).toMatch(
    /the indexes are not signed: .*gone .* has no key-build and no private/u,
  );
  expect(await runCli(['feed', 'key', 'key-build', '--type', 'usign'], { cwd: keys })).toMatchObject({ status: 0 });
  expect(await build(keys)).toContain('packages.adb is not signed');
  const first = readFileSync(join(folder, 'dist/Packages.sig'), 'utf8');
  rmSync(join(keys, 'key-build'));
  rmSync(join(keys, 'key-build.pub'));
  for (const words of [
    ['key-build', '--type', 'usign'],
    ['private-key', '--type', 'ec'],
  ]) {
    expect(await runCli(['feed', 'key', ...words], { cwd: keys })).toMatchObject({ status: 0 });
  }
  expect(await build(keys)).not.toContain('not signed');
  expect(readFileSync(join(folder, 'dist/Packages.sig'), 'utf8')).not.toBe(first);
  const index = await runCli(['inspect', 'dist/packages.adb', '--json'], { cwd: folder });
  expect(index.stdout).toContain('"signatures"');
}, 300_000);
