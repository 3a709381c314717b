import type { Target } from '../../spec/targets.ts';

/** Names of apk for families that Alpine does not have. */
const further: Readonly<Record<string, string>> = {
  'linux/arm/v5': 'armel',
  'linux/mips': 'mips',
  'linux/mipsle': 'mipsel',
};

/** The architecture of a target in the feed of runtimes: Alpine's name where it has one. */
export function runtimeArchitecture(target: Target): string {
  return target.alpine ?? further[target.name] ?? target.fileLabel;
}
