import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tree } from '../../src/tree/node.ts';
import { scratch } from './cli.ts';

/** Everything below a folder, in one process; Node.js cannot read extended attributes. */
const script = `
import hashlib, json, os, stat, sys
top = os.fsencode(sys.argv[1])
def one(path):
    s = os.lstat(path)
    kind = stat.S_IFMT(s.st_mode)
    row = {'mode': s.st_mode & 0o7777, 'uid': s.st_uid, 'gid': s.st_gid, 'time': int(s.st_mtime_ns // 10**9), 'kind': kind}
    if kind == stat.S_IFREG:
        row['sha256'] = hashlib.sha256(open(path, 'rb').read()).hexdigest()
        row['inode'] = s.st_ino if s.st_nlink > 1 else 0
    if kind == stat.S_IFLNK: row['target'] = os.readlink(path).decode()
    if kind in (stat.S_IFCHR, stat.S_IFBLK): row['device'] = [os.major(s.st_rdev), os.minor(s.st_rdev)]
    if kind in (stat.S_IFREG, stat.S_IFDIR):
        row['xattrs'] = {n: os.getxattr(path, n, follow_symlinks=False).hex() for n in sorted(os.listxattr(path, follow_symlinks=False))}
    return row
rows = {'': one(top)}
for folder, names, files in os.walk(top):
    for name in names + files:
        path = os.path.join(folder, name)
        rows[os.path.relpath(path, top).decode()] = one(path)
json.dump(rows, sys.stdout)
`;

interface Row {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly time: number;
  readonly kind: number;
  readonly sha256?: string;
  readonly inode?: number;
  readonly target?: string;
  readonly device?: readonly [number, number];
  readonly xattrs?: Readonly<Record<string, string>>;
}

const kindBits = { file: 0o100000, directory: 0o040000, symlink: 0o120000 } as const;
const deviceBits = { char: 0o020000, block: 0o060000, fifo: 0o010000 } as const;

/** Differences between a tree and a folder that a tool unpacked it into. The root itself is not compared: not every tool restores it. */
export function judgeFolder(tree: Tree, folder: string, withXattrs: boolean): readonly string[] {
  const program = join(scratch(), 'judge.py');
  writeFileSync(program, script);
  const rows = JSON.parse(
    execFileSync('python3', [program, folder], { encoding: 'utf8', maxBuffer: 2 ** 26 }),
  ) as Readonly<Record<string, Row>>;
  const faults = Object.keys(rows)
    .filter((path) => !tree.has(path))
    .map((path) => `${path}: nobody wrote it`);
  const groups = new Map<string, number>();
  for (const node of tree.values()) {
    const row = rows[node.path];
    if (node.path === '') continue;
    if (row === undefined) {
      faults.push(`${node.path}: it is not there`);
      continue;
    }
    const same = (what: string, found: unknown, wanted: unknown): void => {
      const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
      if (a !== b) faults.push(`${node.path}: ${what} ${a ?? ''}, expected ${b ?? ''}`);
    };
    same('type', row.kind, node.type === 'device' ? deviceBits[node.device] : kindBits[node.type]);
    if (node.type !== 'symlink') same('mode', row.mode, node.mode);
    same('owner', [row.uid, row.gid], [node.uid, node.gid]);
    same('time', row.time, node.mtimeSeconds);
    if (node.type === 'file') {
      same('content', `sha256:${row.sha256 ?? ''}`, node.content.digest);
      const first = groups.get(node.inode ?? '');
      if (first !== undefined) same('inode', row.inode, first);
      if (node.inode !== undefined && row.inode !== undefined) groups.set(node.inode, row.inode);
    }
    if (node.type === 'symlink') same('target', row.target, node.target);
    if (node.type === 'device' && node.device !== 'fifo') same('device', row.device, [node.major, node.minor]);
    if (!withXattrs || (node.type !== 'file' && node.type !== 'directory')) continue;
    const wanted = [...(node.xattrs ?? [])].map(([name, value]) => [name, Buffer.from(value).toString('hex')]);
    same('xattrs', row.xattrs, Object.fromEntries(wanted.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))));
  }
  return faults;
}
