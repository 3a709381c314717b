import type { ParsedDockerfile } from '../../spec/dockerfile/parse.ts';
import type { DockerContext } from './docker-context.ts';
import type { StageState } from './stage-state.ts';

/** What all stages share. */
export interface Interpretation {
  readonly file: ParsedDockerfile;
  readonly context: DockerContext;
  /** `--build-arg`, and ARG before the first FROM. */
  readonly globals: ReadonlyMap<string, string>;
  readonly given: ReadonlyMap<string, string>;
  /** Stages that were read already, by index. */
  readonly done: Map<number, StageState>;
  /** Reads a stage, and what it stands on. */
  readonly stage: (index: number) => StageState;
}

/** The index of the stage that a name or number means, as Docker counts: only stages above `before`. */
export function findStage({ stages }: ParsedDockerfile, name: string, before: number): number | undefined {
  if (/^\d+$/u.test(name)) return Number(name) < before ? Number(name) : undefined;
  const at = stages.slice(0, before).findLastIndex((stage) => stage.name?.toLowerCase() === name.toLowerCase());
  return at === -1 ? undefined : at;
}
