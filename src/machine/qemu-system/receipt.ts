import { dirname } from 'node:path';
import type { Context } from '../../io/context.ts';
import type { BootTimes } from './measure-boot.ts';

/** What was measured when a machine booted an image. */
export interface Receipt extends BootTimes {
  readonly machine: string;
  /** How it was booted: `initramfs`, `disk` ... */
  readonly form: string;
  readonly accelerator: 'kvm' | 'tcg';
  /** What QEMU was given. */
  readonly bootedFiles: readonly { readonly path: string; readonly sizeBytes: number }[];
  /** What a flash would hold: the kernel as uImage-lzma and the compressed root. */
  readonly flashBytes: number;
  readonly kernelFlashBytes: number;
  readonly rootFlashBytes: number;
  /** Memory that the machine had. */
  readonly ramMiB: number;
  /** The least memory with which it answers, where that was looked for. */
  readonly ramNeededMiB?: number | undefined;
  /** What is left in the flash of the device that was named. */
  readonly device?: string | undefined;
  readonly deviceLimitBytes?: number | undefined;
  readonly deviceLeftBytes?: number | undefined;
  readonly kernel: string;
}

/** A few lines for a person; the last one only where something differs from the receipt before. */
export function receiptText(receipt: Receipt, last: Receipt | undefined): string {
  const listening =
    receipt.bootToListenMs === undefined ? '' : `listening ${seconds(receipt.bootToListenMs)} s after start, `;
  const needed = receipt.ramNeededMiB === undefined ? '' : `${String(receipt.ramNeededMiB)} MiB needed, `;
  const first = [
    `${listening}first answer ${seconds(receipt.bootToAnswerMs)} s`,
    `flash ${kilobytes(receipt.flashBytes)} kB (kernel ${kilobytes(receipt.kernelFlashBytes)}, root ${kilobytes(receipt.rootFlashBytes)})`,
    `memory ${needed}${String(receipt.ramMiB)} MiB given`,
  ].join('; ');
  const changes = last === undefined ? [] : changesSince(receipt, last);
  const lines = [first, ...memoryWords(receipt), ...deviceWords(receipt)];
  if (last !== undefined && changes.length > 0) {
    const then = last.form === receipt.form ? '' : ` (${last.form})`;
    lines.push(`since the last run${then}: ${changes.join('; ')}`);
  }
  return lines.map((line) => `  ${line}\n`).join('');
}

function memoryWords({ appRssBytes, appPeakRssBytes, appHeapPeakBytes }: Receipt): string[] {
  if (appRssBytes === undefined || appPeakRssBytes === undefined || appHeapPeakBytes === undefined) return [];
  const [now, most, heap] = [appRssBytes, appPeakRssBytes, appHeapPeakBytes].map(kilobytes);
  return [`the application has ${now ?? ''} kB in memory, at most ${most ?? ''}, of which its heap ${heap ?? ''}`];
}

function deviceWords({ device, deviceLimitBytes, deviceLeftBytes }: Receipt): string[] {
  if (device === undefined || deviceLimitBytes === undefined || deviceLeftBytes === undefined) return [];
  return [`on ${device} ${kilobytes(deviceLeftBytes)} of ${kilobytes(deviceLimitBytes)} kB are left`];
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '?' : (ms / 1000).toFixed(2);
}

function kilobytes(bytes: number): string {
  return String(Math.round(bytes / 1000)).replace(/(\d)(?=(?:\d{3})+$)/g, '$1 ');
}

/** Times vary by themselves; what is said is more than a fifth. */
const notableShare = 0.2;

function changesSince(receipt: Receipt, last: Receipt): string[] {
  const changes: string[] = [];
  const bytes = receipt.flashBytes - last.flashBytes;
  if (bytes !== 0) changes.push(`flash ${bytes > 0 ? '+' : ''}${String(bytes)} B`);
  const [now, before] = [receipt.bootToAnswerMs, last.bootToAnswerMs];
  if (now !== undefined && before !== undefined && Math.abs(now - before) > notableShare * before) {
    changes.push(`first answer ${seconds(Math.abs(now - before))} s ${now > before ? 'later' : 'earlier'}`);
  }
  const [rss, rssBefore] = [receipt.appPeakRssBytes, last.appPeakRssBytes];
  if (rss !== undefined && rssBefore !== undefined && Math.abs(rss - rssBefore) > notableShare * rssBefore) {
    changes.push(`application ${rss > rssBefore ? '+' : '-'}${kilobytes(Math.abs(rss - rssBefore))} kB in memory`);
  }
  return changes;
}

/** The receipt beside the artifact, if there is one that can be read. */
export async function readReceipt(ctx: Context, path: string): Promise<Receipt | undefined> {
  if (!(await ctx.fs.exists(path))) return undefined;
  try {
    return JSON.parse(await ctx.fs.readText(path)) as Receipt;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export async function writeReceipt(ctx: Context, path: string, receipt: Receipt): Promise<void> {
  await ctx.fs.makeDirectory(dirname(path));
  await ctx.fs.writeAtomic(path, `${JSON.stringify(receipt, null, 2)}\n`);
}
