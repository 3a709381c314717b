import { KilopyError } from '../errors/kilopy-error.ts';

/** One line of /etc/passwd (passwd(5)). */
export interface PasswdEntry {
  readonly name: string;
  readonly password: string;
  readonly uid: number;
  readonly gid: number;
  readonly gecos: string;
  readonly home: string;
  readonly shell: string;
}

/** One line of /etc/group (group(5)). */
export interface GroupEntry {
  readonly name: string;
  readonly password: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** The lines of a passwd file. Empty lines are passed over. Throws KP7101 with file and line. */
export function parsePasswd(text: string, file: string): PasswdEntry[] {
  return fieldsOf(text, file, 7).map(({ fields, line }) => {
    const [name, password, uid, gid, gecos, home, shell] = fields as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    return { name, password, uid: number(uid, file, line), gid: number(gid, file, line), gecos, home, shell };
  });
}

export function writePasswd(entries: Iterable<PasswdEntry>): string {
  return lines(entries, (entry) =>
    [entry.name, entry.password, entry.uid, entry.gid, entry.gecos, entry.home, entry.shell].join(':'),
  );
}

/** The lines of a group file. Empty lines are passed over. Throws KP7101 with file and line. */
export function parseGroup(text: string, file: string): GroupEntry[] {
  return fieldsOf(text, file, 4).map(({ fields, line }) => {
    const [name, password, gid, members] = fields as [string, string, string, string];
    return {
      name,
      password,
      gid: number(gid, file, line),
      members: members.split(',').filter((member) => member !== ''),
    };
  });
}

export function writeGroup(entries: Iterable<GroupEntry>): string {
  return lines(entries, (entry) => [entry.name, entry.password, entry.gid, entry.members.join(',')].join(':'));
}

function lines<T>(entries: Iterable<T>, write: (entry: T) => string): string {
  return [...entries].map((entry) => `${write(entry)}\n`).join('');
}

function fieldsOf(text: string, file: string, count: number): { fields: string[]; line: number }[] {
  return text.split('\n').flatMap((row, index) => {
    if (row === '') return [];
    const fields = row.split(':');
    if (fields.length !== count || fields[0] === '')
      throw malformed(file, index + 1, `it has ${fields.length} fields instead of ${count}, or no name`);
    return [{ fields, line: index + 1 }];
  });
}

/** Ids are 32 bits; 4294967295 means “none” to the kernel. */
function number(text: string, file: string, line: number): number {
  const value = /^\d{1,10}$/u.test(text) ? Number(text) : Number.NaN;
  if (!(value < 0xffff_ffff)) throw malformed(file, line, `${JSON.stringify(text)} is no id`);
  return value;
}

function malformed(file: string, line: number, why: string): KilopyError {
  return new KilopyError('KP7101', `/${file} has a line that cannot be read`, {
    where: { file: `/${file}`, line },
    why,
  });
}
