import type { PackagePayload } from '../../feed/feed.ts';
import type { BlobSource } from '../../values/blob.ts';

/**
 * The fields of an apk package with those that OpenWrt keeps in files of the package, under the names that they have in an
 * .ipk: lib/apk/packages/NAME.alternatives and NAME.rusers (include/package-pack.mk).
 */
export async function openwrtControl(
  blobs: Pick<BlobSource, 'read'>,
  name: string,
  { control, entries }: Pick<PackagePayload, 'control' | 'entries'>,
): Promise<ReadonlyMap<string, string>> {
  const words = async (ending: string): Promise<readonly string[]> => {
    const entry = entries.find(({ path }) => path === `lib/apk/packages/${name}.${ending}`);
    if (entry?.type !== 'file') return [];
    const text = Buffer.from(await blobs.read(entry.content)).toString('utf8');
    return text.split(/\s+/u).filter((word) => word !== '');
  };
  const fields = [
    ['alternatives', (await words('alternatives')).join(', ')],
    ['require-user', (await words('rusers')).join(' ')],
  ] as const;
  return new Map([...control, ...fields.filter(([, value]) => value !== '')]);
}
