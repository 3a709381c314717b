import { KilopyError } from '../../errors/kilopy-error.ts';
import type { FileNode, Node, Tree } from '../../tree/node.ts';
import { overlay } from '../../tree/overlay.ts';
import { baseName, resolvePath } from '../../tree/paths.ts';
import type { BlobSource } from '../../values/blob.ts';
import type { PassResult } from '../pass-result.ts';

export interface ServicesReport {
  /** By name. */
  readonly enabled: readonly string[];
  readonly disabled: readonly string[];
  /** Scripts whose START or STOP is not a plain number: what is enabled on the device may differ. */
  readonly unclear: readonly string[];
  /** Names in DISABLED_SERVICES that no script has. */
  readonly unknown: readonly string[];
  /** Empty files that OpenWrt's scripts leave on the way and its ImageBuilder removes at the end. */
  readonly locks: readonly string[];
}

interface InitScript {
  readonly name: string;
  readonly start: string | undefined;
  readonly stop: string | undefined;
  readonly isClear: boolean;
  readonly usesProcd: boolean;
}

/**
 * etc/rc.d: every script of /etc/init.d that is one of rc.common is enabled, `S<START>` and `K<STOP>`, except the disabled
 * ones (include/rootfs.mk, prepare_rootfs). START and STOP are read from the text, no script is run.
 */
export async function enableServices(
  tree: Tree,
  blobs: Pick<BlobSource, 'read'>,
  disabledServices: readonly string[],
  mtimeSeconds: number,
): Promise<PassResult<ServicesReport>> {
  const scripts: InitScript[] = [];
  for (const { path } of tree.values()) {
    // As the shell's `*` does: no hidden files, and links are followed.
    if (!/^etc\/init\.d\/[^./][^/]*$/u.test(path)) continue;
    const node = scriptAt(tree, path);
    if (node === undefined) continue;
    const text = Buffer.from(await blobs.read(node.content)).toString('utf8');
    if (text.includes('#!/bin/sh /etc/rc.common')) scripts.push(readInitScript(baseName(path), text));
  }
  scripts.sort((a, b) => (a.name < b.name ? -1 : 1));
  const off = new Set(disabledServices);
  const origin = { kind: 'pass', pass: 'services' } as const;
  const common = { uid: 0, gid: 0, mtimeSeconds, origin } as const;
  const nodes: Node[] = [{ ...common, type: 'directory', path: 'etc/rc.d', mode: 0o755 }];
  const kept = new Map(tree);
  for (const { name, start, stop } of scripts) {
    if (off.has(name)) {
      for (const path of tree.keys())
        if (/^etc\/rc\.d\/[SK]..(?=[^/]*$)/u.test(path) && path.slice(12) === name) kept.delete(path);
      continue;
    }
    const link = (prefix: string): void => {
      nodes.push({ ...common, type: 'symlink', mode: 0o777, path: `etc/rc.d/${prefix}`, target: `../init.d/${name}` });
    };
    if (start !== undefined) link(`S${start}${name.replace(/^S\d\d/u, '')}`);
    if (stop !== undefined) link(`K${stop}${name.replace(/^K\d\d/u, '')}`);
  }
  return {
    tree: overlay(kept, nodes).tree,
    report: {
      enabled: scripts.filter(({ name }) => !off.has(name)).map(({ name }) => name),
      disabled: scripts.filter(({ name }) => off.has(name)).map(({ name }) => name),
      unclear: scripts.filter(({ isClear }) => !isClear).map(({ name }) => name),
      unknown: disabledServices.filter((name) => !scripts.some((script) => script.name === name)),
      locks: scripts.filter(({ usesProcd }) => usesProcd).map(({ name }) => `var/lock/procd_${name}.lock`),
    },
  };
}

/** Undefined for folders, and for links that lead nowhere or in a circle. */
function scriptAt(tree: Tree, path: string): FileNode | undefined {
  try {
    const { node } = resolvePath(tree, path);
    return node?.type === 'file' ? node : undefined;
  } catch (error) {
    if (error instanceof KilopyError) return undefined;
    throw error;
  }
}

/** Assignments at the start of a line; the last one counts, as in a shell. */
function readInitScript(name: string, text: string): InitScript {
  const value = (variable: string): string | undefined =>
    [...text.matchAll(new RegExp(`^${variable}=(["']?)([^"'\\s#;]*)\\1`, 'gmu'))].at(-1)?.[2];
  const [start, stop, procd] = [value('START'), value('STOP'), value('USE_PROCD')];
  const isConditional = /^[ \t]+(?:START|STOP)=/mu.test(text);
  return {
    name,
    start: plainNumber(start),
    stop: plainNumber(stop),
    isClear:
      !isConditional && (start ?? '0') === (plainNumber(start) ?? '0') && (stop ?? '0') === (plainNumber(stop) ?? '0'),
    usesProcd: procd !== undefined && procd !== '',
  };
}

function plainNumber(text: string | undefined): string | undefined {
  return text !== undefined && /^\d+$/u.test(text) ? text : undefined;
}
