import type { Context } from '../../io/context.ts';
import { openStore } from '../../store/store.ts';
import type { ChosenPackage } from './fetch-package.ts';
import { readKeyring } from './keyring.ts';
import { openConfig } from './open-config.ts';
import type { ApkoRequest } from './request.ts';
import { resolveConfig } from './resolve.ts';

export interface ShownPackages {
  readonly architecture: string;
  readonly packages: readonly Pick<ChosenPackage, 'name' | 'version' | 'url'>[];
}

/** `apko show-packages`: what would be installed for each architecture, in install order. Fetches indexes only. */
export async function apkoPackages(ctx: Context, request: ApkoRequest): Promise<readonly ShownPackages[]> {
  const store = await openStore(ctx, undefined, { offline: request.offline });
  const opened = await openConfig(ctx, request);
  const { keyring = [] } = opened.config.contents;
  const keys = await readKeyring(ctx, store, request.workdir, request.includePaths, keyring);
  const chosen = await resolveConfig(ctx, store, request, opened, keys);
  return opened.architectures.map(({ name }, i) => ({
    architecture: name,
    packages: (chosen[i] ?? []).map(({ name: pkg, version, url }) => ({ name: pkg, version, url })),
  }));
}

/** apko's formats by name; anything else is a text with `{{ .Name }}`, `{{ .Version }}` and `{{ .Source }}` in it. */
const formats: Readonly<Record<string, string>> = {
  'name-version': '{{ .Name }} {{ .Version }}',
  'name-version-source': '{{ .Name }} {{ .Version }} {{ .Source }}',
  'name=version': '{{ .Name }}={{ .Version }}',
  'name=version-source': '{{ .Name }}={{ .Version }} {{ .Source }}',
  'name-(version)': '{{ .Name }} ({{ .Version }})',
  'name-(version)-source': '{{ .Name }} ({{ .Version }}) {{ .Source }}',
  packagelock: '- {{ .Name }}={{ .Version }}',
  'packagelock-source': '- {{ .Name }}={{ .Version }} # {{ .Source }}',
};

/** One line for each package, in a format of apko or in a text with fields. */
export function formatPackages(shown: readonly ShownPackages[], format: string): string {
  const template = formats[format] ?? format;
  const lines = shown.flatMap(({ packages }) =>
    packages.map(({ name, version, url }) => {
      const fields: Readonly<Record<string, string>> = { Name: name, Version: version, Source: url };
      return template.replaceAll(/\{\{-?\s*\.(\w+)\s*-?\}\}/gu, (whole, field: string) => fields[field] ?? whole);
    }),
  );
  return lines.map((line) => `${line}\n`).join('');
}
