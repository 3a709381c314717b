/** The shape of a value in apko.yaml. */
export type ApkoShape =
  | { readonly kind: 'text' }
  | { readonly kind: 'flag' }
  /** Written in decimal, or as `0o755`, `0755`, `0x1ed`, `0b1`. */
  | { readonly kind: 'number'; readonly max: number; /** 0 is said, not left out. */ readonly zero?: boolean }
  | { readonly kind: 'list'; readonly of: ApkoShape }
  | { readonly kind: 'map'; readonly of: ApkoShape }
  | ApkoObject;

export interface ApkoObject {
  readonly kind: 'object';
  /** In the order in which apko writes them. */
  readonly keys: Readonly<Record<string, ApkoShape>>;
  /** Written although it is empty. */
  readonly always?: boolean;
}

const text: ApkoShape = { kind: 'text' };
const flag: ApkoShape = { kind: 'flag' };
const texts: ApkoShape = { kind: 'list', of: text };
const textMap: ApkoShape = { kind: 'map', of: text };
const id: ApkoShape = { kind: 'number', max: 4_294_967_295 };
/** Absent means something else than 0. */
const optionalId: ApkoShape = { kind: 'number', max: 4_294_967_295, zero: true };
const namedTexts: ApkoShape = { kind: 'list', of: { kind: 'object', keys: { name: text, content: text } } };

/** Every key of apko.yaml (apko 1.2, `pkg/build/types/types.go`), and two of kilopy's own at the ends; others are refused. */
export const apkoSchema: ApkoObject = {
  kind: 'object',
  keys: {
    contents: {
      kind: 'object',
      always: true,
      keys: {
        build_repositories: texts,
        runtime_repositories: texts,
        repositories: texts,
        keyring: texts,
        runtime_keyring: namedTexts,
        packages: texts,
        baseimage: { kind: 'object', keys: { image: text, apkindex: text } },
        exclude: texts,
      },
    },
    entrypoint: {
      kind: 'object',
      always: true,
      keys: { type: text, command: text, 'shell-fragment': text, services: textMap },
    },
    cmd: text,
    'stop-signal': text,
    'work-dir': text,
    accounts: {
      kind: 'object',
      always: true,
      keys: {
        'run-as': text,
        users: {
          kind: 'list',
          of: { kind: 'object', keys: { username: text, uid: id, gid: optionalId, shell: text, homedir: text } },
        },
        groups: { kind: 'list', of: { kind: 'object', keys: { groupname: text, gid: id, members: texts } } },
      },
    },
    archs: texts,
    environment: textMap,
    paths: {
      kind: 'list',
      of: {
        kind: 'object',
        keys: {
          path: text,
          type: text,
          uid: optionalId,
          gid: optionalId,
          permissions: { kind: 'number', max: 0o7777 },
          source: text,
          recursive: flag,
          content: text,
        },
      },
    },
    'vcs-url': text,
    annotations: textMap,
    include: text,
    volumes: texts,
    layering: { kind: 'object', keys: { strategy: text, budget: { kind: 'number', max: 1000 } } },
    format: text,
    certificates: { kind: 'object', keys: { additional: namedTexts, providers: texts } },
  },
};
