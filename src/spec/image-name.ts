import { basename } from 'node:path';

/** One component of an OCI repository name (distribution-spec, "Pulling manifests"), short enough for a file name. */
const validName = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const maxLength = 100;

export function isImageName(text: string): boolean {
  return text.length <= maxLength && validName.test(text);
}

/** The nearest valid image name: lower case, accents gone, anything else a dash; `app` when nothing is left. */
export function toImageName(text: string): string {
  const name = text
    .normalize('NFKD')
    .replaceAll(/\p{Mark}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/[._-]*-[._-]*|\.[._]+|_\.[._]*|_{3,}/g, '-')
    .slice(0, maxLength)
    .replaceAll(/^[._-]+|[._-]+$/g, '');
  return name === '' ? 'app' : name;
}

/** Name of the image of a folder that gives none. */
export function nameOfFolder(folder: string): string {
  return toImageName(basename(folder));
}
