import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { runEngine, type Engine } from './engine.ts';

export interface LoadedImage {
  readonly id: string;
  /** Leaves the engine's images as they were before. */
  unload(): Promise<void>;
}

/**
 * Gives an archive to the engine. It is known by the digest of its configuration, which engines use as image id; a tag that the archive moves is
 * moved back afterwards. Throws KP9010.
 */
export async function loadImage(ctx: Context, engine: Engine, archive: string): Promise<LoadedImage> {
  const { id, tags } = await archiveFacts(ctx, archive);
  const known = (await imageId(ctx, engine, id)) !== undefined;
  const before = await Promise.all(tags.map(async (tag) => ({ tag, id: await imageId(ctx, engine, tag) })));
  const { status, stderr } = await runEngine(ctx, engine, ['load', '--quiet', '--input', archive]);
  if (status !== 0) {
    throw new KilopyError('KP9010', `${engine.name} could not load the image`, { where: archive, why: stderr });
  }
  return {
    id,
    async unload() {
      for (const { tag, id: old } of before) {
        if (old !== undefined && old !== id) await runEngine(ctx, engine, ['tag', old, tag]);
      }
      if (!known) await runEngine(ctx, engine, ['rmi', '--force', id]);
    },
  };
}

async function imageId(ctx: Context, engine: Engine, name: string): Promise<string | undefined> {
  const { status, stdout } = await runEngine(ctx, engine, ['image', 'inspect', '--format', '{{.Id}}', name]);
  return status === 0 ? stdout.replace('sha256:', '') : undefined;
}

/** From `manifest.json` of a Docker archive: `[{Config: "blobs/sha256/HEX", RepoTags: [...]}]`. */
async function archiveFacts(
  ctx: Context,
  archive: string,
): Promise<{ readonly id: string; readonly tags: readonly string[] }> {
  const { status, stdout, stderr } = await ctx.tools.run('tar', ['-xOf', archive, 'manifest.json']);
  const text = Buffer.from(stdout).toString('utf8');
  const [id] = /[0-9a-f]{64}/.exec(/"Config":\s*"[^"]*"/.exec(text)?.[0] ?? '') ?? [];
  if (status !== 0 || id === undefined) {
    throw new KilopyError('KP9010', 'The archive has no manifest.json for container engines', {
      where: archive,
      why: stderr.trim(),
      fix: 'build it with --output oci',
    });
  }
  const [{ RepoTags } = {}] = JSON.parse(text) as readonly { readonly RepoTags?: readonly string[] | null }[];
  return { id, tags: RepoTags ?? [] };
}
