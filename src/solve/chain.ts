import { formatLocation } from '../errors/kilopy-error.ts';
import type { Reason, SolvePackage, Wish } from './problem.ts';

/** The reasons from the wish down to the package itself. */
export function chainOf(
  target: SolvePackage,
  reasonOf: (one: SolvePackage) => Reason | undefined,
): readonly ChainLink[] {
  const links: ChainLink[] = [];
  const seen = new Set<SolvePackage>();
  for (let one: SolvePackage | undefined = target; one !== undefined && !seen.has(one);) {
    seen.add(one);
    const reason = reasonOf(one);
    if (reason !== undefined) links.unshift({ package: one, reason });
    one = reason?.kind === 'depends' ? reason.by : reason?.kind === 'install-if' ? reason.triggers[0] : undefined;
  }
  return links;
}

export interface ChainLink {
  readonly package: SolvePackage;
  readonly reason: Reason;
}

/** One link as a sentence: `mutt depends on default-mta | mail-transport-agent: postfix`. */
export function linkSentence({ package: { name }, reason }: ChainLink): string {
  if (reason.kind === 'install-if') {
    return `${name} comes with ${reason.triggers.map((trigger) => trigger.name).join(' and ')}`;
  }
  if (reason.kind === 'depends') {
    const chosen = reason.dependency.split(/[ :<>=~]/u, 1)[0] === name ? '' : `: ${name}`;
    return `${reason.by.name} ${verbs[reason.field] ?? 'depends on'} ${reason.dependency}${chosen}`;
  }
  const { text } = reason.wish;
  return `${name} is asked for${text === name ? '' : ` as "${text}"`}${wishPlace(reason.wish)}`;
}

/** ` (file:line:column)`, as far as known. */
export function wishPlace({ where }: Wish): string {
  return where === undefined ? '' : ` (${formatLocation(where)})`;
}

const verbs: Readonly<Record<string, string>> = {
  'Pre-Depends': 'pre-depends on',
  Recommends: 'recommends',
  Suggests: 'suggests',
};
