import type { Tree } from '../../tree/node.ts';
import { nameUuid } from '../name-uuid.ts';
import { planExt4, type Ext4Plan } from './plan-ext4.ts';

/** A root file system as ext4, as small as it can be, with identifiers that belong to the name of the image. */
export function planRootExt4(tree: Tree, name: string, timeSeconds: number): Ext4Plan {
  return planExt4(tree, {
    uuid: nameUuid(`ext4 ${name}`),
    hashSeed: nameUuid(`names of ${name}`),
    label: 'rootfs',
    timeSeconds,
  });
}
