/** Archives by the name that the lock uses for them. The lock names archives and paths, so that any mirror serves it. */
export interface Archives {
  nameOf(url: string): string;
  /** A file's URL as the name of its archive and the path below it; the archive of a URL elsewhere is its folder. */
  split(url: string): { readonly name: string; readonly path: string };
  /** Undefined for an archive that the configuration does not have. */
  urlOf(name: string): string | undefined;
}

/** An archive of a feed: the folder that every path of the lock is below. */
export interface NamedArchive {
  readonly feed: string;
  /** URL without a trailing slash. */
  readonly archive: string;
}

/** The first archive of a feed carries the feed's name (`debian`); a second one is its security archive (`debian-security`). */
export function nameArchives(sources: readonly NamedArchive[]): Archives {
  const urls = new Map<string, string>();
  const names = new Map<string, string>();
  for (const { feed, archive } of sources) {
    if (names.has(archive)) continue;
    const name = urls.has(feed) ? `${feed}-security` : feed;
    names.set(archive, name);
    urls.set(name, archive);
  }
  return {
    nameOf: (url) => names.get(url) ?? url,
    split(url) {
      // The longest, because one archive may lie below another's URL.
      const [archive, name] = [...names]
        .filter(([start]) => url.startsWith(`${start}/`))
        .sort((a, b) => b[0].length - a[0].length)[0] ?? [folderOf(url), folderOf(url)];
      return { name, path: url.slice(archive.length + 1) };
    },
    // An index of apk may give packages of other servers: the lock has their URL.
    urlOf: (name) => urls.get(name) ?? (/^https?:\/\//u.test(name) ? name : undefined),
  };
}

function folderOf(url: string): string {
  return url.slice(0, url.lastIndexOf('/'));
}
