import { join } from 'node:path';
import { outputs } from '../../src/emit/registry.ts';
import { buildOciImage } from '../../src/emit/oci-image.ts';
import { createContext } from '../../src/io/create-context.ts';
import { syntheticImage } from './synthetic-image.ts';

/** An OCI archive with small images for these targets, in a folder. Returns its path. */
export async function smallArchive(folder: string, ...targets: readonly string[]): Promise<string> {
  const ctx = createContext();
  const input = syntheticImage(...targets);
  const [artifact] = await outputs.oci.emit(ctx, input, async () => await buildOciImage(ctx, input));
  const path = join(folder, 'image.oci.tar');
  await artifact?.write(ctx, path);
  return path;
}
