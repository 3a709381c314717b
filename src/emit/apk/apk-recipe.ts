/** Everything that goes into a package, of either version. Two equal recipes make equal packages. */
export interface ApkRecipe {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly description: string;
  readonly url: string;
  readonly license: string;
  readonly origin: string;
  readonly maintainer: string;
  /** Seconds since 1970: of the package and of everything in it. */
  readonly buildTime: number;
  /** Relations as apk writes them: `so:libc.musl-x86_64.so.1`, `!busybox`, `musl>=1.2`. */
  readonly depends: readonly string[];
  readonly provides: readonly string[];
  readonly replaces: readonly string[];
  readonly installIf: readonly string[];
  readonly providerPriority: number | undefined;
  readonly replacesPriority: number | undefined;
  /** By name, `pre-install` to `post-upgrade` and `trigger`. */
  readonly scripts: ReadonlyMap<string, string>;
  /** Folders (globs) whose change runs the script `trigger`. */
  readonly triggers: readonly string[];
  /** Sorted by path, every parent present and before what is in it; the root is not listed. */
  readonly nodes: readonly RecipeNode[];
  /** `openwrt:abiversion=21`, and the like; version 2 has none. */
  readonly tags?: readonly string[] | undefined;
}

/** What most recipes have none of. */
export const plainRecipe: Pick<
  ApkRecipe,
  'maintainer' | 'replaces' | 'installIf' | 'providerPriority' | 'replacesPriority' | 'scripts' | 'triggers'
> = {
  maintainer: '',
  replaces: [],
  installIf: [],
  providerPriority: undefined,
  replacesPriority: undefined,
  scripts: new Map(),
  triggers: [],
};

/** Owned by root. */
export type RecipeNode = { readonly path: string; readonly mode: number } & (
  | { readonly type: 'directory' }
  | { readonly type: 'file'; readonly content: Uint8Array; readonly hardLinkOf?: string }
  | { readonly type: 'symlink'; readonly target: string }
);

/** Bytes of all files, each once. */
export function installedSize({ nodes }: ApkRecipe): number {
  return nodes.reduce(
    (sum, node) => sum + (node.type === 'file' && node.hardLinkOf === undefined ? node.content.length : 0),
    0,
  );
}

/** A package that was made, as an index describes it. */
export interface WrittenApk {
  readonly recipe: ApkRecipe;
  readonly bytes: Uint8Array;
  /** What binds it to an index: SHA-1 of the control segment (version 2), SHA-256 of the database (version 3). */
  readonly identity: Uint8Array;
}
