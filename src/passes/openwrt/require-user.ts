import type { FileNode, Tree } from '../../tree/node.ts';
import { overlay } from '../../tree/overlay.ts';
import {
  parseGroup,
  parsePasswd,
  writeGroup,
  writePasswd,
  type GroupEntry,
  type PasswdEntry,
} from '../../tree/passwd.ts';
import { resolvePath } from '../../tree/paths.ts';
import type { BlobStore } from '../../values/blob.ts';
import type { PassResult } from '../pass-result.ts';
import type { InstalledPackage } from './installed-package.ts';

export interface RequireUserReport {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

interface Accounts {
  readonly users: PasswdEntry[];
  readonly groups: GroupEntry[];
  readonly shadow: string[];
}

interface FirstFree {
  readonly uid: number;
  readonly gid: number;
}

/** Where functions.sh does not tell. */
const usualFirstFree = 65_536;

/**
 * Users and groups of `Require-User: user=uid:group=gid:more,groups ...`, in the order in which default_postinst runs: by the name of the
 * file `NAME.postinst`. What is there already stays.
 */
export async function addRequiredUsers(
  tree: Tree,
  blobs: BlobStore,
  packages: readonly InstalledPackage[],
  mtimeSeconds: number,
): Promise<PassResult<RequireUserReport>> {
  const text = async (path: string): Promise<string> => {
    const { node } = resolvePath(tree, path);
    return node?.type === 'file' ? Buffer.from(await blobs.read(node.content)).toString('utf8') : '';
  };
  const accounts: Accounts = {
    users: parsePasswd(await text('etc/passwd'), 'etc/passwd'),
    groups: parseGroup(await text('etc/group'), 'etc/group'),
    shadow: (await text('etc/shadow')).split('\n').filter((line) => line !== ''),
  };
  const before = { users: accounts.users.length, groups: accounts.groups.length };
  const wanted = packages
    .toSorted((a, b) => (scriptName(a) < scriptName(b) ? -1 : 1))
    .flatMap(({ payload }) => (payload.control.get('require-user') ?? '').split(/\s+/u))
    .filter((tuple) => tuple !== '');
  const first = firstFree(await text('lib/functions.sh'));
  for (const tuple of wanted) addTuple(accounts, tuple, first);
  const report = {
    users: accounts.users.slice(before.users).map(({ name }) => name),
    groups: accounts.groups.slice(before.groups).map(({ name }) => name),
  };
  if (wanted.length === 0 || report.users.length + report.groups.length === 0) return { tree, report };
  const common = {
    type: 'file',
    uid: 0,
    gid: 0,
    mtimeSeconds,
    origin: { kind: 'pass', pass: 'require-user' },
  } as const;
  const file = async (path: string, content: string, mode: number): Promise<FileNode> => {
    const { node } = resolvePath(tree, path);
    return { ...common, path, mode: node?.mode ?? mode, content: await blobs.put(Buffer.from(content)) };
  };
  const nodes = [
    await file('etc/group', writeGroup(accounts.groups), 0o644),
    await file('etc/passwd', writePasswd(accounts.users), 0o644),
    await file('etc/shadow', accounts.shadow.map((line) => `${line}\n`).join(''), 0o600),
  ];
  return { tree: overlay(tree, nodes).tree, report };
}

/** `a-b` runs before `a`, because `-` stands before `.`. */
function scriptName({ name }: InstalledPackage): string {
  return `${name}.postinst`;
}

/** Numbers that packages do not name begin where user_add and group_add_next say: at 65536 for many years, at 32768 in later releases. */
function firstFree(functions: string): FirstFree {
  const told = (variable: string): number =>
    Number(new RegExp(`^\\s*${variable}=(\\d{4,9})$`, 'mu').exec(functions)?.[1] ?? usualFirstFree);
  return { uid: told('uid'), gid: told('gid') };
}

function addTuple(accounts: Accounts, tuple: string, first: FirstFree): void {
  const [userPart = '', groupPart = '', more = ''] = tuple.split(':');
  const [user = '', uidText] = userPart.split('=');
  const [group = '', gidText] = groupPart.split('=');
  const gid = group === '' ? undefined : addGroup(accounts, group, gidText, first.gid);
  if (user === '') return;
  if (!accounts.users.some(({ name }) => name === user)) {
    const uid =
      numberOf(uidText) ??
      nextFree(
        accounts.users.map((one) => one.uid),
        first.uid,
      );
    const common = { name: user, password: 'x', uid, gid: gid ?? uid };
    accounts.users.push({ ...common, gecos: user, home: `/var/run/${user}`, shell: '/bin/false' });
    accounts.shadow.push(`${user}:x:0:0:99999:7:::`);
  }
  if (group !== '') addMember(accounts, group, user);
  for (const one of more.split(',').filter((name) => name !== '')) {
    const [name = '', number] = one.split('=');
    addGroup(accounts, name, number, first.gid);
    addMember(accounts, name, user);
  }
}

function addGroup(accounts: Accounts, name: string, gidText: string | undefined, first: number): number {
  const known = accounts.groups.find((one) => one.name === name);
  if (known !== undefined) return numberOf(gidText) ?? known.gid;
  const gid =
    numberOf(gidText) ??
    nextFree(
      accounts.groups.map((one) => one.gid),
      first,
    );
  accounts.groups.push({ name, password: 'x', gid, members: [] });
  return gid;
}

function addMember(accounts: Accounts, group: string, user: string): void {
  const i = accounts.groups.findIndex(({ name }) => name === group);
  const entry = accounts.groups[i];
  if (entry !== undefined && !entry.members.includes(user)) {
    accounts.groups[i] = { ...entry, members: [...entry.members, user] };
  }
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/u.test(text) ? Number(text) : undefined;
}

function nextFree(taken: readonly number[], first: number): number {
  let number = first;
  while (taken.includes(number)) number += 1;
  return number;
}
