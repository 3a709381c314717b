export interface Template {
  /** One line for `kilopy new --help`. */
  readonly summary: string;
  /** Texts by path. */
  files(name: string): Readonly<Record<string, string>>;
}
