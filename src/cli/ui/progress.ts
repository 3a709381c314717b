import type { KilopyEvent } from '../../values/events.ts';
import type { Style } from '../command.ts';
import { formatSize } from './bytes.ts';
import { printableLines } from './printable.ts';

/** Listens to events during a command and shows them on stderr. */
export interface Progress {
  on(event: KilopyEvent): void;
  /** Puts the terminal back in order before the answer is printed. */
  stop(): void;
}

export interface ProgressOptions {
  readonly stream: NodeJS.WriteStream;
  readonly write: (text: string) => void;
  readonly style: Style;
  readonly tty: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** Silence, lines, or a live display, by where stderr goes. */
export function createProgress(options: ProgressOptions): Progress {
  const plain = plainProgress(options);
  const shown = options.quiet || options.verbose || !options.tty ? plain : liveProgress(options, plain);
  return { on: (event) => shown.on(harmless(event)), stop: () => shown.stop() };
}

/** Names in events come from archives, too: none of them may drive the terminal. */
function harmless(event: KilopyEvent): KilopyEvent {
  const entries = Object.entries(event).map(([key, value]) => [
    key,
    typeof value === 'string' ? printableLines(value) : (value as unknown),
  ]);
  return Object.fromEntries(entries) as KilopyEvent;
}

/** One line an event. Only work that takes long enough to be wondered about is said without `--verbose`. */
function plainProgress({ write, style, quiet, verbose }: ProgressOptions): Progress {
  const line = (text: string): void => {
    write(`${text}\n`);
  };
  return {
    on(event) {
      if (event.type === 'warning') line(`${style.yellow('warning')}: ${event.text}`);
      if (quiet) return;
      switch (event.type) {
        case 'note':
          line(event.text);
          break;
        case 'download.started':
          line(`downloading ${event.label}${event.sizeBytes === undefined ? '' : ` (${formatSize(event.sizeBytes)})`}`);
          break;
        case 'download.retried':
          line(`trying again (${String(event.attempt)}): ${event.why}`);
          break;
        case 'store.refetched':
          line(`${style.yellow('warning')}: ${event.why}; fetching it again`);
          break;
        case 'step.started':
          if (verbose) line(style.dim(`${event.step}: ${event.title}`));
          break;
        case 'step.output':
          if (verbose) line(style.dim(event.text));
          break;
        case 'step.finished':
          if (verbose && event.detail !== undefined) line(style.dim(`${event.step}: ${event.detail}`));
          break;
        default:
      }
    },
    stop: () => undefined,
  };
}

/**
 * The running steps, drawn live. What draws them is loaded only when a command has been silent for a while, because most warm
 * builds are over before it could be read.
 */
function liveProgress(options: ProgressOptions, plain: Progress): Progress {
  const early: KilopyEvent[] = [];
  let live: Progress | undefined;
  let stopped = false;
  const timer = setTimeout(() => {
    void import('./live-steps.ts').then(({ createLiveSteps }) => {
      if (stopped) return;
      live = createLiveSteps(options.stream, options.style);
      for (const event of early) live.on(event);
      early.length = 0;
    });
  }, 400);
  function stop(): void {
    if (stopped) return;
    stopped = true;
    clearTimeout(timer);
    live?.stop();
    if (live === undefined) for (const event of early) if (event.type === 'note') plain.on(event);
  }
  return {
    on(event) {
      // The application writes to the same terminal: nothing may be redrawn any more.
      if (event.type === 'step.started' && event.step === 'run') stop();
      if (stopped || (event.type === 'warning' && live === undefined)) plain.on(event);
      else if (live === undefined) early.push(event);
      else live.on(event);
    },
    stop,
  };
}
