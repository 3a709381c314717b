import { KilopyError } from '../../errors/kilopy-error.ts';
import type { ApkoAccounts } from '../../spec/apko/config.ts';
import { parseGroup, parsePasswd, writeGroup, writePasswd } from '../../tree/passwd.ts';
import { parentOf } from '../../tree/paths.ts';
import { apkoOrigin, type RootFiles } from './root-files.ts';

/**
 * Appends groups and users, locks the users in /etc/shadow, and makes homes that are not there (0700, those of packages'
 * users too). Gives the user to run as, a name of /etc/passwd as its number.
 */
export async function addAccounts(root: RootFiles, accounts: ApkoAccounts): Promise<string | undefined> {
  const { groups = [], users = [] } = accounts;
  if (groups.length > 0) {
    const existing = parseGroup((await root.read('etc/group')) ?? '', 'etc/group');
    const added = groups.map(({ groupname = '', gid = 0, members = [] }) => ({
      name: groupname,
      password: 'x',
      gid,
      members,
    }));
    await root.write('etc/group', writeGroup([...existing, ...added]), 0o644);
  }
  const all = [
    ...parsePasswd((await root.read('etc/passwd')) ?? '', 'etc/passwd'),
    ...users.map(({ username = '', uid = 0, gid, shell, homedir }) => ({
      name: username,
      password: 'x',
      uid,
      gid: gid ?? uid,
      gecos: 'Account created by apko',
      home: homedir ?? `/home/${username}`,
      shell: shell ?? '/bin/sh',
    })),
  ];
  for (const { name, home, uid, gid } of all) {
    if (home === '/dev/null') continue;
    const node = root.stat(home);
    if (node?.type === 'directory') continue;
    if (node !== undefined)
      throw new KilopyError('KP2110', `the home ${home} of ${name} is no folder`, { where: home });
    root.makeFolders(parentOf(home.replace(/\/+$/u, '')), 0o755);
    const path = root.place(home);
    root.set({ type: 'directory', path, mode: 0o700, uid, gid, mtimeSeconds: 0, origin: apkoOrigin });
  }
  await root.write('etc/passwd', writePasswd(all), 0o644);
  if (users.length > 0) {
    const locked = users.map(({ username = '' }) => `${username}:!:::::::\n`);
    await root.write('etc/shadow', `${(await root.read('etc/shadow')) ?? ''}${locked.join('')}`, 0o640);
  }
  const runAs = accounts['run-as'];
  const user = all.find(({ name }) => name === runAs);
  return user === undefined ? runAs : String(user.uid);
}
