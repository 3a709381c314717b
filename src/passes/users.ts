import { KilopyError } from '../errors/kilopy-error.ts';
import type { Node, Tree } from '../tree/node.ts';
import type { Accounts } from '../tree/ownership.ts';
import { overlay } from '../tree/overlay.ts';
import { parseGroup, parsePasswd, writeGroup, writePasswd, type GroupEntry, type PasswdEntry } from '../tree/passwd.ts';
import { resolvePath } from '../tree/paths.ts';
import type { BlobStore } from '../values/blob.ts';
import type { PassResult } from './pass-result.ts';
import { runtimeTime } from './runtime-time.ts';

/** The user that the application runs as. */
export interface UserSettings {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** Absolute. Default: `/root` for uid 0, else `/home/NAME`. */
  readonly home?: string;
}

export interface UsersReport extends Accounts {
  /** Absolute path for `HOME`. */
  readonly home: string;
}

const root: PasswdEntry = {
  name: 'root',
  password: 'x',
  uid: 0,
  gid: 0,
  gecos: '',
  home: '/root',
  shell: '/sbin/nologin',
};

/**
 * /etc/passwd and /etc/group with root and the application’s user, and the user’s home. What packages brought stays;
 * entries are appended. The rest of base-passwd’s 18 system users is left out: nothing in the image runs as them.
 * Throws KP7102 when the name is taken under another number.
 */
export async function addUsers(tree: Tree, blobs: BlobStore, user: UserSettings): Promise<PassResult<UsersReport>> {
  const existing = await readAccounts(tree, blobs);
  const home = user.home ?? homeOf(existing, user);
  const wanted = { ...root, ...user, home };
  const users = [root, wanted].reduce<readonly PasswdEntry[]>(withUser, existing.users);
  const groups = [root, user].reduce<readonly GroupEntry[]>(withGroup, existing.groups);
  const mtimeSeconds = runtimeTime(tree);
  const common = { uid: 0, gid: 0, mtimeSeconds, origin: { kind: 'pass', pass: 'users' } } as const;
  const nodes: Node[] = [
    {
      ...common,
      type: 'file',
      path: 'etc/group',
      mode: 0o644,
      content: await blobs.put(Buffer.from(writeGroup(groups))),
    },
    {
      ...common,
      type: 'file',
      path: 'etc/passwd',
      mode: 0o644,
      content: await blobs.put(Buffer.from(writePasswd(users))),
    },
  ];
  const folder = resolvePath(tree, home);
  if (folder.node === undefined)
    nodes.push({ ...common, type: 'directory', path: folder.path, mode: 0o700, uid: user.uid, gid: user.gid });
  return { tree: overlay(tree, nodes).tree, report: { users, groups, home } };
}

/** The users and groups of a tree; none where it has no such files. Throws KP7101. */
async function readAccounts(tree: Tree, blobs: Pick<BlobStore, 'read'>): Promise<Accounts> {
  return {
    users: parsePasswd(await textAt(tree, blobs, 'etc/passwd'), 'etc/passwd'),
    groups: parseGroup(await textAt(tree, blobs, 'etc/group'), 'etc/group'),
  };
}

async function textAt(tree: Tree, blobs: Pick<BlobStore, 'read'>, path: string): Promise<string> {
  const { node } = resolvePath(tree, path);
  return node?.type === 'file' ? Buffer.from(await blobs.read(node.content)).toString('utf8') : '';
}

function homeOf(accounts: Accounts, user: UserSettings): string {
  const known = accounts.users.find((entry) => entry.name === user.name);
  return known?.home ?? (user.uid === 0 ? root.home : `/home/${user.name}`);
}

function withUser(users: readonly PasswdEntry[], wanted: PasswdEntry): readonly PasswdEntry[] {
  const same = users.find((entry) => entry.name === wanted.name);
  if (same === undefined) return [...users, wanted];
  if (same.uid !== wanted.uid || same.gid !== wanted.gid)
    throw taken('user', wanted.name, `${same.uid}:${same.gid}`, `${wanted.uid}:${wanted.gid}`);
  return users;
}

/** The user’s own group: the one with its number if there is one, else a new one of its name. */
function withGroup(groups: readonly GroupEntry[], wanted: { name: string; gid: number }): readonly GroupEntry[] {
  if (groups.some((entry) => entry.gid === wanted.gid)) return groups;
  const same = groups.find((entry) => entry.name === wanted.name);
  if (same !== undefined) throw taken('group', wanted.name, String(same.gid), String(wanted.gid));
  return [...groups, { name: wanted.name, password: 'x', gid: wanted.gid, members: [] }];
}

function taken(kind: 'user' | 'group', name: string, has: string, wants: string): KilopyError {
  return new KilopyError('KP7102', `the image already has a ${kind} ${name}, with number ${has} instead of ${wants}`, {
    where: kind === 'user' ? '/etc/passwd' : '/etc/group',
    why: 'a package or base image brought it',
    data: { kind, name, has, wants },
  });
}
