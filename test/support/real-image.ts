import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkout, runCli, type CliResult } from './cli.ts';
import { filledTargets } from './filled-store.ts';
import { deadNetwork } from './recorded-mirror.ts';

/** The targets that the test store has packages for, this machine's usual one first. */
export const realTargets: readonly string[] = filledTargets();

export interface BuiltLayer {
  readonly target: string;
  readonly digest: string;
  readonly diffId: string;
  readonly sizeBytes: number;
  readonly rawBytes: number;
  readonly origin: string;
}

/** One of `artifacts` of `kilopy build --json`. */
export interface BuiltArtifact {
  readonly path: string;
  readonly format: string;
  readonly target?: string;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly rawBytes: number;
  readonly layers: readonly BuiltLayer[];
}

/** A folder of applications that are built by the CLI on base debian, without network, from the test store. */
export interface Workshop {
  readonly folder: string;
  /** Writes an application, or copies `examples/NAME` when no files are given. Returns its folder. */
  app(name: string, files?: Readonly<Record<string, string>>): string;
  build(app: string, ...options: readonly string[]): Promise<readonly BuiltArtifact[]>;
  close(): void;
}

/** Environment of every kilopy here: the network is dead, the store answers. */
export const offlineEnv: Readonly<Record<string, string>> = deadNetwork;

export function openWorkshop(): Workshop {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'kilopy-real-')));
  let first: string | undefined;
  return {
    folder,
    app(name, files) {
      const path = join(folder, name);
      mkdirSync(path);
      if (files === undefined) {
        cpSync(join(checkout, 'examples', name), path, { recursive: true });
        rmSync(join(path, 'kilopy.lock'), { force: true });
      }
      for (const [file, text] of Object.entries(files ?? {})) writeFileSync(join(path, file), text);
      // What the first application has locked need not be looked up again.
      if (first === undefined) first = path;
      else if (existsSync(join(first, 'kilopy.lock'))) cpSync(join(first, 'kilopy.lock'), join(path, 'kilopy.lock'));
      return path;
    },
    async build(app, ...options) {
      const result = await runCli([...command(app), ...options], { env: offlineEnv });
      return answerOf(result).artifacts;
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function command(app: string): readonly string[] {
  return ['build', app, '--base', 'debian', '--offline', '--json', '--out-dir', join(app, 'dist')];
}

function answerOf({ status, stdout, stderr }: CliResult): { readonly artifacts: readonly BuiltArtifact[] } {
  if (status !== 0) throw new Error(`kilopy build ended with ${String(status)}: ${stderr}${stdout}`);
  return JSON.parse(stdout) as { readonly artifacts: readonly BuiltArtifact[] };
}
