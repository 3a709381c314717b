import { KilopyError } from '../../errors/kilopy-error.ts';

/** A line `src NAME URL` or `src/gz NAME URL`. */
export interface FeedLine {
  readonly name: string;
  readonly url: string;
}

export interface FeedsConf {
  readonly feeds: readonly FeedLine[];
  /** `option check_signature`. */
  readonly checksSignature: boolean;
  /** `arch NAME PRIORITY`. */
  readonly architectures: ReadonlyMap<string, number>;
}

/**
 * repositories.conf, distfeeds.conf and customfeeds.conf, the files of opkg that name feeds (opkg_conf.c). Comments start
 * with `#` at the start of a line. `dest`, `lists_dir` and other options concern a device.
 *
 * @throws KilopyError KP5106 with file and line
 */
export function parseFeedsConf(text: string, file: string): FeedsConf {
  const feeds: FeedLine[] = [];
  const architectures = new Map<string, number>();
  let checksSignature = false;
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [word = '', name, value] = line.split(/\s+/u).map((one) => one.replace(/^"(.*)"$/u, '$1'));
    if (word === 'option') checksSignature ||= name === 'check_signature' && value !== '0';
    else if (word === 'arch' && name !== undefined) architectures.set(name, Number(value ?? 10));
    else if (word === 'src' || word === 'src/gz') {
      if (name === undefined || value === undefined) throw malformed(file, i + 1, line, `write ${word} NAME URL`);
      feeds.push({ name, url: value.replace(/\/+$/u, '') });
    } else if (!['dest', 'lists_dir'].includes(word)) {
      throw malformed(file, i + 1, line, 'lines start with src, src/gz, arch, dest, lists_dir or option');
    }
  }
  return { feeds, checksSignature, architectures };
}

/** The file again, as OpenWrt writes distfeeds.conf. */
export function formatFeedsConf(feeds: readonly FeedLine[]): string {
  return feeds.map(({ name, url }) => `src/gz ${name} ${url}\n`).join('');
}

function malformed(file: string, line: number, content: string, fix: string): KilopyError {
  return new KilopyError('KP5106', `${JSON.stringify(content.slice(0, 80))} is no line of an opkg configuration`, {
    where: { file, line },
    fix,
  });
}
