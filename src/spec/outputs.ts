/** Formats that can be asked for with `outputs` and `--output`. */
export type OutputFormat =
  | 'oci'
  | 'oci-dir'
  | 'tar'
  | 'tar.gz'
  | 'dir'
  | 'cpio'
  | 'cpio.gz'
  | 'ext4'
  | 'ext4.gz'
  | 'squashfs'
  | 'manifest'
  | 'sha256sums'
  | 'bin'
  | 'openwrt-service';

export const outputFormats: Readonly<Record<OutputFormat, string>> = {
  oci: 'one archive that docker, podman and skopeo load',
  'oci-dir': 'the same image as an OCI image layout in a folder',
  tar: 'the root file system as a tar archive',
  'tar.gz': 'the root file system as a tar archive, compressed with gzip',
  dir: 'the root file system as a folder',
  cpio: 'the root file system as a cpio archive, as Linux takes it for an initramfs',
  'cpio.gz': 'that archive, compressed with gzip',
  ext4: 'the root file system as an ext4 image, as small as it can be',
  'ext4.gz': 'that image, compressed with gzip',
  squashfs: 'the root file system as a squashfs image with xz; needs squashfs-tools',
  manifest: 'names and versions of the packages in the image',
  sha256sums: 'the SHA-256 of the other outputs that are files',
  bin: 'runtime and application in one program file, of base static',
  'openwrt-service': 'the application as a supervised service for routers with OpenWrt: .ipk, .apk and their indexes',
};

export const defaultOutputs: readonly OutputFormat[] = ['oci'];
