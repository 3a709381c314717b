import { formatLocation } from '../errors/kilopy-error.ts';
import type { Origin } from '../values/origin.ts';

/** An origin as a person would say it: `package libc6 2.41-12 (amd64, debian)`. */
export function originText(origin: Origin): string {
  switch (origin.kind) {
    case 'package':
      return `package ${origin.name} ${origin.version} (${origin.architecture}, ${origin.feed})`;
    case 'dependency':
      return `dependency ${origin.name} ${origin.version} (${origin.source})`;
    case 'app':
      return origin.file === '' ? 'the application' : `application file ${origin.file}`;
    case 'overlay':
      return `files: at ${formatLocation(origin.where)}`;
    case 'image':
      return `image ${origin.reference}, layer ${origin.layer}`;
    case 'pass':
    default:
      return `kilopy’s own step ${origin.pass}`;
  }
}

/** One name for everything that arrived together: a package, a dependency, the application, a layer. */
export function originKey(origin: Origin): string {
  switch (origin.kind) {
    case 'package':
      return `package:${origin.name}:${origin.architecture}`;
    case 'dependency':
      return `dependency:${origin.name}`;
    case 'app':
    case 'overlay':
      return origin.kind;
    case 'image':
      return `image:${origin.layer}`;
    case 'pass':
    default:
      return `pass:${origin.pass}`;
  }
}
