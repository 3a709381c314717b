import { parseDependency } from '../../codec/adb/adb-dependency.ts';
import { adbFields } from '../../codec/adb/adb-schema.ts';
import type { AdbInput } from '../../codec/adb/write-database.ts';
import { comparePaths } from '../../codec/path-text.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { installedSize, type ApkRecipe } from './apk-recipe.ts';

/** The `pkginfo` object of a package. @param extra fields that only an index or only a package has */
export function infoFields(recipe: ApkRecipe, extra: Readonly<Record<number, AdbInput>>): AdbInput {
  const fields = adbFields.info;
  return {
    fields: {
      [fields.name]: recipe.name,
      [fields.version]: recipe.version,
      [fields.description]: recipe.description,
      [fields.arch]: recipe.architecture,
      [fields.license]: recipe.license,
      [fields.origin]: recipe.origin,
      [fields.maintainer]: recipe.maintainer,
      [fields.url]: recipe.url,
      [fields.buildTime]: recipe.buildTime,
      // apk takes a package of size 0 for one without files and scripts.
      [fields.installedSize]: Math.max(
        installedSize(recipe),
        recipe.nodes.length > 0 || recipe.scripts.size > 0 ? 1 : 0,
      ),
      [fields.providerPriority]: recipe.providerPriority,
      [fields.depends]: relations(recipe.depends, recipe),
      [fields.provides]: relations(recipe.provides, recipe),
      [fields.replaces]: relations(recipe.replaces, recipe),
      [fields.installIf]: relations(recipe.installIf, recipe),
      [fields.tags]: recipe.tags === undefined || recipe.tags.length === 0 ? undefined : { array: [...recipe.tags] },
      ...extra,
    },
  };
}

/** Sorted by name and without repetitions: apk looks things up by halving. */
function relations(texts: readonly string[], recipe: ApkRecipe): AdbInput {
  const fields = adbFields.dependency;
  const parsed = [...new Set(texts)].map((text) => {
    const dependency = parseDependency(text);
    if (dependency !== undefined) return dependency;
    const where = `${recipe.name}-${recipe.version}`;
    throw new KilopyError('KP5253', `"${text}" is no dependency`, {
      where,
      fix: 'write it as name, !name or name>=1.2',
    });
  });
  const sorted = parsed.toSorted(
    (a, b) => comparePaths(a.name, b.name) || comparePaths(a.version ?? '', b.version ?? ''),
  );
  return {
    array: sorted.map(({ name, version, match }) => ({
      fields: { [fields.name]: name, [fields.version]: version, [fields.match]: match },
    })),
  };
}
