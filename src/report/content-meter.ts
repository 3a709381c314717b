import { deflateRaw, deflateRawSync } from 'node:zlib';
import { createHasher } from '../crypto/digest.ts';
import type { ContentSink } from '../image/content-sink.ts';
import type { Digest } from '../values/digest.ts';

/** Looks at the contents of an image while they pass, and keeps only what is asked for. */
export interface ContentMeter extends ContentSink {
  /** Contents at paths for which `keep` is true, by path; of several layers the last one. */
  readonly kept: ReadonlyMap<string, Uint8Array>;
  /** Own deflate size of every content, when a level is given. */
  readonly deflatedBytes: ReadonlyMap<Digest, number>;
  /** All contents of a layer together, those that later layers hide included. */
  readonly layers: ReadonlyMap<string, LayerTotals>;
}

export interface LayerTotals {
  readonly rawBytes: number;
  readonly deflatedBytes: number;
}

export interface MeterSettings {
  /** Whether the content at this path is wanted afterwards. */
  readonly keep: (path: string) => boolean;
  /** Level with which own deflate sizes are measured; undefined: they are not. 1 lets 500 MB pass in seconds. */
  readonly deflateLevel?: 1 | 9;
}

/** More than this of one file is never kept: databases of packages are smaller, and images may be hostile. */
const maxKeptBytes = 32 * 2 ** 20;

/** Contents are compressed in pieces of this size, on the threads of Node.js. Deflate looks back 32 KiB, so little is lost. */
const pieceBytes = 2 ** 18;

/** After so many bytes, of each file only every fourth piece is measured and stands for the others. */
const exactBytes = 64 * 2 ** 20;
const sampleEvery = 4;

const maxRunning = 3;

/** Below this a thread costs more than it saves. */
const smallBytes = 2 ** 14;

export function createContentMeter({ keep, deflateLevel }: MeterSettings): ContentMeter {
  const kept = new Map<string, Uint8Array>();
  const deflatedBytes = new Map<Digest, number>();
  const layers = new Map<string, LayerTotals>();
  const pool = deflateLevel === undefined ? undefined : createPool(deflateLevel);
  return {
    kept,
    deflatedBytes,
    layers,
    async putStream(chunks, path, layer) {
      const hasher = createHasher();
      const wanted = keep(path) ? ([] as Uint8Array[]) : undefined;
      const measuring = pool?.start();
      for await (const chunk of chunks) {
        hasher.update(chunk);
        measuring?.add(chunk);
        if (measuring !== undefined) await pool?.room();
        if (wanted !== undefined && hasher.sizeBytes <= maxKeptBytes) wanted.push(chunk.slice());
      }
      const ref = { digest: hasher.digest(), sizeBytes: hasher.sizeBytes };
      if (wanted !== undefined) kept.set(path, Buffer.concat(wanted));
      const packed = (await measuring?.finish()) ?? 0;
      if (measuring !== undefined) deflatedBytes.set(ref.digest, packed);
      const before = layers.get(layer) ?? { rawBytes: 0, deflatedBytes: 0 };
      layers.set(layer, {
        rawBytes: before.rawBytes + ref.sizeBytes,
        deflatedBytes: before.deflatedBytes + packed,
      });
      return ref;
    },
  };
}

interface Measuring {
  add(chunk: Uint8Array): void;
  finish(): Promise<number>;
}

/**
 * These sizes are only shares of a layer whose real size is known, and nothing of it is written anywhere, so that the
 * encoder of Node.js may be used.
 */
function createPool(level: number): { start(): Measuring; room(): Promise<void> } {
  const options = { level };
  let running = 0;
  let passedBytes = 0;
  let waiting: (() => void) | undefined;
  function begin(bytes: Uint8Array): Promise<number> {
    running += 1;
    return new Promise((resolve, reject) => {
      deflateRaw(bytes, options, (error, result) => {
        running -= 1;
        waiting?.();
        if (error === null) resolve(result.length);
        else reject(error);
      });
    });
  }
  return {
    async room() {
      // oxlint-disable-next-line no-unmodified-loop-condition -- the callback of `begin` changes it
      while (running >= maxRunning) await new Promise<void>((resolve) => (waiting = resolve));
    },
    start() {
      let parts: Uint8Array[] = [];
      let held = 0;
      let pieces = 0;
      let measured = 0;
      let total = 0;
      const sizes: Promise<number>[] = [];
      let small = 0;
      function flush(): void {
        if (held === 0) return;
        total += held;
        passedBytes += held;
        if (passedBytes < exactBytes || pieces % sampleEvery === 0) {
          measured += held;
          const bytes = parts.length === 1 ? (parts[0] ?? new Uint8Array(0)) : Buffer.concat(parts);
          if (held < smallBytes) small += deflateRawSync(bytes, options).length;
          else sizes.push(begin(bytes));
        }
        pieces += 1;
        parts = [];
        held = 0;
      }
      return {
        add(chunk) {
          parts.push(chunk);
          held += chunk.length;
          if (held >= pieceBytes) flush();
        },
        async finish() {
          flush();
          const packed = (await Promise.all(sizes)).reduce((sum, size) => sum + size, small);
          return measured === 0 ? 0 : Math.round((packed * total) / measured);
        },
      };
    },
  };
}
