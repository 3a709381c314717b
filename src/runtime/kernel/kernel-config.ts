import { KilopyError } from '../../errors/kilopy-error.ts';

/** One line of a fragment. */
export interface KernelSetting {
  readonly symbol: string;
  /** `y`, a number, a text in quotes; `n` for what is switched off. */
  readonly value: string;
  /** Why it is there. */
  readonly why: string;
  readonly where: { readonly file: string; readonly line: number };
}

const onLine = /^(CONFIG_\w+)=("[^"]*"|[^\s#]+)\s+#\s*(.+)$/;
const offLine = /^# (CONFIG_\w+) is not set\s+#\s*(.+)$/;

/**
 * Reads a fragment: lines as in a kernel's `.config`, each with its reason behind `#`.
 *
 * @throws KilopyError KP9210 for a line without a reason and for one that is not a setting
 */
export function parseFragment(text: string, file: string): readonly KernelSetting[] {
  const settings: KernelSetting[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const where = { file, line: index + 1 };
    const on = onLine.exec(line);
    const off = offLine.exec(line);
    if (on !== null) settings.push({ symbol: on[1] ?? '', value: on[2] ?? '', why: on[3] ?? '', where });
    else if (off !== null) settings.push({ symbol: off[1] ?? '', value: 'n', why: off[2] ?? '', where });
    else if (line.includes('CONFIG_')) {
      throw new KilopyError('KP9210', 'this is not a setting with its reason', {
        where,
        fix: 'write CONFIG_NAME=y # why, or: # CONFIG_NAME is not set # why',
      });
    }
  }
  return settings;
}

/** Later fragments win over earlier ones, symbol by symbol. In the order of first mention. */
export function mergeSettings(fragments: readonly (readonly KernelSetting[])[]): readonly KernelSetting[] {
  const merged = new Map<string, KernelSetting>();
  for (const setting of fragments.flat()) merged.set(setting.symbol, setting);
  return [...merged.values()];
}

/** What `KCONFIG_ALLCONFIG` reads (Documentation/kbuild/kconfig.rst). */
export function formatAllConfig(settings: readonly KernelSetting[]): string {
  return settings
    .map(({ symbol, value }) => (value === 'n' ? `# ${symbol} is not set\n` : `${symbol}=${value}\n`))
    .join('');
}

/** Settings that kconfig did not take over: a dependency is missing, or the name is gone from this version. */
export function lostSettings(settings: readonly KernelSetting[], dotConfig: string): readonly KernelSetting[] {
  const real = new Map(
    [...dotConfig.matchAll(/^(CONFIG_\w+)=(.*)$/gm)].map((match) => [match[1] ?? '', match[2] ?? ''] as const),
  );
  return settings.filter(({ symbol, value }) => (value === 'n' ? isOn(real.get(symbol)) : real.get(symbol) !== value));
}

/** A number or text has no other state than its value: only switches can be on. */
function isOn(value: string | undefined): boolean {
  return value === 'y' || value === 'm';
}
