import { z } from 'zod';
import { apkScriptNames } from '../codec/packages/apk-script-names.ts';
import { KilopyError } from '../errors/kilopy-error.ts';
import { apkVersionRules } from '../feed/apk/version.ts';
import { parseDependency } from '../codec/adb/adb-dependency.ts';
import { collectFaults } from '../spec/faults.ts';
import { shapeFaults, type ShapeIssue } from '../spec/shape-faults.ts';
import { readYamlDocument } from '../spec/yaml-document.ts';

/** The name of the file that makes a folder a package. */
export const packageFileName = 'kilopy-package.yaml';

/** What kilopy-package.yaml says. */
export interface PackageYaml {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  readonly description: string;
  readonly url: string;
  readonly license: string;
  readonly origin: string;
  readonly maintainer: string;
  readonly depends: readonly string[];
  readonly provides: readonly string[];
  readonly replaces: readonly string[];
  readonly installIf: readonly string[];
  readonly providerPriority?: number | undefined;
  readonly replacesPriority?: number | undefined;
  /** Files beside kilopy-package.yaml, by script name. */
  readonly scripts: Readonly<Partial<Record<(typeof apkScriptNames)[number], string>>>;
  readonly triggers: readonly string[];
  /** Octal digits by path, for what is neither 0755 nor 0644. */
  readonly modes: Readonly<Record<string, string>>;
}

const line = z.string().regex(/^[^\n\r]*$/u, 'must be one line');
const relations = z
  .array(z.string().refine(isRelation, 'must be relations such as musl, !busybox or so:libc.so.1>=1.2'))
  .default([]);
const priority = z.int().min(0).max(65_535).optional();

const schema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9_][\w.+-]*$/u, 'must be letters, digits and . _ + -'),
  version: z
    .string()
    .refine((version) => apkVersionRules.isValid(version), 'must be a version as apk has it, such as 1.2.3-r0'),
  arch: z
    .string()
    .regex(/^[\w.+-]+$/u, 'must be a name of apk such as x86_64, or noarch')
    .default('noarch'),
  description: line.default(''),
  url: line.default(''),
  license: line.default(''),
  origin: line.optional(),
  maintainer: line.default(''),
  depends: relations,
  provides: relations,
  replaces: relations,
  installIf: relations,
  providerPriority: priority,
  replacesPriority: priority,
  scripts: z.partialRecord(z.enum(apkScriptNames), z.string()).default({}),
  triggers: z.array(z.string().regex(/^\/\S*$/u, 'must be absolute, without blanks')).default([]),
  modes: z.record(z.string(), z.string().regex(/^[0-7]{3,4}$/u, 'must be three or four octal digits')).default({}),
});

/**
 * Reads kilopy-package.yaml. All faults are reported together.
 *
 * @param file as messages should name it
 * @throws KilopyError KP20xx with file, line and column
 */
export function parsePackageYaml(text: string, file: string): PackageYaml {
  const faults = collectFaults();
  const document = readYamlDocument(
    text,
    { file, asWritten: ([first]) => first === 'version' || first === 'modes' },
    faults,
  );
  faults.throwIfAny();
  const value = document?.value;
  if (document === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new KilopyError('KP5253', `${file} is no mapping of keys to values`, { where: file });
  }
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return { ...result.data, origin: result.data.origin ?? result.data.name };
  const issues = result.error.issues as readonly ShapeIssue[];
  for (const issue of issues) {
    if (issue.code !== 'custom' && issue.code !== 'invalid_format') continue;
    const where = document.locate(issue.path.filter((part) => typeof part !== 'symbol'));
    faults.add(new KilopyError('KP5253', `${issue.path.map(String).join('.')} ${issue.message}`, { where }));
  }
  const shapes = issues.filter(({ code }) => code !== 'custom' && code !== 'invalid_format');
  for (const fault of shapeFaults(shapes, document.locate, () =>
    z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }),
  ))
    faults.add(fault);
  faults.throwIfAny();
  throw new Error('a schema that fails has faults');
}

function isRelation(text: string): boolean {
  const relation = parseDependency(text);
  if (relation === undefined) return false;
  // `><` compares an identity hash, not a version.
  return relation.version === undefined || text.includes('><') || apkVersionRules.isValid(relation.version);
}
