import { KilopyError } from '../errors/kilopy-error.ts';
import type { SourceLocation } from '../values/source-location.ts';
import type { OutputFormat } from './outputs.ts';
import type { Target } from './targets.ts';

/** Processors with a package `container` (help.mikrotik.com, "Container"): arm, arm64 and x86 of 64 bits. */
const routers: ReadonlySet<string> = new Set(['linux/arm/v5', 'linux/arm/v7', 'linux/arm64', 'linux/amd64']);

/** Outputs that are not for every target. @throws KilopyError KP2360 */
export function checkOutputs(
  outputs: readonly OutputFormat[],
  targets: readonly Pick<Target, 'name'>[],
  where: SourceLocation | undefined,
): void {
  const target = targets.find(({ name }) => !routers.has(name))?.name;
  if (!outputs.includes('routeros') || target === undefined) return;
  const mips = `install OpenWrt on the device and use kilopy imagebuilder image, or kilopy build --output openwrt-service --target ${target}`;
  throw new KilopyError('KP2360', `RouterOS has no containers on ${target}`, {
    where,
    why: "MikroTik's package `container` exists for arm, arm64 and x86 of 64 bits only",
    fix: target.startsWith('linux/mips')
      ? mips
      : 'choose linux/arm/v7, linux/arm64 or linux/amd64, whichever the router is',
    data: { target },
  });
}
