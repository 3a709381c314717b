import type { ImageSettings } from './emit-input.ts';

type Names = Pick<ImageSettings, 'name' | 'tag'>;

/** `docker.io/library/hello:latest`: the full form that containerd and the annotation `io.containerd.image.name` use. */
export function qualifiedReference({ name, tag }: Names): string {
  const [first = '', ...rest] = name.split('/');
  // Docker's rule: a first part is a registry when it could not be a user's name.
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  if (hasRegistry) return `${name}:${tag}`;
  return `docker.io/${rest.length > 0 ? name : `library/${name}`}:${tag}`;
}

/** `hello:latest`: the form of `RepoTags` in a docker archive. */
export function familiarReference({ name, tag }: Names): string {
  return `${name}:${tag}`;
}

/** `NAME.EXT` for several targets, `NAME-ARCH[VARIANT].EXT` for one. A name with slashes gives its last part. */
export function outputFileName(name: string, label: string | undefined, extension: string): string {
  const base = name.slice(name.lastIndexOf('/') + 1);
  return `${label === undefined ? base : `${base}-${label}`}.${extension}`;
}
