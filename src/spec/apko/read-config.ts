import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { SourceLocation } from '../../values/source-location.ts';
import { collectFaults } from '../faults.ts';
import { readYamlDocument } from '../yaml-document.ts';
import { findArchitecture } from './architectures.ts';
import { checkShape } from './check-shape.ts';
import type { ApkoConfig, ApkoContents } from './config.ts';
import { mergeApkoConfigs } from './merge.ts';
import { apkoSchema } from './schema.ts';
import { validateApkoConfig } from './validate.ts';

export interface ReadApkoConfig {
  readonly config: ApkoConfig;
  /** The path as it was given. */
  readonly file: string;
  /** `sha256-BASE64` over the file and everything that it includes: what a lock file compares. */
  readonly checksum: string;
}

export interface ApkoConfigPlace {
  readonly file: string;
  /** Folder that relative paths start from. */
  readonly workdir: string;
  readonly includePaths: readonly string[];
}

/**
 * Reads apko.yaml with its includes and checks it. All faults of one file are reported together.
 *
 * @throws KilopyError KP2001 (YAML), KP2010, KP2101 to KP2107
 */
export async function readApkoConfig(ctx: Context, place: ApkoConfigPlace): Promise<ReadApkoConfig> {
  const hash = createHash('sha256');
  const config = await load(ctx, place, place.file, [], hash);
  return { config, file: place.file, checksum: `sha256-${hash.digest('base64')}` };
}

async function load(
  ctx: Context,
  place: ApkoConfigPlace,
  file: string,
  above: readonly string[],
  hash: { update(bytes: Uint8Array): unknown },
): Promise<ApkoConfig> {
  const { path, bytes } = await readLocal(ctx, place, file);
  if (above.includes(path)) {
    throw new KilopyError('KP2106', `${file} includes itself`, {
      where: file,
      why: [...above, path].join(' includes '),
    });
  }
  hash.update(bytes);
  const { config, locate } = parseApkoConfig(bytes, file);
  if (config.include === undefined) return config;
  const included = await load(ctx, place, config.include, [...above, path], hash);
  const faults = collectFaults();
  const merged = mergeApkoConfigs(included, config);
  validateApkoConfig(merged, locate, faults);
  faults.throwIfAny();
  return merged;
}

/** One file, without what it includes. */
export function parseApkoConfig(
  bytes: Uint8Array,
  file: string,
): { readonly config: ApkoConfig; readonly locate: (path: readonly (string | number)[]) => SourceLocation } {
  const faults = collectFaults();
  const text = new TextDecoder().decode(bytes);
  const document = readYamlDocument(text, { file, asWritten: () => true }, faults);
  faults.throwIfAny();
  const locate = document?.locate ?? (() => ({ file }));
  const shape = checkShape(document?.value ?? {}, apkoSchema, locate, faults) as Partial<ApkoConfig> | undefined;
  faults.throwIfAny();
  const config = complete(shape ?? {});
  const archs = faults.attempt(
    () => config.archs?.map((name, i) => findArchitecture(name, locate(['archs', i])).name),
    undefined,
  );
  const result: ApkoConfig = archs === undefined ? config : { ...config, archs };
  validateApkoConfig(result, locate, faults);
  faults.throwIfAny();
  return { config: result, locate };
}

function complete(config: Partial<ApkoConfig>): ApkoConfig {
  return {
    ...config,
    contents: withoutSlashes(config.contents ?? {}),
    entrypoint: config.entrypoint ?? {},
    accounts: config.accounts ?? {},
  };
}

function withoutSlashes(contents: ApkoContents): ApkoContents {
  const trimmed = Object.entries(contents).map(([key, value]) => [
    key,
    key.endsWith('repositories') ? (value as readonly string[]).map((text) => text.replace(/\/+$/u, '')) : value,
  ]);
  return Object.fromEntries(trimmed) as ApkoContents;
}

async function readLocal(
  ctx: Context,
  { workdir, includePaths }: ApkoConfigPlace,
  file: string,
): Promise<{ readonly path: string; readonly bytes: Uint8Array }> {
  const places = [workdir, ...includePaths.map((folder) => resolve(workdir, folder))];
  let cause: unknown;
  for (const folder of places) {
    const path = resolve(folder, file);
    try {
      return { path, bytes: await ctx.fs.readFile(path) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      cause = error;
    }
  }
  throw new KilopyError('KP2105', `there is no file ${file}`, {
    where: file,
    why: `looked in ${places.join(', ')}`,
    cause,
  });
}
