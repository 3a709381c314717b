/**
 * What happens during a command, for people (cli/ui), programs (`--json`) and tests. Steps are named after the
 * stations of the design; a fault drill picks its moment by these names.
 */
export type KilopyEvent =
  | { readonly type: 'step.started'; readonly step: Step; readonly title: string; readonly target?: string }
  | { readonly type: 'step.finished'; readonly step: Step; readonly target?: string; readonly detail?: string }
  /** A line that a program of a step has printed. */
  | { readonly type: 'step.output'; readonly text: string }
  | {
      readonly type: 'download.started';
      readonly url: string;
      readonly label: string;
      readonly sizeBytes?: number | undefined;
    }
  | { readonly type: 'download.progress'; readonly url: string; readonly receivedBytes: number }
  | {
      readonly type: 'download.finished';
      readonly url: string;
      readonly sizeBytes: number;
      readonly fromCache: boolean;
    }
  | { readonly type: 'download.retried'; readonly url: string; readonly attempt: number; readonly why: string }
  | { readonly type: 'store.refetched'; readonly digest: string; readonly why: string }
  | { readonly type: 'artifact.written'; readonly path: string; readonly sizeBytes: number }
  /** Something a person should know and may ignore. */
  | { readonly type: 'note'; readonly text: string }
  /** Something a person should act on; the command goes on. */
  | { readonly type: 'warning'; readonly text: string; readonly code?: string };

export type Step =
  | 'spec'
  | 'app'
  | 'feed'
  | 'solve'
  | 'lock'
  | 'fetch'
  | 'unpack'
  | 'tree'
  | 'imports'
  | 'passes'
  | 'compress'
  | 'emit'
  | 'write'
  | 'kernel'
  | 'runtime'
  | 'push'
  | 'run'
  | 'compare'
  | 'test';
