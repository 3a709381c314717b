import type { Context } from '../io/context.ts';
import type { OutputFormat } from '../spec/outputs.ts';
import type { OciImage } from '../values/oci-image.ts';
import type { Artifact } from './artifact.ts';
import { bin } from './bin.ts';
import { kubernetes } from './deploy/kubernetes.ts';
import { systemd } from './deploy/systemd.ts';
import { dir } from './dir.ts';
import type { EmitInput } from './emit-input.ts';
import { oci } from './oci.ts';
import { ociDir } from './oci-dir.ts';
import { buildOciImage } from './oci-image.ts';
import { openwrtService } from './openwrt-service/openwrt-service.ts';
import { routeros } from './routeros/routeros.ts';
import { manifest, sha256sums, sumsOf } from './lists.ts';
import type { Output } from './output.ts';
import { squashfs, squashfsGz } from './squashfs-output.ts';
import { cpio, cpioGz, cpioXz, ext4, ext4Gz } from './raw-outputs.ts';
import { tarFile } from './tar-file.ts';
import { tarGz } from './tar-gz.ts';

/** Every output. What each is for stands in `spec/outputs.ts`. */
export const outputs: Readonly<Record<OutputFormat, Output>> = {
  oci,
  'oci-dir': ociDir,
  tar: tarFile,
  'tar.gz': tarGz,
  dir,
  cpio,
  'cpio.gz': cpioGz,
  'cpio.xz': cpioXz,
  ext4,
  'ext4.gz': ext4Gz,
  squashfs,
  'squashfs.gz': squashfsGz,
  manifest,
  sha256sums,
  bin,
  'openwrt-service': openwrtService,
  routeros,
  kubernetes,
  systemd,
};

/** Makes the artifacts of the given formats, in that order. Nothing is written yet. */
export async function emitOutputs(
  ctx: Context,
  input: EmitInput,
  formats: readonly OutputFormat[],
): Promise<readonly Artifact[]> {
  let image: Promise<OciImage> | undefined;
  const shared = (): Promise<OciImage> => (image ??= buildOciImage(ctx, input));
  const artifacts: Artifact[] = [];
  for (const format of formats) artifacts.push(...(await outputs[format].emit(ctx, input, shared)));
  if (formats.includes('sha256sums')) artifacts.push(sumsOf(artifacts));
  return artifacts;
}
