import { posix, resolve } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { SourceLocation } from '../values/source-location.ts';
import type { Faults } from './faults.ts';
import type { Draft, DraftFile, DraftPath, FrontEnd } from './front-end.ts';
import type { OverlayEntry } from './spec.ts';

/** The overlay, in the order written. */
export function lowerFiles(
  drafts: NonNullable<Draft['files']>,
  front: FrontEnd,
  folder: string,
  faults: Faults,
): readonly OverlayEntry[] {
  const entries: readonly (readonly [DraftPath, string, string | DraftFile])[] = Array.isArray(drafts)
    ? drafts.map((draft, index) => [['files', index], draft.path, draft])
    : Object.entries(drafts).map(([path, draft]) => [['files', path], path, draft]);
  return entries.flatMap(([draftPath, path, draft]) =>
    faults.attempt(
      () => [lowerFile(path, typeof draft === 'string' ? { source: draft } : draft, draftPath, front, folder)],
      [],
    ),
  );
}

function lowerFile(
  path: string,
  draft: DraftFile,
  draftPath: DraftPath,
  front: FrontEnd,
  folder: string,
): OverlayEntry {
  const where = front.locate(draftPath, 'key');
  const fields = { path: checkPath(path, where), uid: draft.uid ?? 0, gid: draft.gid ?? 0, where };
  const kinds = (['source', 'content', 'symlink', 'directory'] as const).filter(
    (kind) => draft[kind] !== undefined && draft[kind] !== false,
  );
  const [kind, second] = kinds;
  if (kind === undefined || second !== undefined) {
    throw new KilopyError('KP2011', `files: ${path} has ${kind === undefined ? 'no content' : kinds.join(' and ')}`, {
      where: second === undefined ? where : front.locate([...draftPath, second], 'key'),
      fix: 'give exactly one of source, content, symlink and directory: true',
    });
  }
  const mode = draft.mode === undefined ? undefined : checkMode(draft.mode, front.locate([...draftPath, 'mode']));
  if (kind === 'symlink') return { ...fields, type: 'symlink', target: checkLink(path, draft, draftPath, front) };
  if (kind === 'directory') return { ...fields, type: 'directory', mode: mode ?? 0o755 };
  const from =
    kind === 'source'
      ? ({ kind, path: resolve(folder, draft.source ?? '') } as const)
      : ({ kind, text: draft.content ?? '' } as const);
  return { ...fields, type: 'file', mode, from };
}

function checkLink(path: string, { symlink = '', mode }: DraftFile, draftPath: DraftPath, front: FrontEnd): string {
  if (mode === undefined && symlink !== '') return symlink;
  throw new KilopyError(
    'KP2011',
    `files: ${path} is a symbolic link ${mode === undefined ? 'to nothing' : 'with a mode'}`,
    {
      where: front.locate([...draftPath, mode === undefined ? 'symlink' : 'mode']),
      why: 'a symbolic link has a target, and no permissions of its own',
      fix: mode === undefined ? 'write its target' : 'remove mode',
    },
  );
}

/** A path of the image without a leading slash. */
function checkPath(text: string, where: SourceLocation): string {
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length > 0 && !parts.includes('..') && !text.includes('\0')) return parts.join('/');
  throw new KilopyError('KP2003', `"${text}" is not a path of a file inside the image`, {
    where,
    fix: `write an absolute path without "..", such as ${posix.join('/', text.replaceAll('\0', ''), parts.length > 0 ? '' : 'etc/motd')}`,
  });
}

/** Octal digits as chmod takes them, with or without `0o`. */
function checkMode(text: string, where: SourceLocation): number {
  if (/^(?:0o)?[0-7]{3,5}$/.test(text)) {
    const mode = Number.parseInt(text.replace(/^0o/, ''), 8);
    if (mode <= 0o7777) return mode;
  }
  throw new KilopyError('KP2003', `"${text}" is not a mode`, {
    where,
    fix: 'write octal digits, such as 0644 or 0755',
  });
}
