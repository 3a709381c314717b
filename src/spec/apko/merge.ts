import type { ApkoConfig, ApkoContents } from './config.ts';

/**
 * An included configuration under the one that includes it, as apko merges: lists are joined, the included one first;
 * maps are joined, the including one wins; of single values the including one wins; `vcs-url` is not inherited.
 */
export function mergeApkoConfigs(included: ApkoConfig, config: ApkoConfig): ApkoConfig {
  return defined({
    contents: mergeContents(included.contents, config.contents),
    entrypoint: Object.keys(config.entrypoint).length > 0 ? config.entrypoint : included.entrypoint,
    cmd: config.cmd ?? included.cmd,
    'stop-signal': config['stop-signal'] ?? included['stop-signal'],
    'work-dir': config['work-dir'] ?? included['work-dir'],
    accounts: defined({
      'run-as': config.accounts['run-as'] ?? included.accounts['run-as'],
      users: joined(included.accounts.users, config.accounts.users),
      groups: joined(included.accounts.groups, config.accounts.groups),
    }),
    archs: (config.archs ?? []).length > 0 ? config.archs : included.archs,
    environment: over(included.environment, config.environment),
    paths: joined(included.paths, config.paths),
    'vcs-url': config['vcs-url'],
    annotations: over(included.annotations, config.annotations),
    include: config.include,
    volumes: joined(included.volumes, config.volumes),
    layering: config.layering ?? included.layering,
    format: config.format ?? included.format,
    certificates: config.certificates ?? included.certificates,
  }) as unknown as ApkoConfig;
}

function mergeContents(included: ApkoContents, config: ApkoContents): ApkoContents {
  return defined({
    build_repositories: joined(included.build_repositories, config.build_repositories),
    runtime_repositories: joined(included.runtime_repositories, config.runtime_repositories),
    repositories: joined(included.repositories, config.repositories),
    keyring: joined(included.keyring, config.keyring),
    runtime_keyring: joined(included.runtime_keyring, config.runtime_keyring),
    packages: joined(included.packages, config.packages),
    baseimage: config.baseimage ?? included.baseimage,
    exclude: joined(included.exclude, config.exclude),
  });
}

function joined<T>(first: readonly T[] | undefined, second: readonly T[] | undefined): readonly T[] | undefined {
  return first === undefined && second === undefined ? undefined : [...(first ?? []), ...(second ?? [])];
}

function over(
  under: Readonly<Record<string, string>> | undefined,
  above: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> | undefined {
  return under === undefined && above === undefined ? undefined : { ...under, ...above };
}

function defined(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
