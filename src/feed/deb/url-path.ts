/** A path of an index as part of a URL. File names in a pool may hold `%3a`, which stands for itself; `+` and `:` are usual and need no escape in a path. */
export function urlPath(filename: string): string {
  return filename
    .replace(/^(?:\.?\/)+/u, '')
    .split('/')
    .map((part) => encodeURIComponent(part).replaceAll('%2B', '+').replaceAll('%3A', ':'))
    .join('/');
}
