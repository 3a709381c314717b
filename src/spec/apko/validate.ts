import { compileGlob } from '../../codec/glob.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { SourceLocation } from '../../values/source-location.ts';
import type { Faults } from '../faults.ts';
import type { ApkoConfig } from './config.ts';

type Locate = (path: readonly (string | number)[]) => SourceLocation;

/** Names of certificates and keys become names of files. */
const fileName = /^[\w-][\w.-]*$/u;

/** What apko refuses beside the shape, and what kilopy does not do. Faults go to `faults` (KP2102, KP2107). */
export function validateApkoConfig(config: ApkoConfig, locate: Locate, faults: Faults): void {
  const wrong = (message: string, path: readonly (string | number)[], fix?: string): void => {
    faults.add(new KilopyError('KP2102', message, { where: locate(path), fix }));
  };
  const { entrypoint, accounts, contents } = config;
  if (entrypoint.type !== undefined || entrypoint.services !== undefined) {
    faults.add(
      new KilopyError('KP2107', 'service bundles (s6) are not built', {
        where: locate(['entrypoint', entrypoint.type === undefined ? 'services' : 'type']),
        why: 'an image with several programs and a supervisor is hard to watch and to stop from outside',
        fix: 'build one image for each service, or start one supervisor of your own: entrypoint: {command: /bin/s6-svscan /sv}',
      }),
    );
  }
  for (const [i, { username, uid }] of (accounts.users ?? []).entries()) {
    const path = ['accounts', 'users', i];
    if (username === undefined || username === '') wrong('a user has no username', path);
    else if (uid === undefined || uid === 0)
      wrong(`the user ${username} has uid 0`, path, 'to run as root, write run-as: 0');
  }
  for (const [i, { groupname }] of (accounts.groups ?? []).entries())
    if (groupname === undefined || groupname === '') wrong('a group has no groupname', ['accounts', 'groups', i]);
  for (const [i, { path, type, content }] of (config.paths ?? []).entries()) {
    const types = ['directory', 'empty-file', 'file', 'hardlink', 'symlink', 'permissions'];
    if (path === undefined || path === '') wrong('an entry of paths has no path', ['paths', i]);
    if (type === undefined || !types.includes(type))
      wrong(`${type ?? 'nothing'} is no type of paths`, ['paths', i, 'type'], `write one of ${types.join(', ')}`);
    if (type === 'file' && (content === undefined || content === ''))
      wrong(`the file ${path ?? ''} has no content`, ['paths', i], 'write content: with its text, or type: empty-file');
    if (type !== 'file' && content !== undefined)
      wrong('content goes with type: file only', ['paths', i, 'content'], 'write type: file, or remove content');
  }
  for (const [i, pattern] of (contents.exclude ?? []).entries()) {
    const path = ['contents', 'exclude', i];
    if (pattern.split('/').includes('..'))
      wrong(`${JSON.stringify(pattern)} leads upwards`, path, 'write the path as it is in the image, without ".."');
    else if (takesEverything(pattern))
      wrong(`${JSON.stringify(pattern)} would leave out everything`, path, 'name a folder or a file');
  }
  for (const [i, { name, content }] of (config.certificates?.additional ?? []).entries())
    checkNamed(name, content, ['certificates', 'additional', i]);
  const names = new Set<string>();
  for (const [i, { name, content }] of (contents.runtime_keyring ?? []).entries()) {
    const path = ['contents', 'runtime_keyring', i];
    checkNamed(name, content, path);
    if (name !== undefined && names.has(name)) wrong(`runtime_keyring has ${name} twice`, path);
    names.add(name ?? '');
  }
  if (config.format === 'erofs') {
    faults.add(
      new KilopyError('KP2107', 'layers in the EROFS format are not built', {
        where: locate(['format']),
        fix: 'remove format: erofs',
      }),
    );
  } else if (config.format !== undefined && config.format !== 'tar')
    wrong(`${config.format} is no format`, ['format'], 'write tar');
  const { strategy = '', budget = 0 } = config.layering ?? {};
  if ((strategy !== '' || budget !== 0) && strategy !== 'origin')
    wrong(`${JSON.stringify(strategy)} is no layering strategy`, ['layering', 'strategy'], 'write strategy: origin');
  if (contents.baseimage !== undefined) checkWithBase();

  function checkNamed(name: string | undefined, content: string | undefined, path: readonly (string | number)[]): void {
    if (name === undefined || !fileName.test(name))
      wrong(`${JSON.stringify(name ?? '')} cannot be its name`, path, 'use letters, digits, "-", "_" and "."');
    if (content === undefined || content === '') wrong(`${name ?? 'an entry'} has no content`, path);
  }

  function checkWithBase(): void {
    const { image, apkindex } = contents.baseimage ?? {};
    if (image === undefined || apkindex === undefined)
      wrong('baseimage needs image and apkindex', ['contents', 'baseimage']);
    const forbidden = ['cmd', 'stop-signal', 'work-dir', 'environment', 'paths', 'annotations', 'layering'] as const;
    const given = [
      ...forbidden.filter((key) => config[key] !== undefined),
      ...(['entrypoint', 'accounts'] as const).filter((key) => Object.keys(config[key]).length > 0),
    ];
    for (const key of given)
      wrong(`${key} does not go with contents.baseimage`, [key], `remove ${key}: the base image has its own`);
  }
}

/** Whether a pattern takes what has nothing in common, as `*`, `?*`, `*\/**` and `{*,etc}` do; or is the root itself. */
function takesEverything(pattern: string): boolean {
  const matches = compileGlob(pattern);
  return /^[/.]*$/u.test(pattern) || ['a/b', 'Z9/c', '.-_/d', 'etc/e', 'usr/lib/f'].every(matches);
}
