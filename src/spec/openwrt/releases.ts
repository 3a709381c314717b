import { KilopyError } from '../../errors/kilopy-error.ts';
import type { SourceLocation } from '../../values/source-location.ts';
import { openwrtDefaults } from '../bases.ts';

/** The last release of each branch that kilopy knows (openwrt.org/releases); later ones are taken as they are typed. */
const lastOfBranch: Readonly<Record<string, number>> = {
  '17.01': 7,
  '18.06': 9,
  '19.07': 10,
  '21.02': 7,
  '22.03': 7,
  '23.05': 6,
  '24.10': 4,
  '25.12': 0,
};

/** A release as its folder on the servers is called: `23.05.5`, `24.10.0-rc2`, `23.05-SNAPSHOT`, `snapshots`. Throws KP2003. */
export function checkOpenwrtRelease(text: string, where: string | SourceLocation | undefined): string {
  if (/^(?:v?\d\d\.\d\d\.\d+(?:-rc\d+)?|\d\d\.\d\d-SNAPSHOT|snapshots)$/u.test(text)) return text.replace(/^v/u, '');
  throw new KilopyError('KP2003', `"${text}" is no release of OpenWrt`, { where, ...adviceOn(text) });
}

function adviceOn(text: string): { readonly why?: string; readonly fix: string } {
  const branch = /^v?(\d\d\.\d\d)(?:\.x)?$/u.exec(text)?.[1] ?? '';
  const last = lastOfBranch[branch];
  if (last !== undefined) {
    const all = last === 0 ? `${branch}.0` : `${branch}.0 to ${branch}.${String(last)}`;
    return {
      why: `${branch} is a branch; releases of it that kilopy knows are ${all}.`,
      fix: `write ${branch}.${String(last)}, or ${branch}-SNAPSHOT for what is built of the branch each day`,
    };
  }
  if (/^snapshots?$/iu.test(text)) return { fix: 'write snapshots' };
  return { fix: `write a release such as ${openwrtDefaults.release}, or snapshots` };
}
