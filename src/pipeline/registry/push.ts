import type { Context } from '../../io/context.ts';
import type { Pushed } from '../../registry/push-image.ts';
import { formatReference, parseReference, type ImageReference } from '../../registry/reference.ts';
import { openStore } from '../../store/store.ts';
import type { BuildRequest, BuildResult } from '../build-request.ts';
import { fileImage } from './file-image.ts';
import { pushTo } from './copy.ts';
import { writableReference } from './writable-reference.ts';

const usage = 'write the reference first: kilopy push REGISTRY/NAME:TAG [folder or archive]';

export interface PushRequest {
  /** `[REGISTRY/]NAME[:TAG]`; `latest` without a tag. */
  readonly reference: string;
  readonly plainHttp: readonly string[];
  /** Repositories of the same registry that may have layers already. */
  readonly mountFrom: readonly string[];
}

export interface PushResult extends Pushed {
  /** `127.0.0.1:5000/me/http:1.2` */
  readonly reference: string;
  /** What was built for it; undefined when a file was pushed. */
  readonly build?: BuildResult;
}

/**
 * Builds an application and sends the image to a registry: one manifest for one target, an index for several.
 *
 * @throws KilopyError KP61xx beside those of a build
 */
export async function pushBuild(ctx: Context, request: PushRequest, wanted: BuildRequest): Promise<PushResult> {
  const reference = writableReference(request.reference, usage);
  // A file is sent without everything that builds.
  const { build } = await import('../build.ts');
  const built = await build(ctx, { ...wanted, overrides: { ...wanted.overrides, output: 'oci' } });
  const archive = built.artifacts.find(({ format }) => format === 'oci');
  if (archive === undefined) throw new TypeError('a build without the archive that was asked for');
  const store = await openStore(ctx);
  const image = await fileImage(ctx, store, archive.path, archive.path);
  const mountFrom = [...baseRepository(built, reference), ...request.mountFrom];
  const pushed = await pushTo(ctx, reference, image, { ...request, mountFrom });
  return { ...pushed, reference: formatReference({ ...reference, tag: reference.tag ?? 'latest' }), build: built };
}

/** Where the layers of the image below are, when it is of the same registry. */
function baseRepository({ baseImage }: BuildResult, to: ImageReference): readonly string[] {
  // The reference of an image of a registry has its full form; that of a file is a name without a slash.
  if (baseImage?.reference.includes('/') !== true) return [];
  const { registry, repository } = parseReference(baseImage.reference);
  return registry === to.registry && repository !== to.repository ? [repository] : [];
}

/** Sends an image that is there already: an archive or a layout. */
export async function pushFile(ctx: Context, request: PushRequest, path: string): Promise<PushResult> {
  const reference = writableReference(request.reference, usage);
  const store = await openStore(ctx);
  const pushed = await pushTo(ctx, reference, await fileImage(ctx, store, path, path), request);
  return { ...pushed, reference: formatReference({ ...reference, tag: reference.tag ?? 'latest' }) };
}
