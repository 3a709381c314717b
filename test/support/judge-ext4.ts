import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RandomNode } from './random-tree.ts';

const types = { file: 'regular', directory: 'directory', symlink: 'symlink' } as const;
const devices = { char: 'character special', block: 'block special', fifo: 'FIFO' } as const;

/** What debugfs says otherwise than the nodes of a tree: modes, owners, sizes, times, targets, attributes, bytes. */
export function judgeByDebugfs(nodes: readonly RandomNode[], image: string, folder: string): readonly string[] {
  const commands = join(folder, 'commands');
  const out = join(folder, 'dump');
  const values = join(folder, 'values');
  mkdirSync(out);
  mkdirSync(values);
  const attributes = nodes.flatMap(({ path, xattrs = new Map<string, Uint8Array>() }) =>
    [...xattrs].map(([name, value]) => ({ path, name, value })),
  );
  const gets = attributes.map(({ path, name }, i) => `ea_get -f "${join(values, String(i))}" "/${path}" ${name}`);
  const stats = nodes.map(({ path }) => `stat "/${path}"`);
  writeFileSync(commands, `${[...stats, ...gets, `rdump / "${out}"`].join('\n')}\n`);
  const said = execFileSync('debugfs', ['-f', commands, image], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const blocks = said.split(/^debugfs: stat .*\n/mu).slice(1);
  const faults =
    blocks.length === nodes.length ? [] : [`${String(blocks.length)} answers to ${String(nodes.length)} questions`];
  for (const [i, node] of nodes.entries()) {
    const text = blocks[i] ?? '';
    const type = node.type === 'device' ? devices[node.device] : types[node.type];
    const found =
      /Type: (\S+(?: special)?) +Mode: +(\d+)[\s\S]*?User: +(-?\d+) +Group: +(-?\d+)[\s\S]*?Size: (\d+)/u.exec(text);
    const [, kind, mode = '', ...numbers] = found ?? [];
    // Owners are printed with a sign.
    const facts = [
      kind,
      Number.parseInt(mode, 8).toString(8),
      ...numbers.map((digits) => String(Number(digits) >>> 0)),
    ];
    const sizeBytes = node.type === 'file' ? String(node.bytes.length) : (facts[4] ?? '');
    const wanted = [type, node.mode.toString(8), String(node.uid), String(node.gid), sizeBytes];
    if (JSON.stringify(facts) !== JSON.stringify(wanted))
      faults.push(`${node.path}: ${JSON.stringify(facts)}, expected ${JSON.stringify(wanted)}`);
    const [, low = '', extra = '0'] = /mtime: 0x([0-9a-f]+):([0-9a-f]+)/u.exec(text) ?? [];
    const seconds = (Number.parseInt(low, 16) | 0) + (Number.parseInt(extra, 16) & 3) * 2 ** 32;
    if (seconds !== node.mtimeSeconds)
      faults.push(`${node.path}: time ${String(seconds)}, expected ${String(node.mtimeSeconds)}`);
    if (node.type === 'symlink' && readlinkSync(join(out, node.path)) !== node.target)
      faults.push(`${node.path}: another target`);
    if (node.type === 'file' && Buffer.compare(readFileSync(join(out, node.path)), node.bytes) !== 0)
      faults.push(`${node.path}: other bytes`);
  }
  for (const [i, { path, name, value }] of attributes.entries()) {
    const file = join(values, String(i));
    // An empty value makes no file.
    const found = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
    if (Buffer.compare(found, value) !== 0) faults.push(`${path}: another value of ${name}`);
  }
  rmSync(out, { recursive: true });
  rmSync(values, { recursive: true });
  return faults;
}
