import { expect, test } from 'vitest';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { parseApkoArchitectures } from './architectures.ts';
import { apkoJson, apkoYaml } from './encode.ts';
import { mergeApkoConfigs } from './merge.ts';
import { parseApkoConfig } from './read-config.ts';
import { shellWords } from './shell-words.ts';

function parse(text: string): ReturnType<typeof parseApkoConfig>['config'] {
  return parseApkoConfig(Buffer.from(text), 'apko.yaml').config;
}

function faults(text: string): readonly string[] {
  try {
    parse(text);
    return [];
  } catch (error) {
    if (!(error instanceof KilopyError)) throw error;
    return [error, ...error.others].map(({ code, message }) => `${code} ${message}`);
  }
}

test.each([
  ['contents: {pakages: [a]}', ['KP2101 unknown key "pakages" in contents']],
  ['contents: {packages: a}\nnope: 1', ['KP2102 contents.packages must be a list', 'KP2101 unknown key "nope"']],
  ['entrypoint: {type: service-bundle}', ['KP2107 service bundles']],
  ['format: erofs', ['KP2107 layers in the EROFS format']],
  ['accounts: {users: [{username: me}]}', ['KP2102 the user me has uid 0']],
  ['accounts: {users: [{username: me, uid: -1}]}', ['KP2102 accounts.users[0].uid must be a number']],
  ['paths: [{path: /a, type: file}]', ['KP2102 the file /a has no content']],
  ['paths: [{path: /a, type: symlink, source: b, content: x}]', ['KP2102 content goes with type: file only']],
  ...['/**', '*', '?*', '*?*/**', '/', '.', '', '*/?*', '{*,etc}'].map((pattern): [string, string[]] => [
    `contents: {exclude: [${JSON.stringify(pattern)}]}`,
    [`KP2102 ${JSON.stringify(pattern)} would leave out everything`],
  ]),
  [
    'contents: {exclude: [a, "..", "/etc/../usr"]}',
    ['KP2102 ".." leads upwards', 'KP2102 "/etc/../usr" leads upwards'],
  ],
  ['paths: [{path: /a, type: copy}]', ['KP2102 copy is no type of paths']],
  ['paths: [{path: /a, type: directory, permissions: 0o70000}]', ['KP2102 paths[0].permissions must be a number']],
  ['layering: {strategy: size, budget: 2}', ['KP2102 "size" is no layering strategy']],
  ['archs: [sparc]', ['KP2103 unknown architecture "sparc"']],
  ['cmd: x\ncontents: {baseimage: {image: a, apkindex: b}}', ['KP2102 cmd does not go with contents.baseimage']],
  ['certificates: {additional: [{name: ../x, content: y}]}', ['KP2102 "../x" cannot be its name']],
  [
    'contents: {runtime_keyring: [{name: a, content: b}, {name: a, content: b}]}',
    ['KP2102 runtime_keyring has a twice'],
  ],
  ['a: [', ['KP2001 not valid YAML']],
  ['contents:\ncmd:\n', []],
])('apko.yaml %j', (text, expected) => {
  const found = faults(text);
  expect(found.map((fault, i) => fault.slice(0, expected[i]?.length))).toEqual(expected);
});

test('numbers are read as Go reads them, texts as they are written', () => {
  const config = parse(
    'paths: [{path: /a, type: directory, permissions: 0755, uid: 0}]\ncmd: 010\nenvironment: {A: yes, B: 1.10}\n',
  );
  expect(config.paths?.[0]).toMatchObject({ permissions: 0o755, uid: 0 });
  expect(config.cmd).toBe('010');
  expect(config.environment).toEqual({ A: 'yes', B: '1.10' });
});

test('the configuration is written as Go writes it', () => {
  const config = parse(
    'environment: {B: "<&>", A: x}\npaths: [{path: /a, type: directory, uid: 0}]\narchs: [x86_64]\ncontents: {packages: [b]}',
  );
  expect(apkoJson(config)).toBe(
    '{"contents":{"packages":["b"]},"entrypoint":{},"accounts":{},"archs":["amd64"],"environment":{"A":"x","B":"\\u003c\\u0026\\u003e"},' +
      '"paths":[{"path":"/a","type":"directory","uid":0}]}',
  );
  expect(parse(apkoYaml(config))).toEqual(config);
});

test('an included file comes first in lists, and gives way in all else', () => {
  const included = parse('contents: {packages: [a]}\ncmd: one\nenvironment: {A: "1", B: "1"}\nvcs-url: x@y');
  const merged = mergeApkoConfigs(included, parse('contents: {packages: [b]}\nenvironment: {B: "2"}'));
  expect(merged).toEqual(parse('contents: {packages: [a, b]}\ncmd: one\nenvironment: {A: "1", B: "2"}'));
});

test.each([
  [`/bin/sh -c "a \\"b\\" c" 'd\\e' f\\ g`, ['/bin/sh', '-c', 'a "b" c', 'd\\e', 'f g']],
  ['a "" b # rest', ['a', '', 'b']],
  ['', []],
])('words of %j', (text, words) => {
  expect(shellWords(text, 'cmd')).toEqual(words);
});

test('quotes that are not closed are refused', () => {
  expect(() => shellWords('a "b', 'cmd')).toThrow(expect.objectContaining({ code: 'KP2104' }));
});

test('architectures by any of their names, each once, host and all', () => {
  expect(parseApkoArchitectures(['x86_64', 'amd64', 'aarch64'], 'x64').map(({ name }) => name)).toEqual([
    'amd64',
    'arm64',
  ]);
  expect(parseApkoArchitectures(['host'], 'arm64').map(({ apk }) => apk)).toEqual(['aarch64']);
  expect(parseApkoArchitectures(['all'], 'x64')).toHaveLength(9);
});
