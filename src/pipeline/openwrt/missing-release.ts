import { KilopyError } from '../../errors/kilopy-error.ts';

/**
 * What `work` gives. That the server has no list or index of a target says that it has no such release, or no such target
 * in it: KP2303 instead of KP6012.
 */
export async function orMissingRelease<T>(release: string, board: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const url = error instanceof KilopyError && error.code === 'KP6012' ? String(error.data?.url) : '';
    if (!url.includes(`/targets/${board}/`)) throw error;
    throw new KilopyError('KP2303', `${new URL(url).host} has no OpenWrt ${release} for ${board}`, {
      where: url,
      why: 'The server does not have the file.',
      data: { release, board },
      cause: error,
    });
  }
}
