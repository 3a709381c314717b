import type { Node, Tree } from '../tree/node.ts';
import { sizedFiles } from '../tree/sizes.ts';

/** A kind of content that an image of one application can do without. */
export interface DropRule {
  readonly name: string;
  /** Why it is of no use there. */
  readonly why: string;
  readonly pattern: RegExp;
  /** Further condition, such as a mode. */
  readonly when?: (node: Node) => boolean;
}

export interface Droppable {
  readonly name: string;
  readonly why: string;
  readonly files: number;
  readonly sizeBytes: number;
  /** The biggest ones. */
  readonly examples: readonly string[];
}

const shells = 'sh|bash|dash|ash|zsh|ksh|mksh|csh|tcsh|fish|rbash|static-sh';
const managers =
  'apt|apt-get|apt-cache|apt-config|apt-mark|apt-key|apt-cdrom|dpkg(?:-[a-z-]+)?|apk|opkg|rpm|yum|dnf|microdnf|pacman|zypper';

/** In order: a file counts for the first rule that has it. */
export const dropRules: readonly DropRule[] = [
  {
    name: 'documentation',
    why: 'nobody reads it in a container',
    pattern: /^usr\/(?:local\/)?share\/(?:doc|man|info|gtk-doc|lintian|bug|doc-base|help)\//u,
  },
  {
    name: 'locales and translations',
    why: 'MicroPython has no locales',
    pattern: /^usr\/(?:share\/(?:locale|i18n)|lib\/locale|lib\/[^/]+\/gconv|lib\/gconv)\//u,
  },
  {
    name: 'caches and logs',
    why: 'they are made again, or never read',
    pattern: /^var\/(?:cache|log|backups|tmp)\/|^tmp\/|(?:^|\/)(?:__pycache__\/|\.cache\/)/u,
  },
  {
    name: 'package manager databases',
    why: 'nothing is installed in a finished image',
    pattern:
      /^var\/lib\/(?:dpkg|apt|rpm|pacman|yum|dnf|opkg)\/|^(?:usr\/)?lib\/apk\/db\/|^usr\/lib\/opkg\/|^etc\/(?:apt|apk|opkg|yum\.repos\.d|dpkg)(?:\/|\.conf$)|^usr\/share\/(?:keyrings|apk|dpkg|debconf|perl5\/Debconf)\/|^usr\/lib\/(?:apt|dpkg|sysimage)\//u,
  },
  {
    name: 'package managers',
    why: 'nothing is installed in a finished image',
    pattern: new RegExp(
      String.raw`^(?:usr\/)?s?bin\/(?:${managers})$|^(?:usr\/)?lib\/(?:[^/]+\/)?lib(?:apt-|apk\.|dpkg\.|rpm)[^/]*$`,
      'u',
    ),
  },
  {
    name: 'headers, static libraries and build files',
    why: 'nothing is compiled in a finished image',
    pattern:
      /^usr\/(?:local\/)?(?:include|src)\/|^(?:usr\/)?lib\/.*\.(?:a|la|o)$|\/pkgconfig\/|\/cmake\/|^usr\/share\/aclocal\//u,
  },
  {
    name: 'shells and their completions',
    why: 'the application is started without one; nothing that kilopy builds has a shell',
    pattern: new RegExp(
      String.raw`^(?:usr\/)?bin\/(?:${shells})$|^usr\/share\/(?:bash-completion|zsh|fish)\/|^etc\/(?:bash_completion\.d|skel)\/`,
      'u',
    ),
  },
  {
    name: 'init, services and cron',
    why: 'the application is the only process',
    pattern:
      /^(?:usr\/)?lib\/systemd\/|^etc\/(?:systemd|init\.d|rc[0-9S]?\.d|cron[^/]*|logrotate\.d|pam\.d|profile\.d)\//u,
  },
  {
    name: 'time zones',
    why: 'MicroPython keeps UTC; name tzdata under packages: when a library needs them',
    pattern: /^usr\/share\/zoneinfo\//u,
  },
  {
    name: 'other programs with special rights',
    why: 'setuid and setgid programs are a way up for whoever gets in',
    pattern: /^(?:usr\/)?(?:local\/)?s?bin\//u,
    when: (node) => (node.mode & 0o6000) !== 0,
  },
];

/** What kilopy would leave out of an image, by the rule table, biggest first. Hard links count once. */
export function findDroppable(tree: Tree, rules: readonly DropRule[] = dropRules): Droppable[] {
  const found = new Map<DropRule, { path: string; sizeBytes: number }[]>();
  for (const { node, sizeBytes } of sizedFiles(tree)) {
    const rule = rules.find(({ pattern, when }) => pattern.test(node.path) && (when === undefined || when(node)));
    if (rule === undefined) continue;
    const rows = found.get(rule) ?? [];
    rows.push({ path: node.path, sizeBytes });
    found.set(rule, rows);
  }
  return [...found]
    .map(([{ name, why }, rows]) => ({
      name,
      why,
      files: rows.length,
      sizeBytes: rows.reduce((sum, row) => sum + row.sizeBytes, 0),
      examples: rows
        .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
        .slice(0, 3)
        .map(({ path }) => path),
    }))
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes || (a.name < b.name ? -1 : 1));
}
