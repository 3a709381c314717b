import { createLogUpdate } from 'log-update';
import type { KilopyEvent } from '../../values/events.ts';
import type { Style } from '../command.ts';
import { formatSize } from './bytes.ts';
import type { Progress } from './progress.ts';

interface Line {
  readonly title: string;
  readonly totalBytes: number | undefined;
  detail: string;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 100;

/** The live display of a terminal: a line for every step and download that is under way, redrawn until it ends. */
export function createLiveSteps(stream: NodeJS.WriteStream, style: Style): Progress {
  const draw = createLogUpdate(stream);
  const running = new Map<string, Line>();
  let frame = 0;

  function redraw(): void {
    const mark = style.green(frames[frame % frames.length] ?? '');
    draw([...running.values()].map(({ title, detail }) => `${mark} ${title}${style.dim(detail)}`).join('\n'));
  }

  /** A line that stays, above those that move. */
  function keep(text: string): void {
    draw.clear();
    stream.write(`${text}\n`);
    redraw();
  }

  const timer = setInterval(() => {
    frame += 1;
    redraw();
  }, frameMs);

  return {
    on(event: KilopyEvent) {
      switch (event.type) {
        case 'step.started': {
          const title = event.target === undefined ? event.title : `${event.title} for ${event.target}`;
          running.set(stepKey(event), { title, totalBytes: undefined, detail: '' });
          break;
        }
        case 'step.finished':
          running.delete(stepKey(event));
          break;
        case 'download.started':
          running.set(event.url, { title: `downloading ${event.label}`, totalBytes: event.sizeBytes, detail: '' });
          break;
        case 'download.progress': {
          const line = running.get(event.url);
          if (line !== undefined) line.detail = received(event.receivedBytes, line.totalBytes);
          break;
        }
        case 'download.retried': {
          const line = running.get(event.url);
          if (line !== undefined) line.detail = `  trying again: ${event.why}`;
          break;
        }
        case 'download.finished':
          running.delete(event.url);
          break;
        case 'store.refetched':
          keep(`${style.yellow('warning')}: ${event.why}; fetching it again`);
          break;
        case 'warning':
          keep(`${style.yellow('warning')}: ${event.text}`);
          break;
        case 'note':
          keep(event.text);
          break;
        default:
      }
    },
    stop() {
      clearInterval(timer);
      draw.clear();
      draw.done();
    },
  };
}

function received(receivedBytes: number, totalBytes: number | undefined): string {
  return `  ${formatSize(receivedBytes)}${totalBytes === undefined ? '' : ` of ${formatSize(totalBytes)}`}`;
}

function stepKey(event: { readonly step: string; readonly target?: string }): string {
  return `step ${event.step} ${event.target ?? ''}`;
}
