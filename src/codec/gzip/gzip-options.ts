export interface GunzipOptions {
  /** Most bytes of content, over all members. */
  readonly limitBytes?: number;
}

export const defaultGunzipLimitBytes: number = 4 * 2 ** 30;
