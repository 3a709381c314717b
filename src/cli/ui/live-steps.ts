import { Listr, type ListrTaskWrapper, type DefaultRenderer, type SimpleRenderer } from 'listr2';
import type { KilopyEvent } from '../../values/events.ts';
import { formatSize } from './bytes.ts';
import type { Progress } from './progress.ts';

type Task = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof SimpleRenderer>;

interface Running {
  readonly task: Promise<Task>;
  readonly finish: () => void;
}

/** The live display of a terminal: a line for every running step and download, redrawn by listr2. */
export function createLiveSteps(): Progress {
  const list = new Listr([], {
    concurrent: true,
    rendererOptions: { collapseSubtasks: false },
    registerSignalListeners: false,
  });
  const running = new Map<string, Running>();
  const sizes = new Map<string, number>();
  const end = deferred<void>();
  list.add({ title: 'kilopy', task: () => end.promise });
  const finished = list.run().catch(() => undefined);

  function start(key: string, title: string): void {
    if (running.has(key)) return;
    const task = deferred<Task>();
    const done = deferred<void>();
    list.add({
      title,
      task: (_, wrapper) => {
        task.resolve(wrapper as Task);
        return done.promise;
      },
    });
    running.set(key, { task: task.promise, finish: () => done.resolve() });
  }

  function say(key: string, text: string): void {
    void running.get(key)?.task.then((task) => {
      task.output = text;
    });
  }

  function finish(key: string): void {
    running.get(key)?.finish();
    running.delete(key);
  }

  return {
    on(event: KilopyEvent) {
      switch (event.type) {
        case 'step.started':
          start(stepKey(event), event.target === undefined ? event.title : `${event.title} (${event.target})`);
          break;
        case 'step.finished':
          finish(stepKey(event));
          break;
        case 'download.started':
          if (event.sizeBytes !== undefined) sizes.set(event.url, event.sizeBytes);
          start(event.url, `downloading ${event.label}`);
          break;
        case 'download.progress': {
          const total = sizes.get(event.url);
          say(event.url, `${formatSize(event.receivedBytes)}${total === undefined ? '' : ` of ${formatSize(total)}`}`);
          break;
        }
        case 'download.retried':
          say(event.url, `trying again: ${event.why}`);
          break;
        case 'download.finished':
          finish(event.url);
          break;
        case 'warning':
        case 'note':
          list.add({ title: event.text, task: () => undefined });
          break;
        default:
      }
    },
    stop() {
      for (const key of running.keys()) finish(key);
      end.resolve();
      void finished;
    },
  };
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
}

/** A promise that is settled from outside. */
function deferred<T>(): Deferred<T> {
  const settled: ((value: T) => void)[] = [];
  const promise = new Promise<T>((settle) => {
    settled.push(settle);
  });
  return { promise, resolve: (value) => settled[0]?.(value) };
}

function stepKey(event: { readonly step: string; readonly target?: string }): string {
  return `step ${event.step} ${event.target ?? ''}`;
}
