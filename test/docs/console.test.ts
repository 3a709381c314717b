import { chmodSync, cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkout, runProgram, scratch, testStore } from '../support/cli.ts';
import { consoleCommands, fencedBlocks, missingLines, type ConsoleCommand } from '../support/console-blocks.ts';
import { startRecordedMirror, type RecordedMirror } from '../support/recorded-mirror.ts';

/**
 * Every ```console block of the pages runs, in order, in one folder a page: as a reader would who has a checkout. The
 * network is a proxy that knows only the signed indexes of the test store, so that everything else must be stored.
 */

const pages = ['README.md', ...readdirSync(join(checkout, 'docs')).map((name) => `docs/${name}`)].filter((path) =>
  path.endsWith('.md'),
);
/** Pages for reading; all others teach by commands. */
const references: ReadonlySet<string> = new Set([
  'docs/commands.md',
  'docs/errors.md',
  'docs/extending.md',
  'docs/how-it-works.md',
  'docs/init.md',
  'docs/kilopy-yaml.md',
  'docs/micropython-tests.md',
  'docs/single-file.md',
  'docs/tls.md',
]);

let mirror: RecordedMirror;

beforeAll(async () => {
  mirror = await startRecordedMirror();
});

afterAll(async () => {
  await mirror.close();
});

interface Step extends ConsoleCommand {
  readonly line: number;
  readonly exit: number;
}

function steps(page: string): Step[] {
  const blocks = fencedBlocks(readFileSync(join(checkout, page), 'utf8'));
  return blocks
    .filter(({ language }) => language === 'console')
    .flatMap((block) => {
      const commands = consoleCommands(block);
      const exit = Number(block.flags.find((flag) => flag.startsWith('exit='))?.slice('exit='.length) ?? 0);
      // The status is that of the last command of a block.
      return commands.map((command, i) => ({
        ...command,
        line: block.line,
        exit: i === commands.length - 1 ? exit : 0,
      }));
    });
}

/** A folder as a checkout looks to the commands of a page: `./kilopy`, `kilopy` on PATH, `examples/`. */
function reader(): { readonly folder: string; readonly env: Readonly<Record<string, string>> } {
  const root = scratch();
  const folder = join(root, 'kilopy');
  const programs = join(root, 'bin');
  for (const path of [folder, programs]) mkdirSync(path);
  // `kilopy demo` works on the examples of its own checkout, and what somebody locked there is no business of a test.
  const copy = join(root, 'checkout');
  for (const part of ['build', 'device', 'examples', 'package.json']) {
    cpSync(join(checkout, part), join(copy, part), { recursive: true, filter: isOfRepository });
  }
  symlinkSync(join(checkout, 'node_modules'), join(copy, 'node_modules'));
  const script = `#!/bin/sh\nexec '${process.execPath}' '${join(copy, 'build/cli/bin.js')}' "$@"\n`;
  for (const path of [join(folder, 'kilopy'), join(programs, 'kilopy')]) {
    writeFileSync(path, script);
    chmodSync(path, 0o755);
  }
  cpSync(join(copy, 'examples'), join(folder, 'examples'), { recursive: true });
  const env = {
    ...mirror.env,
    KILOPY_CACHE: testStore,
    KILOPY_ATTEMPTS: '1',
    HTTPS_PROXY: mirror.env['HTTP_PROXY'] ?? '',
    HOME: root,
    PATH: `${programs}:${process.env.PATH ?? ''}`,
  };
  return { folder, env };
}

test.each(pages)(
  'the commands of %s do what it says',
  async (page) => {
    const commands = steps(page);
    expect(commands.length > 0 || references.has(page)).toBe(true);
    const { folder, env } = reader();
    const place = join(folder, '..', 'working-directory');
    writeFileSync(place, folder);
    for (const { command, output, line, exit } of commands) {
      // `cd` counts for the commands that follow.
      const script = `cd "$(cat '${place}')" || exit; ${command}\nstatus=$?; pwd > '${place}'; exit $status`;
      const result = await runProgram('/bin/sh', ['-c', `exec 2>&1; ${script}`], { cwd: folder, env });
      const said = `${page}:${String(line)}: ${result.stdout}`;
      const found = { command, exit: result.status, missing: missingLines(output, result.stdout), said };
      expect(found).toEqual({ command, exit, missing: [], said });
    }
    expect(mirror.refused).toEqual([]);
  },
  300_000,
);

function isOfRepository(path: string): boolean {
  return !/\/examples\/.*(?:dist|kilopy\.lock)$/u.test(path);
}
