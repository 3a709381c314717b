/** Bounds on what input may make kilopy do. Sizes in bytes. */
export interface Limits {
  /** One signed index after decompression. */
  readonly indexBytes: number;
  /** One package or image after decompression. */
  readonly packageBytes: number;
  /** One file inside an archive. */
  readonly fileBytes: number;
  /** Entries of one archive. */
  readonly entries: number;
  /** One HTTP answer. */
  readonly responseBytes: number;
  /** HTTP: attempts for one URL, first pause, silence before giving up, all in milliseconds. */
  readonly attempts: number;
  readonly retryPauseMs: number;
  readonly stallMs: number;
}

export const defaultLimits: Limits = {
  indexBytes: 512 * 2 ** 20,
  packageBytes: 4 * 2 ** 30,
  fileBytes: 2 * 2 ** 30,
  entries: 1_000_000,
  responseBytes: 4 * 2 ** 30,
  attempts: 4,
  retryPauseMs: 500,
  stallMs: 30_000,
};
