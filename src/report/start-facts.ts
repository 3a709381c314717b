import type { ImageConfig } from '../image/image-documents.ts';

/** What a configuration says of how a container is started (image-spec, config.md); values of other types are left out. */
export interface StartFacts {
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly env: readonly string[];
  readonly user: string | undefined;
  readonly workdir: string | undefined;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly stopSignal: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

export function startFacts(image: ImageConfig): StartFacts {
  const config = image.config ?? {};
  return {
    entrypoint: texts(config['Entrypoint']),
    cmd: texts(config['Cmd']),
    env: texts(config['Env']),
    user: text(config['User']),
    workdir: text(config['WorkingDir']),
    ports: keys(config['ExposedPorts']),
    volumes: keys(config['Volumes']),
    stopSignal: text(config['StopSignal']),
    labels: labels(config['Labels']),
  };
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function keys(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value).toSorted() : [];
}

function labels(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
