/** Formats that can be asked for with `outputs` and `--output`. */
export type OutputFormat =
  | 'oci'
  | 'oci-dir'
  | 'tar'
  | 'tar.gz'
  | 'dir'
  | 'cpio'
  | 'cpio.gz'
  | 'cpio.xz'
  | 'ext4'
  | 'ext4.gz'
  | 'squashfs'
  | 'squashfs.gz'
  | 'manifest'
  | 'sha256sums'
  | 'bin'
  | 'openwrt-service'
  | 'routeros'
  | 'kubernetes'
  | 'systemd';

export const outputFormats: Readonly<Record<OutputFormat, string>> = {
  oci: 'one archive that docker, podman and skopeo load',
  'oci-dir': 'the same image as an OCI image layout in a folder',
  tar: 'the root file system as a tar archive',
  'tar.gz': 'the root file system as a tar archive, compressed with gzip',
  dir: 'the root file system as a folder',
  cpio: 'the root file system as a cpio archive, as Linux takes it for an initramfs',
  'cpio.gz': 'that archive, compressed with gzip',
  'cpio.xz': 'that archive, compressed with xz as kernels unpack it; needs xz',
  ext4: 'the root file system as an ext4 image, as small as it can be',
  'ext4.gz': 'that image, compressed with gzip',
  squashfs: 'the root file system as a squashfs image; needs squashfs-tools',
  'squashfs.gz': 'that image, compressed with gzip',
  manifest: 'names and versions of the packages in the image',
  sha256sums: 'the SHA-256 of the other outputs that are files',
  bin: 'runtime and application in one program file, of base static',
  'openwrt-service': 'the application as a supervised service for routers with OpenWrt: .ipk, .apk and their indexes',
  routeros: 'an archive for containers on routers of MikroTik, and the commands to paste there',
  kubernetes: 'a pod.yaml that runs the image with a read-only root and no capabilities',
  systemd: 'a hardened service of systemd around the unpacked root file system',
};

export const defaultOutputs: readonly OutputFormat[] = ['oci'];
