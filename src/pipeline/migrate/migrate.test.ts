import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { dockerfileCases } from '../../../test/support/dockerfiles.ts';
import { createContext } from '../../io/create-context.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { readSpec } from '../../spec/read-spec.ts';
import { migrate, type MigrateRequest, type MigrateResult } from './migrate.ts';
import type { Note } from './stage-state.ts';

function contextFolder(dockerfile: string, files: Readonly<Record<string, string>>): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'kilopy-migrate-')), 'greeter');
  onTestFinished(() => rmSync(dirname(folder), { recursive: true }));
  for (const [path, text] of Object.entries({ ...files, Dockerfile: dockerfile })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

async function migrated(folder: string, request: Partial<MigrateRequest> = {}): Promise<MigrateResult> {
  return await migrate(createContext({ cwd: folder }), { path: folder, buildArgs: {}, force: false, ...request });
}

async function refusal(
  dockerfile: string,
  files: Readonly<Record<string, string>> = {},
  request: Partial<MigrateRequest> = {},
): Promise<KilopyError> {
  const error: unknown = await migrated(contextFolder(dockerfile, files), request).catch((caught: unknown) => caught);
  if (error instanceof KilopyError) return error;
  throw new Error(`not refused: ${String(error)}`);
}

/** As long as what is expected of each. */
function beginnings(full: readonly string[], begin: readonly string[]): string[] {
  return full.map((text, at) => text.slice(0, begin[at]?.length));
}

const host = { arch: 'x64', byteOrder: 'little' as const };

test.each(dockerfileCases)('$title', async ({ dockerfile, files, folder = '', spec, lost, changed }) => {
  const context = contextFolder(dockerfile, files);
  const result = await migrated(context);
  expect(result.folder).toBe(join(context, folder));
  const said = (kind: Note['kind']): string[] =>
    result.notes.filter((note) => note.kind === kind).map(({ line, what }) => `${String(line)}: ${what}`);
  expect(beginnings(said('lost'), lost)).toEqual(lost);
  expect(beginnings(said('changed'), changed)).toEqual(changed);

  const lowered = await readSpec(createContext({ cwd: context }), result.folder, {}, host);
  expect(lowered.name).toBe('greeter');
  expect(lowered).toMatchObject(spec);
  // What got lost stands in the file, so that whoever reads it later knows.
  const text = readFileSync(result.path, 'utf8');
  const places = lost.map((begin) => `#   Dockerfile:${begin.replace(/:.*/u, '')}: `);
  expect(places.filter((place) => !text.includes(place))).toEqual([]);
});

test('variables are given on the command line, and a stage is chosen', async () => {
  const dockerfile =
    'ARG V=3.24\nFROM alpine:$V AS app\nARG WHO=world\nENV WHO=$WHO\nRUN apk add micropython\nCOPY main.py /app/\nCMD ["micropython","/app/main.py"]\nFROM app AS debug\nENV DEBUG=1\n';
  const folder = contextFolder(dockerfile, { 'main.py': '' });
  const { text } = await migrated(folder, { stage: 'app', buildArgs: { WHO: 'moon', V: 'edge' } });
  expect(text).toContain('release: edge');
  expect(text).toContain('WHO: moon');
  expect(text).not.toContain('DEBUG');
  expect((await migrated(folder, { force: true })).text).toContain('DEBUG: "1"');
});

const runtime = 'FROM micropython/unix\n';
const start = 'COPY main.py /app/\nCMD ["micropython","/app/main.py"]\n';

/** docs.docker.com/reference/dockerfile. */
test.each<[string, string, readonly string[], readonly string[]]>([
  ['<<- takes tabs away', `${runtime}COPY <<-EOF /etc/a\n\t\tx\nEOF\n${start}`, ['content: |\n      x\n'], ['\t']],
  [
    'a heredoc for python3',
    `${runtime}RUN python3 <<EOF\nprint(1)\nEOF\n${start}`,
    ['RUN python3 <<EOF'],
    ['RUN print'],
  ],
  ['a heredoc for sh', `${runtime}RUN <<EOF sh -e\nmkdir /data\nEOF\n${start}`, ['/data:'], ['Not carried']],
  [
    'a folder that several COPY of a stage make',
    `FROM alpine AS a\nCOPY x.txt /d/x.txt\nCOPY x.txt /d/e/y.txt\n${runtime}COPY --from=0 /d/ /data/\n${start}`,
    ['/data/x.txt: x.txt', '/data/e/y.txt: x.txt'],
    ['Not carried'],
  ],
  ['--parents', `${runtime}COPY --parents sub/z.txt /srv/\n${start}`, ['/srv/sub/z.txt: sub/z.txt'], []],
  ['--exclude', `${runtime}COPY --exclude=*.md sub /srv\n${start}`, ['what --exclude=*.md keeps out is copied'], []],
  ['symbolic modes', `${runtime}COPY --chmod=u+x x.txt /srv/\n${start}`, ['only octal modes'], ['mode:']],
  [
    'a script that starts what is behind it',
    `${runtime}COPY run.sh /\nENTRYPOINT ["/run.sh"]\n${start}`,
    ['no shell in the image to run the script', 'workdir: /'],
    ['entry:'],
  ],
  ['"$@" of a shell form', `${runtime}COPY main.py /app/\nCMD exec micropython /app/main.py "$@"\n`, [], ['args']],
  [
    'a variable of BuildKit',
    `${runtime}RUN echo $TARGETARCH > /arch\n${start}`,
    ['$TARGETARCH has no value'],
    ['/arch:'],
  ],
  [
    'a variable before the program',
    'FROM alpine\nCOPY main.py /a/\nCMD MODE=dev micropython /a/main.py\n',
    ['MODE: dev'],
    [],
  ],
  [
    'an image that nobody here knows',
    `FROM ghcr.io/me/base:1\n${start}`,
    ['base: {image: ghcr.io/me/base:1} builds on it'],
    [],
  ],
  [
    'MicroPython compiled in its own folder',
    `FROM alpine\nRUN git clone https://github.com/micropython/micropython && cd micropython/ports/unix && make && cp build-standard/micropython /usr/bin/\n${start}`,
    ['base: static'],
    ['Not carried'],
  ],
  ['a release behind a package', `FROM debian\nRUN apt-get install -y micropython jq/stable\n${start}`, ['- jq\n'], []],
])('%s', async (_title, dockerfile, has, hasNot) => {
  const files = { 'main.py': '', 'x.txt': '', 'sub/z.txt': '', 'run.sh': '' };
  const { text } = await migrated(contextFolder(dockerfile, files));
  expect(has.filter((part) => !text.includes(part))).toEqual([]);
  expect(hasNot.filter((part) => text.includes(part))).toEqual([]);
});

test('an existing kilopy.yaml stays, unless --force is said', async () => {
  const folder = contextFolder('FROM scratch\nCOPY main.py /app/\nCMD ["micropython","/app/main.py"]\n', {
    'main.py': '',
    'kilopy.yaml': 'name: mine\n',
  });
  await expect(migrated(folder)).rejects.toMatchObject({ code: 'KP2352' });
  expect(readFileSync(join(folder, 'kilopy.yaml'), 'utf8')).toBe('name: mine\n');
  expect((await migrated(folder, { force: true })).text).toContain('name: greeter');
});

test.each([
  ['an unknown instruction, with the nearest one', 'FROM scratch\nCOPPY a b\nRUNN x\n', 'KP2351', 2],
  ['nothing before FROM', 'RUN true\nFROM scratch\n', 'KP2351', 1],
  ['no FROM', '# nothing\n', 'KP2351', undefined],
  ['a heredoc without an end', 'FROM scratch\nRUN <<EOF\ntrue\nCMD ["micropython"]\n', 'KP2351', 2],
  ['FROM with too many words', 'FROM a b c\n', 'KP2351', 1],
  ['no program', 'FROM alpine\nRUN apk add micropython\nCMD ["micropython"]\n', 'KP2353', 3],
  ['a program in the Dockerfile', 'FROM alpine\nCMD ["micropython","-c","print(1)"]\n', 'KP2353', 2],
  [
    'a program that a command makes',
    'FROM alpine\nRUN echo "print(1)" > /app/main.py\nCMD ["micropython","/app/main.py"]\n',
    'KP2353',
    3,
  ],
  [
    'a program that .dockerignore keeps out',
    'FROM alpine\nCOPY . /app\nCMD ["micropython","/app/gone.py"]\n',
    'KP2353',
    3,
  ],
] as const)('refused: %s', async (_title, dockerfile, code, line) => {
  const error = await refusal(dockerfile, { 'gone.py': '', '.dockerignore': 'gone.py\n' });
  expect(error.code).toBe(code);
  expect((error.where as { readonly line?: number }).line).toBe(line);
});

test('all faults are reported together, with a suggestion', async () => {
  const { fix, others } = await refusal('FROM scratch\nCOPPY a b\nENVV x\n');
  expect(fix).toContain('COPY');
  expect(others.map(({ message }) => message)).toEqual(['a Dockerfile has no instruction ENVV']);
});

test('no Dockerfile, no stage', async () => {
  const folder = contextFolder('FROM scratch AS a\nFROM a\n', {});
  await expect(migrated(folder, { path: join(folder, 'nowhere') })).rejects.toMatchObject({ code: 'KP2350' });
  await expect(migrated(folder, { stage: 'b' })).rejects.toMatchObject({ code: 'KP2354', fix: 'it has a, 1' });
});
