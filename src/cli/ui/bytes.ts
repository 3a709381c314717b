/** `1 234 567`: exact, in groups of three with a no-break-free plain space, as the tables of this project write bytes. */
export function formatBytes(sizeBytes: number): string {
  return String(sizeBytes).replaceAll(/\B(?=(\d{3})+$)/g, ' ');
}

/** `2.3 MB`: decimal units, for prose. */
export function formatSize(sizeBytes: number): string {
  if (sizeBytes < 1000) return `${String(sizeBytes)} B`;
  if (sizeBytes < 1e6) return `${(sizeBytes / 1e3).toFixed(sizeBytes < 1e4 ? 1 : 0)} kB`;
  if (sizeBytes < 1e9) return `${(sizeBytes / 1e6).toFixed(sizeBytes < 1e7 ? 2 : 1)} MB`;
  return `${(sizeBytes / 1e9).toFixed(2)} GB`;
}
