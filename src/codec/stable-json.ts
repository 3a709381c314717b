/** JSON with the keys of every object in code-unit order and no spaces: the same value always gives the same text. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (isPlainObject(inner) ? sortKeys(inner) : inner));
}

function sortKeys(value: object): Record<string, unknown> {
  // No prototype, so that a key `__proto__` stays a key.
  const sorted = Object.create(null) as Record<string, unknown>;
  for (const [key, inner] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) sorted[key] = inner;
  return sorted;
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
