import { nearest } from '../../errors/nearest.ts';

/** Suites of Debian that get updates and security fixes in suites of their own. */
const released: ReadonlySet<string> = new Set([
  'bullseye',
  'bookworm',
  'trixie',
  'forky',
  'duke',
  'oldoldstable',
  'oldstable',
  'stable',
  'testing',
]);

/** Suites that are their own updates. */
const rolling: ReadonlySet<string> = new Set(['sid', 'unstable', 'experimental']);

/** Whether it is the plain name of a suite of Debian, without `-updates`, `-security` or `-backports`. */
export function isDebianSuite(suite: string): boolean {
  return released.has(suite) || rolling.has(suite);
}

/** Suites of Debian that a person who typed this name probably meant, nearest first. */
export function nearestSuites(suite: string): readonly string[] {
  return nearest(suite, [...released, ...rolling]);
}

/** Whether `SUITE-updates` and `SUITE-security` belong to it. */
export function hasUpdates(suite: string): boolean {
  return released.has(suite);
}
