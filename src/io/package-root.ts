import { resolve } from 'node:path';

/**
 * The folder that kilopy was installed into: with package.json, device/ and examples/. The same seen from src/io/ and
 * from build/chunks/, where the bundle has this module.
 */
export const packageRoot: string = resolve(import.meta.dirname, '../..');
