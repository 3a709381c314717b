/**
 * What a JSON value must look like, for documents that programs write (manifests, answers of registries): zod's start
 * alone takes longer than a whole push. Fields that a shape does not name may be there. What people write is read with
 * zod, which says every fault at once.
 */
export interface Shape<T> {
  /** What is wrong first, with its path, such as `layers.0.size: expected a whole number, found another string`. */
  readonly faultOf: (value: unknown, path: string) => string | undefined;
  /** Only for the type. */
  readonly type?: T;
}

/** The first thing that is wrong with a value, or undefined. */
export function shapeFault(shape: Shape<unknown>, value: unknown): string | undefined {
  return shape.faultOf(value, '');
}

export function hasShape<T>(shape: Shape<T>, value: unknown): value is T {
  return shapeFault(shape, value) === undefined;
}

export const string: Shape<string> = plain('a string', 'string', (value) => typeof value === 'string');

/** From 0. */
export const wholeNumber: Shape<number> = plain(
  'a whole number',
  'number',
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
);

export const number: Shape<number> = plain('a number', 'number', (value) => typeof value === 'number');

export const anything: Shape<unknown> = { faultOf: () => undefined };

export function stringLike<T extends string>(pattern: RegExp, what: string): Shape<T> {
  return plain(what, 'string', (value) => typeof value === 'string' && pattern.test(value));
}

function plain<T>(what: string, kind: 'string' | 'number', isRight: (value: unknown) => boolean): Shape<T> {
  return { faultOf: (value, path) => (isRight(value) ? undefined : unexpected(what, value, path, kind)) };
}

export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return { faultOf: (value, path) => (value === undefined ? undefined : shape.faultOf(value, path)) };
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return { faultOf: (value, path) => (value === null ? undefined : shape.faultOf(value, path)) };
}

export function arrayOf<T>(items: Shape<T>): Shape<readonly T[]> {
  return {
    faultOf(value, path) {
      if (!Array.isArray(value)) return unexpected('a list', value, path);
      return firstFault(value.entries(), items, path);
    },
  };
}

/** An object whose keys are not known. */
export function recordOf<T>(values: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return {
    faultOf(value, path) {
      if (!isObject(value)) return unexpected('an object', value, path);
      return firstFault(Object.entries(value), values, path);
    },
  };
}

export function objectOf<T extends object>(fields: { readonly [Name in keyof T]-?: Shape<T[Name]> }): Shape<T> {
  const shapes = Object.entries<Shape<unknown>>(fields);
  return {
    faultOf(value, path) {
      if (!isObject(value)) return unexpected('an object', value, path);
      for (const [name, shape] of shapes) {
        const fault = shape.faultOf(Object.hasOwn(value, name) ? value[name] : undefined, join(path, name));
        if (fault !== undefined) return fault;
      }
      return undefined;
    },
  };
}

function firstFault(
  entries: Iterable<[string | number, unknown]>,
  shape: Shape<unknown>,
  path: string,
): string | undefined {
  for (const [name, value] of entries) {
    const fault = shape.faultOf(value, join(path, String(name)));
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** @param kind of what is expected, of which the value may be another one */
function unexpected(what: string, value: unknown, path: string, kind?: string): string {
  const found = typeof value === kind ? `another ${typeof value}` : kindOf(value);
  return `${path === '' ? '' : `${path}: `}expected ${what}, found ${found}`;
}

/** Never the value itself: it may be a password. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return `a ${typeof value}`;
}
