import { resolve } from 'node:path';

/** The folder that kilopy was installed into: with package.json, device/ and examples/. The same seen from src/ and from build/. */
export const packageRoot: string = resolve(import.meta.dirname, '../..');
