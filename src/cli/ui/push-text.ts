import type { Pushed } from '../../registry/push-image.ts';
import type { Style } from '../command.ts';
import { formatBytes } from './bytes.ts';

/** What was sent, and what the registry had already. */
export function pushText(reference: string, { digest, upToDate, blobs, sentBytes }: Pushed, style: Style): string {
  if (upToDate) return `${style.bold(reference)} is up to date\n${digest}\n`;
  const parts = [
    `${String(blobs.uploaded)} sent`,
    ...(blobs.mounted > 0 ? [`${String(blobs.mounted)} mounted from another repository`] : []),
    ...(blobs.present > 0 ? [`${String(blobs.present)} were there`] : []),
  ];
  return `${style.bold(reference)}\n${digest}\nlayers and configurations: ${parts.join(', ')}; ${formatBytes(sentBytes)} bytes sent\n`;
}
