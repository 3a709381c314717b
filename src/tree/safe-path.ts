import { KilopyError } from '../errors/kilopy-error.ts';

/**
 * The path of an archive entry as a tree has it: without `./` in front and without a slash at the end; the root is ''.
 * Throws KP7001 on an absolute path, `..`, an empty or `.` component, or a zero byte. `source` names the archive.
 */
export function safePath(text: string, source: string): string {
  if (text === '.' || text === './') return '';
  const path = trimmed(text);
  for (const component of path.split('/')) {
    const fault = faultOf(component);
    if (fault !== undefined) throw refused(text, source, text.startsWith('/') ? 'it is absolute' : fault);
  }
  return path;
}

function trimmed(text: string): string {
  const start = text.startsWith('./') ? 2 : 0;
  return text.endsWith('/') && text.length > 1 ? text.slice(start, -1) : text.slice(start);
}

function faultOf(component: string): string | undefined {
  if (component === '') return 'it has an empty component';
  if (component === '.') return 'it has the component .';
  if (component === '..') return 'it has the component ..';
  if (component.includes('\0')) return 'it has a zero byte';
  return undefined;
}

function refused(text: string, source: string, why: string): KilopyError {
  return new KilopyError('KP7001', `${source} holds the path ${JSON.stringify(text)}, which cannot stand in an image`, {
    where: source,
    why,
    data: { path: text, source },
  });
}
