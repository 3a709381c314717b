import { dumpFields, wordsOf } from './dump-fields.ts';

/** What `.targetinfo` of an unpacked ImageBuilder says of its target (scripts/metadata.pm). */
export interface TargetInfo {
  /** `malta/be`. */
  readonly board: string;
  readonly architecture: string;
  readonly description: string;
  readonly kernelVersion: string;
  readonly defaultPackages: readonly string[];
  readonly profiles: readonly TargetProfile[];
}

export interface TargetProfile {
  /** Without `DEVICE_`. */
  readonly id: string;
  readonly name: string;
  readonly packages: readonly string[];
  readonly hasImageMetadata: boolean;
  readonly supportedDevices: readonly string[];
}

/** Every target of the file. */
export function parseTargetInfo(text: string): readonly TargetInfo[] {
  const targets: { -readonly [key in keyof TargetInfo]: TargetInfo[key] }[] = [];
  let profile: { -readonly [key in keyof TargetProfile]: TargetProfile[key] } | undefined;
  for (const [key, value] of dumpFields(text, /^Target-(?:Profile-)?Description$/u)) {
    if (key === 'Target') {
      profile = undefined;
      const empty = { architecture: '', description: '', kernelVersion: '', defaultPackages: [], profiles: [] };
      targets.push({ ...empty, board: value });
    }
    const target = targets.at(-1);
    if (target === undefined) continue;
    const words = wordsOf(value);
    if (key === 'Target-Profile') {
      profile = {
        id: value.replace(/^DEVICE_/u, ''),
        name: '',
        packages: [],
        hasImageMetadata: false,
        supportedDevices: [],
      };
      target.profiles = [...target.profiles, profile];
    } else if (key === 'Target-Arch-Packages') target.architecture = value;
    else if (key === 'Target-Name') target.description = value;
    else if (key === 'Linux-Version') target.kernelVersion = value;
    else if (key === 'Default-Packages') target.defaultPackages = words;
    else if (profile !== undefined && key === 'Target-Profile-Name') profile.name = value;
    else if (profile !== undefined && key === 'Target-Profile-Packages') profile.packages = words;
    else if (profile !== undefined && key === 'Target-Profile-hasImageMetadata')
      profile.hasImageMetadata = value === '1';
    else if (profile !== undefined && key === 'Target-Profile-SupportedDevices') profile.supportedDevices = words;
  }
  return targets;
}
