import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { apkoArchitectures, parseApkoArchitectures, type ApkoArchitecture } from '../../spec/apko/architectures.ts';
import type { ApkoAccounts, ApkoConfig } from '../../spec/apko/config.ts';
import { readApkoConfig } from '../../spec/apko/read-config.ts';
import type { ApkoRequest } from './request.ts';

/** The configuration with the options of the command line in it. */
export interface OpenedConfig {
  readonly config: ApkoConfig;
  readonly architectures: readonly ApkoArchitecture[];
  readonly checksum: string;
  /** The least time of the image, in seconds since 1970. */
  readonly buildDateSeconds: number;
  /** SOURCE_DATE_EPOCH is set: the image's time is exactly that. */
  readonly isDateFixed: boolean;
}

/** Reads apko.yaml and lays the options over it. Throws as readApkoConfig, and KP1102 for a bad date. */
export async function openConfig(ctx: Context, request: ApkoRequest): Promise<OpenedConfig> {
  const { config, checksum } = await readApkoConfig(ctx, request);
  const { contents } = config;
  const names = request.archs.length > 0 ? request.archs : (config.archs ?? []);
  const architectures = names.length === 0 ? apkoArchitectures : parseApkoArchitectures(names, ctx.host.arch, '--arch');
  const { include: _, ...rest } = config;
  return {
    config: {
      ...rest,
      contents: {
        ...contents,
        build_repositories: sorted([...(contents.build_repositories ?? []), ...request.buildRepositoryAppend]),
        repositories: sorted([...(contents.repositories ?? []), ...request.repositoryAppend]),
        keyring: sorted([...(contents.keyring ?? []), ...request.keyringAppend]),
        packages: sorted([...(contents.packages ?? []), ...request.packageAppend]),
      },
      archs: architectures.map(({ name }) => name),
      annotations: { ...config.annotations, ...request.annotations },
      accounts: withHomes(config.accounts),
    },
    architectures,
    checksum,
    ...buildDate(ctx, request),
  };
}

/** apko writes the home that a user has without one being named into what the image says of its configuration. */
function withHomes(accounts: ApkoAccounts): ApkoAccounts {
  if (accounts.users === undefined) return accounts;
  const users = accounts.users.map((user) => ({
    ...user,
    homedir: user.homedir === undefined || user.homedir === '' ? `/home/${user.username ?? ''}` : user.homedir,
  }));
  return { ...accounts, users };
}

/** Each once, in the order of their bytes. */
export function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function buildDate(ctx: Context, { buildDate: text }: ApkoRequest): { buildDateSeconds: number; isDateFixed: boolean } {
  const epoch = ctx.env.SOURCE_DATE_EPOCH;
  if (epoch !== undefined && epoch !== '') {
    if (/^\d{1,11}$/.test(epoch)) return { buildDateSeconds: Number(epoch), isDateFixed: true };
    throw new KilopyError('KP1102', `SOURCE_DATE_EPOCH is "${epoch}", which is no number of seconds since 1970`);
  }
  if (text === undefined || text === '') return { buildDateSeconds: 0, isDateFixed: false };
  const isWhole = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const ms = isWhole ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return { buildDateSeconds: Math.floor(ms / 1000), isDateFixed: false };
  throw new KilopyError('KP1001', `--build-date is "${text}", which is no time`, { fix: 'write 2026-01-31T12:00:00Z' });
}
