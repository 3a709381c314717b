import type { VersionRules, Wish } from '../problem.ts';
import { parseApkDependency } from './dependency.ts';
import type { ApkLink, ApkUniverse } from './universe.ts';

/** A wish that has been read. */
export interface WorldLink extends ApkLink {
  readonly wish: Wish;
  /** Index among the tags of the world; 0 for none. */
  readonly tag: number;
}

/** What is asked for, as apk has it in /etc/apk/world. */
export interface World {
  /** In apk's order: by name, upper and lower case together. */
  readonly links: readonly WorldLink[];
  /** In the order in which they were first mentioned, tag 1 first. Those that no feed has come last. */
  readonly tags: readonly string[];
  /** A wish whose tag no feed has: apk refuses it, unless it may leave out what cannot be. */
  readonly strayTag?: { readonly wish: Wish; readonly why: string } | undefined;
}

export type ReadWorld =
  | { readonly ok: true; readonly world: World }
  | { readonly ok: false; readonly wish: Wish; readonly why: string };

/** Reads wishes in the syntax of apk-world(5). Of several with the same name the last one counts, as with `apk add`. */
export function readWorld(universe: ApkUniverse, wishes: readonly Wish[], rules: VersionRules): ReadWorld {
  const links = new Map<string, WorldLink>();
  const tags = [...new Set(universe.repositories.flatMap(({ tag }) => (tag === undefined ? [] : [tag])))];
  const knownCount = tags.length;
  for (const wish of wishes) {
    const text = wish.text.trim();
    const parsed = /[ \n]/u.test(text) ? undefined : parseApkDependency(text, rules, true);
    if (parsed === undefined || parsed.name === '') return { ok: false, wish, why: 'It is no name with a condition.' };
    const { name, operator, version, negative, tag, isBroken } = parsed;
    if (isBroken) return { ok: false, wish, why: `"${version}" is not a version.` };
    if (tag !== undefined && !tags.includes(tag)) tags.push(tag);
    const index = tag === undefined ? 0 : tags.indexOf(tag) + 1;
    links.set(name, { name: universe.nameOf(name), operator, version, negative, wish, tag: index });
  }
  const ordered = [...links.values()].sort(byName);
  const known = tags.slice(0, knownCount);
  const stray = ordered.find(({ tag }) => tag > knownCount);
  const strayTag = stray && { wish: stray.wish, why: unknownTag(tags[stray.tag - 1] ?? '', known) };
  return { ok: true, world: { links: ordered, tags, strayTag } };
}

function unknownTag(tag: string, tags: readonly string[]): string {
  const known = tags.length === 0 ? 'No feed has a tag.' : `There is ${tags.map((one) => `@${one}`).join(', ')}.`;
  return `No feed has the tag @${tag}. ${known}`;
}

function byName(a: WorldLink, b: WorldLink): number {
  const [left, right] = [a.name.text, b.name.text];
  return compareText(lowerAscii(left), lowerAscii(right)) || compareText(left, right);
}

function lowerAscii(text: string): string {
  return text.replaceAll(/[A-Z]/gu, (letter) => letter.toLowerCase());
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
