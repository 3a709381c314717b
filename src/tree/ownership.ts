import { KilopyError } from '../errors/kilopy-error.ts';
import type { SourceLocation } from '../values/source-location.ts';
import type { Node } from './node.ts';
import type { GroupEntry, PasswdEntry } from './passwd.ts';

export interface Accounts {
  readonly users: readonly PasswdEntry[];
  readonly groups: readonly GroupEntry[];
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The ids that `user`, `uid`, `user:group`, `uid:gid` and their mixtures mean (the grammar of an OCI image's `User`).
 * Without a group it is the user's own one, 0 for a number that no user has. Throws KP7103.
 */
export function resolveOwner(text: string, accounts: Accounts, where?: SourceLocation): Owner {
  const [userText = '', groupText] = text.split(':', 2);
  const user = accounts.users.find((entry) => entry.name === userText || String(entry.uid) === userText);
  const uid = user?.uid ?? numeric(userText);
  if (uid === undefined) throw unknown(text, 'user', userText, accounts.users, where);
  if (groupText === undefined) return { uid, gid: user?.gid ?? 0 };
  const gid = accounts.groups.find((entry) => entry.name === groupText)?.gid ?? numeric(groupText);
  if (gid === undefined) throw unknown(text, 'group', groupText, accounts.groups, where);
  return { uid, gid };
}

/** The node with another owner. As chown(2), it takes setuid and setgid from a file when the owner changes. */
export function ownedBy(node: Node, owner: Owner): Node {
  if (node.uid === owner.uid && node.gid === owner.gid) return node;
  return { ...node, ...owner, mode: node.type === 'file' ? node.mode & 0o1777 : node.mode };
}

function numeric(text: string): number | undefined {
  const value = /^\d{1,10}$/u.test(text) ? Number(text) : Number.NaN;
  return value < 0xffff_ffff ? value : undefined;
}

function unknown(
  text: string,
  kind: 'user' | 'group',
  name: string,
  known: readonly { readonly name: string }[],
  where: SourceLocation | undefined,
): KilopyError {
  return new KilopyError(
    'KP7103',
    `${JSON.stringify(text)} names the ${kind} ${JSON.stringify(name)}, which the image does not have`,
    {
      where,
      why: `it has ${known.map((entry) => entry.name).join(', ') || 'none'}`,
      data: { owner: text, kind, name },
    },
  );
}
