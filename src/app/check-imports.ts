import type { App, AppFile } from './app.ts';
import { describeAbsent, type ImportProblem } from './import-problem.ts';
import type { ImportStatement } from './imports.ts';
import { moduleAdvice } from './module-advice.ts';
import { bootFile } from './launcher.ts';
import { createModuleFinder, type ModuleFile } from './module-finder.ts';
import type { RuntimeModules } from './runtime-modules.ts';

export interface ImportReport {
  /** In the order of the walk; empty when every import will be found. */
  readonly problems: readonly ImportProblem[];
  /** Modules outside the application that it imports, sorted. */
  readonly runtimeModules: readonly string[];
  /** Files that the walk reached, the entry first. */
  readonly reached: readonly string[];
  /** For each file but the entry, and for each module of the runtime: the first import of it. */
  readonly importedFiles: ReadonlyMap<string, FirstImport>;
  readonly importedModules: ReadonlyMap<string, FirstImport>;
}

export interface FirstImport {
  /** Absolute name of the module. */
  readonly module: string;
  /** Where in the application; `file` is relative to its folder. */
  readonly where: ImportStatement['where'];
}

/** Gives the imports of one Python file of the application (`createImportReader`). */
export type ImportReader = (file: AppFile) => Promise<readonly ImportStatement[]>;

/** Follows the imports from the entry point and from boot.py through the application's modules and looks for each where MicroPython would. */
export async function checkImports(app: App, modules: RuntimeModules, reader: ImportReader): Promise<ImportReport> {
  const finder = createModuleFinder(app, modules);
  const problems: ImportProblem[] = [];
  const runtimeModules = new Set<string>();
  const importedFiles = new Map<string, FirstImport>();
  const importedModules = new Map<string, FirstImport>();
  const reached = new Set<string>();
  const queue: ModuleFile[] = [];

  function enqueue(module: ModuleFile, by?: FirstImport): void {
    if (reached.has(module.file.path)) return;
    reached.add(module.file.path);
    if (by !== undefined) importedFiles.set(module.file.path, by);
    queue.push(module);
  }

  const entry = app.files.find((file) => file.path === app.entry);
  for (const file of [entry, bootFile(app)]) {
    if (file !== undefined) enqueue({ file, module: '__main__', isPackage: false });
  }
  for (let module = queue.shift(); module !== undefined; module = queue.shift()) {
    if (module.file.path.endsWith('.py')) checkFile(module, await reader(module.file));
  }
  return {
    problems,
    runtimeModules: [...runtimeModules].sort(),
    reached: [...reached],
    importedFiles,
    importedModules,
  };

  function noteRuntime(module: string, where: ImportStatement['where']): void {
    runtimeModules.add(module);
    if (!importedModules.has(module)) importedModules.set(module, { module, where });
  }

  function checkFile(from: ModuleFile, statements: readonly ImportStatement[]): void {
    const failedAttempts = new Set<number>();
    for (const statement of statements) {
      if (!runs(statement, from, failedAttempts)) continue;
      const problem = checkStatement(statement, from);
      if (problem === undefined) continue;
      if (statement.attempt !== undefined) failedAttempts.add(statement.attempt);
      else if (statement.condition !== 'platform') problems.push(problem);
    }
  }

  function checkStatement(statement: ImportStatement, from: ModuleFile): ImportProblem | undefined {
    const module = absoluteName(statement, from);
    if (module === undefined) return relativeProblem(statement, from);
    const found = finder.find(module);
    if (found.kind === 'absent') return describeAbsent({ statement, ...found, runtimeVersion: modules.version, app });
    const by = { module, where: statement.where };
    if (found.kind === 'runtime') noteRuntime(module, statement.where);
    else for (const run of found.runs) enqueue(run, by);
    if (!found.isPackage) return found.kind === 'runtime' ? knownLack(statement, module) : undefined;
    for (const name of statement.names) {
      if (name === '*') continue;
      const submodule = finder.find(`${module}.${name}`);
      if (submodule.kind === 'app')
        for (const run of submodule.runs) enqueue(run, { ...by, module: `${module}.${name}` });
      else if (submodule.kind === 'runtime') noteRuntime(`${module}.${name}`, statement.where);
      // What is no submodule may be a name that `__init__.py` defines. A folder without one defines nothing.
      else if (found.kind === 'app' && !found.hasInit) {
        return describeAbsent({ statement, ...submodule, runtimeVersion: modules.version, app });
      }
    }
    return undefined;
  }
}

/** What a built-in module defines is not known, but `from os import path` is known to fail. */
function knownLack(statement: ImportStatement, module: string): ImportProblem | undefined {
  const name = statement.names
    .map((taken) => `${module}.${taken}`)
    .find((dotted) => Object.hasOwn(moduleAdvice, dotted));
  if (name === undefined) return undefined;
  return {
    where: statement.where,
    module: name,
    message: `${module} of MicroPython has no ${name}`,
    ...moduleAdvice[name],
  };
}

function runs(statement: ImportStatement, from: ModuleFile, failedAttempts: ReadonlySet<number>): boolean {
  if (statement.condition === 'typing') return false;
  if (statement.condition === 'main' && from.module !== '__main__') return false;
  return statement.fallbackOf === undefined || failedAttempts.has(statement.fallbackOf);
}

/** Undefined when a relative import leads out of every package. */
function absoluteName(statement: ImportStatement, from: ModuleFile): string | undefined {
  if (statement.level === 0) return statement.module;
  const names = from.module === '__main__' ? [] : from.module.split('.');
  const up = statement.level - (from.isPackage ? 1 : 0);
  const base = names.slice(0, names.length - up);
  if (up > names.length || base.length === 0) return undefined;
  return [...base, ...(statement.module === '' ? [] : [statement.module])].join('.');
}

function relativeProblem(statement: ImportStatement, from: ModuleFile): ImportProblem {
  const module = '.'.repeat(statement.level) + statement.module;
  const absolute =
    statement.module === '' ? `import ${statement.names.join(', ')}` : `from ${statement.module} import ...`;
  const isMain = from.module === '__main__';
  return {
    where: statement.where,
    module,
    message: `the relative import of '${module}' leads out of every package`,
    why: isMain ? 'the program itself is in no package' : `${from.file.path} is module \`${from.module}\``,
    fix: `write \`${absolute}\``,
  };
}
