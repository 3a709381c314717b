import { formatLocation } from '../errors/kilopy-error.ts';
import type { LockPackage } from '../lock/lock.ts';
import type { Wish } from '../values/wish.ts';

/**
 * Why a package is in the lock: sentences from the package up to the wish. A reason in the lock (lockPackages) is
 * `asked for: WISH`, `NAME FIELD: DEPENDENCY` or `comes with NAME and NAME`.
 *
 * @param wishes with their places, which the lock does not keep
 */
export function lockChain(packages: readonly LockPackage[], name: string, wishes: readonly Wish[]): string[] {
  const byName = new Map(packages.map((one) => [one.name, one]));
  const sentences: string[] = [];
  const seen = new Set<string>();
  for (let one = byName.get(name); one !== undefined && !seen.has(one.name);) {
    seen.add(one.name);
    const { reason } = one;
    const wish = /^asked for: (.*)$/su.exec(reason)?.[1];
    if (wish !== undefined) {
      sentences.push(wishSentence(one.name, wish, wishes));
      break;
    }
    const together = /^comes with (.*)$/su.exec(reason)?.[1];
    sentences.push(together === undefined ? `package ${reason}` : `package ${one.name} comes with ${together}`);
    one = byName.get(together?.split(' and ', 1)[0] ?? reason.split(' ', 1)[0] ?? '');
  }
  return sentences;
}

function wishSentence(name: string, text: string, wishes: readonly Wish[]): string {
  const where = wishes.find((wish) => wish.text === text)?.where;
  const words = text === name ? '' : ` as "${text}"`;
  return where === undefined
    ? `package ${name} is what every image of this base has`
    : `package ${name} is asked for${words} at ${formatLocation(where)}`;
}
