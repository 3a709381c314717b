import { noAssertion } from '../../report/spdx/document.ts';
import type { RootFiles } from './root-files.ts';

/** What os-release(5) says of a system. */
export interface Release {
  readonly id: string;
  readonly name: string;
  readonly version: string | undefined;
}

/** From `etc/os-release`; apko's words for an image without one. */
export async function readRelease(root: RootFiles): Promise<Release> {
  const text = await root.read('etc/os-release');
  if (text === undefined) return { id: 'unknown', name: 'apko-generated image', version: 'unknown' };
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0 && !line.startsWith('#')) fields.set(line.slice(0, at), line.slice(at + 1).replaceAll(/^"+|"+$/gu, ''));
  }
  return { id: fields.get('ID') ?? '', name: fields.get('NAME') ?? '', version: fields.get('VERSION_ID') };
}

export function supplierOf({ name }: Release): string {
  return name === '' ? noAssertion : `Organization: ${name}`;
}
