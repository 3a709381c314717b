import { posix } from 'node:path';
import type { Context } from '../../io/context.ts';
import type { BlobSink, BlobSource } from '../../values/blob.ts';
import type { App, AppFile } from '../app.ts';
import { checkImports } from '../check-imports.ts';
import type { DerivedCache } from '../derived-cache.ts';
import { importError, type ImportProblem } from '../import-problem.ts';
import { createImportReader } from '../import-reader.ts';
import type { RuntimeModules } from '../runtime-modules.ts';
import { checkSyntax } from '../syntax.ts';
import type { FoundTests } from './find-tests.ts';
import { unittestSource } from './unittest-source.ts';

const runnerNote = 'kilopy has its own runner: functions test_* with `assert`, and `unittest.TestCase`';

/**
 * Checks syntax and imports of the test files as those of the application are checked; a test finds kilopy's `unittest`, the files
 * beside it, and then what the program finds.
 *
 * @param modules undefined when the runtime could not be asked: then imports are not checked
 * @throws KilopyError KP3005, KP3006
 */
export async function checkTests(
  ctx: Context,
  store: BlobSink & BlobSource & DerivedCache,
  app: App,
  { tests, helpers }: FoundTests,
  modules: RuntimeModules | undefined,
): Promise<void> {
  const files = [...tests, ...helpers].map((file): AppFile => ({ ...file, executable: false }));
  await checkSyntax(ctx, store, { ...app, files });
  if (modules === undefined) return;
  const unittest: AppFile = {
    path: 'unittest.py',
    content: await store.put(new TextEncoder().encode(unittestSource)),
    executable: false,
  };
  const read = createImportReader(store);
  const program = belowFolder(app.files, posix.dirname(app.entry));
  const problems = new Map<string, ImportProblem>();
  for (const test of tests) {
    // The walk starts in the folder of its entry point, so the files beside the test are put beside the application's.
    const folder = posix.dirname(test.path);
    const beside = new Map(belowFolder(files, folder).map((file) => [file.path, file]));
    const all = [...program.filter(({ path }) => !beside.has(path)), ...beside.values(), unittest];
    const entry = posix.basename(test.path);
    const report = await checkImports({ ...app, entry, files: all }, modules, read);
    for (const problem of report.problems) {
      const { where } = problem;
      const file = posix.join(beside.has(where.file) ? folder : posix.dirname(app.entry), where.file);
      problems.set(`${file}:${String(where.line)}:${problem.module}`, {
        ...problem,
        ...(problem.module === 'pytest' ? { why: runnerNote, fix: 'remove the import' } : {}),
        where: { ...where, file },
      });
    }
  }
  const [first, ...rest] = problems.values();
  if (first !== undefined) throw importError([first, ...rest]);
}

/** The files in and below a folder, with their paths from there. */
function belowFolder(files: readonly AppFile[], folder: string): readonly AppFile[] {
  if (folder === '.') return files;
  const start = `${folder}/`;
  return files
    .filter(({ path }) => path.startsWith(start))
    .map((file) => ({ ...file, path: file.path.slice(start.length) }));
}
