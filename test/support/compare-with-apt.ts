import { debVersionRules } from '../../src/feed/deb/version.ts';
import type { DebUniverse } from '../../src/solve/deb/deb-package.ts';
import { solveDeb } from '../../src/solve/deb/solve-deb.ts';
import { aptInstall, type AptRoot } from './apt-oracle.ts';

/** Asks apt and our solver, and says how the answers differ; undefined when they are the same. */
export async function compareWithApt(
  root: AptRoot,
  universe: DebUniverse,
  wishes: readonly string[],
): Promise<string | undefined> {
  const apt = await aptInstall(root, wishes);
  const ours = solveDeb({
    universe,
    rules: debVersionRules,
    architecture: root.architecture,
    wishes: wishes.map((text) => ({ text })),
  });
  const asked = `${root.architecture}: ${wishes.join(' ')}`;
  if (!apt.ok) return ours.ok ? `${asked}: only apt fails: ${apt.message}` : undefined;
  if (!ours.ok) return `${asked}: only kilopy fails: ${ours.explanation.summary}`;
  const ownChoice = new Set(ours.plan.steps.map(({ package: { name, version } }) => `${name}=${version}`));
  const aptChoice = new Set([...apt.packages].map(([name, version]) => `${name}=${version}`));
  const onlyApt = [...aptChoice].filter((one) => !ownChoice.has(one));
  const onlyOurs = [...ownChoice].filter((one) => !aptChoice.has(one));
  if (onlyApt.length + onlyOurs.length === 0) return undefined;
  return `${asked}: only apt: ${onlyApt.join(' ')}; only kilopy: ${onlyOurs.join(' ')}`;
}

/** All differences, two questions at a time. */
export async function differencesFromApt(
  root: AptRoot,
  universe: DebUniverse,
  sets: readonly (readonly string[])[],
): Promise<readonly string[]> {
  const differences: string[] = [];
  const rest = [...sets];
  async function work(): Promise<void> {
    for (let set = rest.pop(); set !== undefined; set = rest.pop()) {
      const difference = await compareWithApt(root, universe, set);
      if (difference !== undefined) differences.push(difference);
    }
  }
  await Promise.all([work(), work()]);
  return differences;
}
