/** What a stage of a Dockerfile leaves behind, gathered instruction by instruction. */
export interface StageState {
  readonly args: Map<string, string>;
  readonly env: Map<string, Placed<string>>;
  readonly labels: Map<string, string>;
  readonly ports: string[];
  readonly copies: Copied[];
  /** Overlay that RUN and VOLUME make, by path. */
  readonly made: Map<string, MadeNode>;
  readonly packages: PackageWish[];
  readonly repositories: Repository[];
  /** Names that RUN gave numbers to. */
  readonly users: Map<string, { readonly uid?: number | undefined; readonly gid?: number | undefined }>;
  /** Absolute paths of links, with their targets. */
  readonly notes: Note[];
  workdir: Placed<string> | undefined;
  user: Placed<string> | undefined;
  entrypoint: StartCommand | undefined;
  cmd: StartCommand | undefined;
  /** A RUN compiled MicroPython, or fetched it. */
  makesRuntime: boolean;
  wantsInit: boolean;
}

export interface Placed<T> {
  readonly value: T;
  readonly line: number;
}

/** Files that come from the build context. */
export interface Copied {
  /** In the context, without a leading slash; the context itself is the empty text. */
  readonly from: string;
  /** Absolute path in the image. Of a folder: where its contents go. */
  readonly to: string;
  readonly kind: 'file' | 'folder';
  readonly line: number;
  readonly owner?: string | undefined;
  readonly mode?: string | undefined;
}

export interface MadeNode {
  readonly line: number;
  readonly directory?: true | undefined;
  readonly content?: string | undefined;
  readonly symlink?: string | undefined;
  readonly owner?: string | undefined;
  readonly mode?: string | undefined;
}

export interface PackageWish {
  readonly manager: 'apk' | 'apt' | 'opkg';
  /** In the words of kilopy.yaml. */
  readonly text: string;
  readonly name: string;
  readonly line: number;
  /** Removed again in the same file (`--virtual`), or a tool for building. */
  readonly isForBuilding: boolean;
}

export interface Repository {
  readonly url: string;
  readonly line: number;
  readonly allowUntrusted: boolean;
  /** Written into /etc/apk/repositories; else it counts for the command on its line. */
  readonly isForAll: boolean;
}

export interface StartCommand {
  readonly line: number;
  readonly form: 'exec' | 'shell';
  readonly words: readonly string[];
  readonly text: string;
}

/**
 * `lost`: it is not in kilopy.yaml. `changed`: it is, and not quite the same. `needless`: an image of kilopy does not
 * need it.
 */
export interface Note {
  readonly kind: 'lost' | 'changed' | 'needless';
  readonly line: number;
  /** What stands in the Dockerfile, shortened. */
  readonly what: string;
  readonly why: string;
  readonly fix?: string | undefined;
}

/** A state on top of another one, as `FROM name-of-a-stage` begins. */
export function newStage(below?: StageState): StageState {
  return {
    args: new Map(),
    env: new Map(below?.env),
    labels: new Map(below?.labels),
    ports: [...(below?.ports ?? [])],
    copies: [...(below?.copies ?? [])],
    made: new Map(below?.made),
    packages: [...(below?.packages ?? [])],
    repositories: [...(below?.repositories ?? [])],
    users: new Map(below?.users),
    notes: [...(below?.notes ?? [])],
    workdir: below?.workdir,
    user: below?.user,
    entrypoint: below?.entrypoint,
    cmd: below?.cmd,
    makesRuntime: below?.makesRuntime ?? false,
    wantsInit: below?.wantsInit ?? false,
  };
}
