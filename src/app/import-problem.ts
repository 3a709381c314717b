import { KilopyError } from '../errors/kilopy-error.ts';
import { nearest } from '../errors/nearest.ts';
import type { App } from './app.ts';
import type { ImportStatement } from './imports.ts';
import { moduleAdvice } from './module-advice.ts';

/** An import that would fail on the device. */
export interface ImportProblem {
  readonly where: ImportStatement['where'];
  /** The module that is nowhere: the shortest part of the dotted name. */
  readonly module: string;
  readonly message: string;
  readonly why?: string | undefined;
  readonly fix?: string | undefined;
}

/** All problems as one error, the first in front. */
export function importError(problems: readonly [ImportProblem, ...ImportProblem[]]): KilopyError {
  const [first, ...rest] = problems;
  return toError(
    first,
    rest.map((problem) => toError(problem, [])),
  );
}

function toError(problem: ImportProblem, others: readonly KilopyError[]): KilopyError {
  const { where, module, message, why, fix } = problem;
  return new KilopyError('KP3006', message, { where, why, fix, data: { module }, others });
}

export interface AbsentModule {
  readonly statement: ImportStatement;
  /** Shortest part of the name that is nowhere, and the names that stand beside it. */
  readonly missing: string;
  readonly siblings: readonly string[];
  readonly runtimeVersion: string;
  readonly app: Pick<App, 'leftOut'>;
}

/** Says what the module is, and the one thing to do. */
export function describeAbsent(absent: AbsentModule): ImportProblem {
  const { statement, missing, siblings, runtimeVersion, app } = absent;
  const message = `no module named '${missing}' in the application or in MicroPython ${runtimeVersion}`;
  const base = { where: statement.where, module: missing, message };

  const path = missing.replaceAll('.', '/');
  const leftOut = app.leftOut.find((other) => [`${path}.py`, `lib/${path}.py`, path, `lib/${path}`].includes(other));
  if (leftOut !== undefined) {
    const fix = `take it with \`app: {include: ["${leftOut}"]}\` in kilopy.yaml, or rename it`;
    return { ...base, why: `${leftOut} is in the folder but left out of the image`, fix };
  }
  const advice = [statement.module, missing].map((name) =>
    Object.hasOwn(moduleAdvice, name) ? moduleAdvice[name] : undefined,
  );
  const found = advice.find((one) => one !== undefined);
  if (found !== undefined) return { ...base, ...found };
  const [near] = nearest(missing, siblings, 1);
  if (near !== undefined) return { ...base, fix: `did you mean \`${near}\`?` };
  return base;
}
