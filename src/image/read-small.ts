import { KilopyError } from '../errors/kilopy-error.ts';
import type { ImageFiles } from './image-files.ts';

/** image-spec asks registries to take manifests of 4 MiB; nothing real is larger. */
const limitBytes = 4 * 2 ** 20;

/** A JSON document of an image. Throws KP7401 when it is absent or too large. */
export async function readSmall(files: ImageFiles, name: string): Promise<Uint8Array> {
  if (!(await files.has(name))) throw refused(files, name, 'it is not there');
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of files.open(name)) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw refused(files, name, `it is larger than ${limitBytes} bytes`);
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

function refused(files: ImageFiles, name: string, why: string): KilopyError {
  return new KilopyError('KP7401', `${name} of ${files.source} cannot be read`, {
    where: files.source,
    why,
    data: { name },
  });
}
