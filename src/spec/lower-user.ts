import { KilopyError } from '../errors/kilopy-error.ts';
import type { SourceLocation } from '../values/source-location.ts';
import type { Draft } from './front-end.ts';
import type { UserSpec } from './spec.ts';

/** 65532 is what distroless, apko and Chainguard images call `nonroot`. */
const wellKnown: Readonly<Record<string, UserSpec>> = {
  nonroot: { name: 'nonroot', uid: 65_532, gid: 65_532 },
  root: { name: 'root', uid: 0, gid: 0 },
};

const maxId = 4_294_967_294;

/** `nonroot`, `root`, a number, `UID:GID`, or a name with its numbers. */
export function lowerUser(draft: NonNullable<Draft['user']>, where: SourceLocation): UserSpec {
  if (typeof draft === 'object') {
    const { name, uid, gid = uid } = draft;
    if (!/^[a-z_][a-z0-9_-]{0,31}$/.test(name)) throw notUser(name, where);
    if ((name === 'root') !== (uid === 0)) {
      throw new KilopyError('KP2011', `the user "${name}" cannot have the number ${String(uid)}`, {
        where,
        why: 'the number 0 is root, and root is the number 0, in every image',
        fix: 'choose another name or number',
      });
    }
    return { name, uid, gid };
  }
  const known = Object.hasOwn(wellKnown, draft) ? wellKnown[draft] : undefined;
  if (known !== undefined) return known;
  const [uid, gid] =
    /^(\d{1,10})(?::(\d{1,10}))?$/
      .exec(String(draft))
      ?.slice(1)
      .map((digits) => (digits === undefined ? undefined : Number(digits))) ?? [];
  if (uid === undefined || uid > maxId || (gid ?? 0) > maxId) throw notUser(String(draft), where);
  const name = Object.values(wellKnown).find((user) => user.uid === uid)?.name ?? 'app';
  return { name, uid, gid: gid ?? uid };
}

function notUser(text: string, where: SourceLocation): KilopyError {
  return new KilopyError('KP2003', `"${text}" is not a user that kilopy knows`, {
    where,
    why: 'an image has no users but those that are named here, so a name needs its number',
    fix: 'write nonroot, root, a number, or {name: bridge, uid: 1000, gid: 1000}',
  });
}
