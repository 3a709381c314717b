import { KilopyError } from '../errors/kilopy-error.ts';
import type { Faults } from './faults.ts';
import type { Draft, DraftPath, FrontEnd } from './front-end.ts';
import { specJsonSchema, specSchema } from './schema.ts';
import { shapeFaults, type ShapeIssue } from './shape-faults.ts';
import { readYamlDocument } from './yaml-document.ts';

/**
 * The front end for kilopy.yaml. Faults go to `faults`, all of them; top-level keys with faults are left out of the
 * result, so that the rest can still be checked.
 */
export function yamlFrontEnd(text: string, file: string, faults: Faults): FrontEnd {
  const document = readYamlDocument(text, { file, asWritten }, faults);
  const locate: FrontEnd['locate'] = document?.locate ?? (() => ({ file, line: 1, column: 1 }));
  const value = withoutEmptyKeys(document?.value ?? {});
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    faults.add(
      new KilopyError(
        'KP2003',
        `kilopy.yaml must be a mapping of keys to values, and is ${Array.isArray(value) ? 'a list' : 'text'}`,
        {
          where: locate([]),
          fix: 'begin with a key, such as `name: greeter`',
        },
      ),
    );
    return { value: {}, locate };
  }
  const result = specSchema.safeParse(value, { reportInput: true });
  if (result.success) return { value: result.data, locate };
  const issues = result.error.issues as readonly ShapeIssue[];
  for (const fault of shapeFaults(issues, locate, specJsonSchema)) faults.add(fault);
  return { value: partsWithoutFaults(value, issues), locate };
}

/** `packages:` with nothing behind it is what a person leaves who comments out a list: the same as no key. */
function withoutEmptyKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null));
}

function partsWithoutFaults(value: object, issues: readonly ShapeIssue[]): Draft {
  const bad = new Set(
    issues.flatMap((issue) => (issue.path.length > 0 ? issue.path.slice(0, 1) : [...(issue.keys ?? [])])),
  );
  const good = Object.fromEntries(Object.entries(value).filter(([key]) => !bad.has(key)));
  return specSchema.safeParse(good).data ?? {};
}

/** Where YAML's numbers and booleans stand for their own text: `PORT: 8080`, `release: 24.10`, `mode: 0644`. */
function asWritten(path: DraftPath): boolean {
  const [first, second, third] = path;
  const last = path.at(-1);
  if (first === 'env' || first === 'annotations' || first === 'budget') return path.length === 2;
  if (first === 'app') return second === 'args' && path.length === 3;
  if (first === 'base') return third === 'suite' || third === 'release' || third === 'snapshot';
  if (first === 'files') return last === 'mode' || last === 'content';
  if (first === 'feeds') return last === 'suite' || last === 'name';
  return first === 'name' || (first === 'packages' && path.length === 2) || first === 'targets';
}
