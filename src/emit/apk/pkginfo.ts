import { installedSize, type ApkRecipe } from './apk-recipe.ts';

/**
 * The text of .PKGINFO, in the order of abuild.
 *
 * @param dataHash SHA-256 of the data segment as it is stored
 */
export function formatPkginfo(recipe: ApkRecipe, dataHash: string): string {
  const { providerPriority, replacesPriority, triggers } = recipe;
  const lines: readonly (readonly [string, string | number | undefined])[] = [
    ['pkgname', recipe.name],
    ['pkgver', recipe.version],
    ['pkgdesc', recipe.description],
    ['url', recipe.url],
    ['builddate', recipe.buildTime],
    ['size', installedSize(recipe)],
    ['arch', recipe.architecture],
    ['origin', recipe.origin],
    ['maintainer', recipe.maintainer],
    ['replaces_priority', replacesPriority],
    ['provider_priority', providerPriority],
    ['license', recipe.license],
    ...recipe.replaces.map((item) => ['replaces', item] as const),
    ...recipe.depends.map((item) => ['depend', item] as const),
    ...recipe.provides.map((item) => ['provides', item] as const),
    ['install_if', recipe.installIf.join(' ')],
    ['triggers', triggers.join(' ')],
    ['datahash', dataHash],
  ];
  const present = lines.filter(([, value]) => value !== undefined && value !== '');
  return present.map(([key, value]) => `${key} = ${String(value)}\n`).join('');
}
