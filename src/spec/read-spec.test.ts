import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatLocation, KilopyError } from '../errors/kilopy-error.ts';
import type { Context } from '../io/context.ts';
import { nodeFileSystem } from '../io/file-system.ts';
import type { KilopyEvent } from '../values/events.ts';
import type { SpecOverrides } from './overrides.ts';
import { readSpec } from './read-spec.ts';
import type { Spec } from './spec.ts';

const host = { arch: 'x64', byteOrder: 'little' } as const;

async function read(
  file: string | Uint8Array | undefined,
  overrides: SpecOverrides = {},
  events: KilopyEvent[] = [],
): Promise<Spec> {
  const cwd = mkdtempSync(join(tmpdir(), 'kilopy-spec-'));
  const folder = join(cwd, 'Greeter App');
  mkdirSync(folder);
  if (file !== undefined) writeFileSync(join(folder, 'kilopy.yaml'), file);
  const ctx = {
    fs: nodeFileSystem,
    cwd: folder,
    emit: (event: KilopyEvent) => events.push(event),
  } as unknown as Context;
  return readSpec(ctx, '.', overrides, host);
}

/** `CODE place message` of each fault. */
async function faults(
  file: string | Uint8Array | undefined,
  overrides: SpecOverrides = {},
): Promise<readonly string[]> {
  try {
    await read(file, overrides);
  } catch (error) {
    if (!(error instanceof KilopyError)) throw error;
    return [error, ...error.others].map(
      ({ code, where, message, fix }) =>
        `${code} ${where === undefined ? '' : formatLocation(where)} ${message} | ${String(fix)}`,
    );
  }
  return [];
}

test.each([undefined, '', '# nothing\n', '\ufeff', '---\n', 'packages:\nbase:\n'])('defaults: %j', async (file) => {
  const events: KilopyEvent[] = [];
  const { folder, file: path, base, targets, ...rest } = await read(file, {}, events);
  expect(folder).toMatch(/Greeter App$/);
  expect(path === undefined).toBe(file === undefined);
  expect(base).toEqual({
    name: 'static',
    settings: { variant: 'small', keys: [], allowUntrusted: false },
    where: undefined,
  });
  expect(targets.map(({ name }) => name)).toEqual(['linux/amd64']);
  expect(rest).toEqual({
    name: 'greeter-app',
    app: { entry: 'main.py', entryWhere: undefined, include: ['**'], exclude: [], args: [] },
    packages: [],
    files: [],
    env: {},
    user: { name: 'nonroot', uid: 65_532, gid: 65_532 },
    workdir: '/app',
    ports: [],
    annotations: {},
    feeds: [],
    slim: 'closure',
    debug: false,
    licences: false,
    outputs: ['oci'],
    budget: [],
  });
  expect(events).toMatchObject([{ type: 'note', text: expect.stringContaining('greeter-app') as string }]);
});

const full = `
name: bridge
app: {entry: ./src/../main.py, exclude: [notes/**], args: [--port, 8080, on, true, 1.10]}
base:
  debian: {suite: sid, mirror: 'http://mirror.example.org/debian/', snapshot: 2026-01-31, allowExpired: true, keys: [k.asc]}
targets: [armel, 'amd64, 386']
packages: [tzdata (>= 2025), 'a | b']
files:
  /etc/motd: {content: "hi", mode: 0600, uid: 7}
  etc//conf.d/: assets
  /data: {directory: true, mode: 1777}
  /tmp: {symlink: data}
env: &env {PORT: 8080, DEBUG: yes, NONE: "", V: 1.10, OCTAL: 0o17}
annotations: {<<: *env, PORT: other}
user: {name: bridge, uid: 1000, gid: 20}
workdir: /data/
ports: [8080, 8080/tcp, 53/UDP]
feeds: [{name: own, url: "https://example.org/debian", suite: 12}]
slim: none
licences: true
debug: true
outputs: tar.gz
`;

test('every key', async () => {
  const spec = await read(full.replaceAll('\n', '\r\n'));
  expect(spec).toMatchObject({
    name: 'bridge',
    app: { entry: 'main.py', exclude: ['notes/**'], args: ['--port', '8080', 'on', 'true', '1.10'] },
    base: {
      settings: {
        suite: 'sid',
        mirror: 'http://mirror.example.org/debian',
        snapshot: '20260131T000000Z',
        allowExpired: true,
        keys: [join(spec.folder, 'k.asc')],
      },
    },
    packages: [
      { text: 'tzdata (>= 2025)', where: { file: 'kilopy.yaml', line: 7, column: 12 } },
      { text: 'a | b', where: { line: 7, column: 30 } },
    ],
    env: { PORT: '8080', DEBUG: 'yes', NONE: '', V: '1.10', OCTAL: '0o17' },
    annotations: { PORT: 'other', V: '1.10' },
    user: { name: 'bridge', uid: 1000, gid: 20 },
    workdir: '/data',
    ports: [
      { port: 8080, protocol: 'tcp' },
      { port: 53, protocol: 'udp' },
    ],
    feeds: [
      {
        name: 'own',
        kind: 'deb',
        url: 'https://example.org/debian',
        suite: '12',
        components: ['main'],
        allowUntrusted: false,
      },
    ],
    slim: 'none',
    debug: true,
    licences: true,
    outputs: ['tar.gz'],
    budget: [],
  });
  expect(spec.targets.map(({ name }) => name)).toEqual(['linux/arm/v5', 'linux/amd64', 'linux/386']);
  expect(spec.files).toEqual([
    {
      type: 'file',
      path: 'etc/motd',
      mode: 0o600,
      uid: 7,
      gid: 0,
      from: { kind: 'content', text: 'hi' },
      where: { file: 'kilopy.yaml', line: 9, column: 3 },
    },
    {
      type: 'file',
      path: 'etc/conf.d',
      mode: undefined,
      uid: 0,
      gid: 0,
      from: { kind: 'source', path: join(spec.folder, 'assets') },
      where: { file: 'kilopy.yaml', line: 10, column: 3 },
    },
    {
      type: 'directory',
      path: 'data',
      mode: 0o1777,
      uid: 0,
      gid: 0,
      where: { file: 'kilopy.yaml', line: 11, column: 3 },
    },
    {
      type: 'symlink',
      path: 'tmp',
      target: 'data',
      uid: 0,
      gid: 0,
      where: { file: 'kilopy.yaml', line: 12, column: 3 },
    },
  ]);
});

test.each<[string, readonly string[]]>([
  ['nmae: x', ['KP2002 kilopy.yaml:1:1 unknown key "nmae" | did you mean name?']],
  ['name: x\nentrypoint: y', ['KP2002 kilopy.yaml:2:1 unknown key "entrypoint" | kilopy\'s word for it is app.entry']],
  ['app: {entyr: y}', ['KP2002 kilopy.yaml:1:7 unknown key "entyr" in app | did you mean entry?']],
  ['files: {/a: {contnet: x}}', ['KP2002 kilopy.yaml:1:14 unknown key "contnet" in files./a | did you mean content?']],
  ['base: debain', ['KP2006 kilopy.yaml:1:7 unknown base "debain" | did you mean debian?']],
  ['base:\n  debain: {}', ['KP2006 kilopy.yaml:2:3 unknown base "debain" | did you mean debian?']],
  [
    'base: {suite: sid}',
    ['KP2006 kilopy.yaml:1:8 base has "suite" without a name around it | write base: {debian: {suite: ...}}'],
  ],
  [
    'base: {static: {variant: smal}}',
    ['KP2003 kilopy.yaml:1:26 base.static.variant must be one of floor, small, tls, full'],
  ],
  ['base: {debian: {siute: x}}', ['KP2002 kilopy.yaml:1:17 unknown key "siute" in base.debian | did you mean suite?']],
  ['base: {debian: {snapshot: 2026-02-30}}', ['KP2003 kilopy.yaml:1:27 "2026-02-30" is no date']],
  ['base: {debian: {mirror: mirror.example.org}}', ['KP2003 kilopy.yaml:1:25 "mirror.example.org" is not a URL']],
  ['base: {debian: , alpine: }', ['KP2011 kilopy.yaml:1:18 base names debian and alpine']],
  ['base: {alpine: {release: trixie}}', ['KP2003 kilopy.yaml:1:26 "trixie" is no release']],
  ['base: {alpine: {suite: v3.24}}', ['KP2002 kilopy.yaml:1:17 unknown key "suite" in base.alpine']],
  ['base: {image: "alpine :3"}', ['KP2003 kilopy.yaml:1:15 "alpine :3" names no image']],
  ['base: {image: "alpine:3", static: {}}', ['KP2011 kilopy.yaml:1:27 packages for an image do not come from static']],
  ['base: {image: "alpine:3", debian: {suite: "a b"}}', ['KP2003 kilopy.yaml:1:']],
  ['targets: armhf', ['KP2005 kilopy.yaml:1:10 the target "armhf" has more than one meaning']],
  [
    'targets: [amd64, amd46, mips]\nbase: debian',
    ['KP2004 kilopy.yaml:1:18 unknown target "amd46"', 'KP2008 kilopy.yaml:1:25 the base debian has no linux/mips'],
  ],
  ['targets: [amd64, s390x]', ['KP2008 kilopy.yaml:1:18 the base static has no linux/s390x | ']],
  ['targets: []', ['KP2003 kilopy.yaml:1:10 targets must not be empty']],
  [
    'outputs: [docker, tar.gx]',
    [
      'KP2009 kilopy.yaml:1:11 unknown output "docker"',
      'KP2009 kilopy.yaml:1:19 unknown output "tar.gx" | did you mean tar.gz?',
    ],
  ],
  ['outputs: 5', ['KP2003 kilopy.yaml:1:10 outputs must be text or a list, and is 5']],
  [
    'slim: closur',
    ['KP2003 kilopy.yaml:1:7 slim must be one of closure, packages, none, and is "closur" | did you mean closure?'],
  ],
  ['licences: maybe', ['KP2003 kilopy.yaml:1:11 licences must be true or false, and is text']],
  ['name: Hello World', ['KP2003 kilopy.yaml:1:7 "Hello World" cannot be the name of an image | write hello-world']],
  ['env: {A: null}', ['KP2003 kilopy.yaml:1:10 env.A must be text, and is empty']],
  ['env: {1B: x}', ['KP2003 kilopy.yaml:1:7 "1B" cannot be an environment variable']],
  [
    'ports: ["80:80", 0, 65536]',
    ['KP2003 kilopy.yaml:1:9 "80:80" is not a port', 'KP2003 kilopy.yaml:1:18', 'KP2003 kilopy.yaml:1:21'],
  ],
  ['user: bob', ['KP2003 kilopy.yaml:1:7 "bob" is not a user']],
  ['user: {name: bob, uid: 0}', ['KP2011 kilopy.yaml:1:7']],
  ['user: {name: bob}', ['KP2003 kilopy.yaml:1:7 user has no "uid"']],
  ['workdir: data', ['KP2003 kilopy.yaml:1:10 workdir must be an absolute path, and is "data" | write /app/data']],
  ['app: {entry: ../x.py}', ['KP2003 kilopy.yaml:1:14 "../x.py" is not a file inside the folder']],
  ['files: {/a: {source: x, content: y}}', ['KP2011 kilopy.yaml:1:25 files: /a has source and content']],
  ['files: {/a: {}}', ['KP2011 kilopy.yaml:1:9 files: /a has no content']],
  ['files: {/../a: x, /: y}', ['KP2003 kilopy.yaml:1:9 "/../a"', 'KP2003 kilopy.yaml:1:19 "/"']],
  ['files: {/a: {content: x, mode: 0888}}', ['KP2003 kilopy.yaml:1:32 "0888" is not a mode']],
  ['files: {/a: {symlink: x, mode: 0777}}', ['KP2011 kilopy.yaml:1:32']],
  ['feeds: [{url: x}]', ['KP2003 kilopy.yaml:1:9 feeds[0] has no "name"']],
  [
    'feeds: [{name: debian, url: "http://x"}]',
    ['KP2003 kilopy.yaml:1:16 a feed cannot be called "debian": the name is taken'],
  ],
  ['feeds: [{name: a, kind: apk, url: "http://x"}]\nbase: debian', ['KP2007 kilopy.yaml:1:25']],
  ['- a', ['KP2003 kilopy.yaml:1:1 kilopy.yaml must be a mapping of keys to values, and is a list']],
  ['hello', ['KP2003 kilopy.yaml:1:1 kilopy.yaml must be a mapping of keys to values, and is text']],
  [
    'name: a\nname: b\nfoo: 1',
    ['KP2010 kilopy.yaml:2:1 the key "name" is given twice', 'KP2002 kilopy.yaml:3:1 unknown key "foo"'],
  ],
  ['env:\n\tA: b', ['KP2001 kilopy.yaml:2:1 not valid YAML: tabs are not allowed as indentation | indent with spaces']],
  ['name: "abc', ['KP2001 kilopy.yaml:1:11']],
  ['name: !foo x', ['KP2001 kilopy.yaml:1:7 not valid YAML: unresolved tag: !foo']],
  ['name: a\n---\nname: b', ['KP2001 kilopy.yaml:2:1 not valid YAML: a second document begins here']],
  ['env: &a [*a]', ['KP2001 kilopy.yaml:1:9 the document is nested too deeply']],
  ['? [a]\n: b', ['KP2001 kilopy.yaml:1:3 a key must be plain text']],
  ['__proto__: {name: x}', ['KP2002 kilopy.yaml:1:1 unknown key "__proto__"']],
  ['constructor: 1', ['KP2002 kilopy.yaml:1:1 unknown key "constructor"']],
])('%j', async (file, expected) => {
  const found = await faults(file);
  expect(found.map((fault, index) => fault.slice(0, expected[index]?.length ?? 0))).toEqual(expected);
});

test('faults of many keys come together, from top to bottom', async () => {
  const file = 'nmae: x\ntargets: armhf\nbase: debain\nslim: x\nports: [a]\nuser: bob\n';
  expect((await faults(file)).map((fault) => fault.split(' ').slice(0, 2).join(' '))).toEqual([
    'KP2002 kilopy.yaml:1:1',
    'KP2005 kilopy.yaml:2:10',
    'KP2006 kilopy.yaml:3:7',
    'KP2003 kilopy.yaml:4:7',
    'KP2003 kilopy.yaml:5:9',
    'KP2003 kilopy.yaml:6:7',
  ]);
});

test('aliases cannot blow the document up', async () => {
  const rows = Array.from({ length: 12 }, (_, index) => {
    const inner = index === 0 ? 'x' : Array.from({ length: 10 }, () => `*a${String(index - 1)}`).join(', ');
    return `a${String(index)}: &a${String(index)} [${inner}]`;
  });
  expect(await faults(rows.join('\n'))).toEqual([expect.stringMatching(/^KP2001 .*repeat too much/)]);
});

test.each([Buffer.from([0x6e, 0xff, 0x3a]), Buffer.from('name: x', 'utf16le')])(
  'bytes that are not UTF-8',
  async (bytes) => {
    expect(await faults(bytes)).toEqual(['KP2001 kilopy.yaml the file is not text in UTF-8 | save it as UTF-8']);
  },
);

test('options win over the file, and packages, env and settings of the same base add up', async () => {
  const file =
    'name: a\nbase: {debian: {suite: bookworm, mirror: "https://example.org/debian"}}\npackages: [z]\nenv: {A: 1, B: 2}\noutputs: dir';
  const overrides: SpecOverrides = {
    name: 'b',
    suite: 'sid',
    packages: 'x, y',
    env: ['A=b=c'],
    output: 'tar,oci,tar',
    args: ['1'],
  };
  const spec = await read(file, { ...overrides, target: 'riscv64' });
  expect(spec).toMatchObject({ name: 'b', env: { A: 'b=c', B: '2' }, outputs: ['tar', 'oci'], app: { args: ['1'] } });
  expect(spec.base.settings).toMatchObject({ suite: 'sid', mirror: 'https://example.org/debian' });
  expect(spec.packages.map(({ text, where }) => `${text} ${formatLocation(where!)}`)).toEqual([
    'z kilopy.yaml:3:12',
    'x --packages',
    'y --packages',
  ]);
  expect(spec.targets.map(({ name }) => name)).toEqual(['linux/riscv64']);
});

test.each<[SpecOverrides, string]>([
  [{ target: 'amd46' }, 'KP2004 --target unknown target "amd46" | did you mean linux/amd64?'],
  [{ target: '' }, 'KP2004 --target no target is given'],
  [{ output: 'oci,docker' }, 'KP2009 --output unknown output "docker"'],
  [
    { slim: 'clojure' },
    'KP2003 --slim slim must be one of closure, packages, none, and is "clojure" | did you mean closure?',
  ],
  [{ base: 'alpin' }, 'KP2006 --base unknown base "alpin" | did you mean alpine?'],
  [{ base: 'image:' }, 'KP2003 --base "" names no image'],
  [{ base: 'image:x', suite: 'sid' }, 'KP2011 --suite --suite does not go with a base that is an image'],
  [{ env: ['A'] }, 'KP2003 --env "A" is not KEY=VALUE | write --env A=VALUE'],
  [{ base: 'debian', snapshot: 'yesterday' }, 'KP2003 --snapshot "yesterday" is no date'],
  [
    { suite: 'sid' },
    'KP2011 --suite --suite does not go with the base static | with static, choose from --snapshot; --base debian',
  ],
  [{ snapshot: 'yesterday' }, 'KP2003 --snapshot "yesterday" is no date'],
  [{ name: 'A B' }, 'KP2003 --name "A B" cannot be the name of an image | write a-b'],
  [{ entry: '/main.py' }, 'KP2003 --entry "/main.py" is not a file inside the folder'],
])('an option with a fault is named: %j', async (overrides, expected) => {
  const found = await faults('name: fine', overrides);
  expect(found.map((fault) => fault.slice(0, expected.length))).toEqual([expected]);
});

test('folders that are none, and configuration files with another name', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'kilopy-spec-'));
  writeFileSync(join(cwd, 'main.py'), '');
  const ctx = { fs: nodeFileSystem, cwd, emit: () => undefined } as unknown as Context;
  await expect(readSpec(ctx, 'nothing', {}, host)).rejects.toMatchObject({ code: 'KP2012', exitCode: 2 });
  await expect(readSpec(ctx, 'main.py', {}, host)).rejects.toMatchObject({ code: 'KP2012', fix: 'give its folder: .' });
  writeFileSync(join(cwd, 'kilopy.yml'), '');
  await expect(readSpec(ctx, '.', {}, host)).rejects.toMatchObject({ code: 'KP2013' });
});
