import type { ImageBuilderWords } from '../../spec/openwrt/words.ts';

/** What all commands below `kilopy imagebuilder` take. Paths are absolute. */
export interface ImageBuilderRequest {
  readonly words: ImageBuilderWords;
  /** `23.05.5`; absent with `from`, which knows it. */
  readonly release: string | undefined;
  /** `malta/be`; absent with `from` or `device`. */
  readonly board: string | undefined;
  readonly device: string | undefined;
  /** Folder of an unpacked ImageBuilder. */
  readonly from: string | undefined;
  readonly mirror: string | undefined;
  /** Feeds as `kilopy feed solve` takes them; then no other is asked. */
  readonly feeds: readonly string[];
  readonly keys: readonly string[] | undefined;
  readonly allowUntrusted: boolean;
  readonly offline: boolean;
  /** Answers as the real opkg. */
  readonly compat: 'opkg' | undefined;
  /** Values of `${NAME}` in files of FILES that kilopy-files.yaml calls templates. */
  readonly values: Readonly<Record<string, string>>;
}
