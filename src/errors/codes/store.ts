/** KP6xxx: store, downloads, network. */
export const storeCodes = {
  KP6001: {
    title: 'The store folder cannot be used',
    exitCode: 2,
    explanation:
      'kilopy keeps what it downloads and derives in one folder: `$KILOPY_CACHE`, else `$XDG_CACHE_HOME/kilopy`, else `~/.cache/kilopy`. That folder cannot be created or written: permissions, a read-only file system, or something else than a folder in its place.',
    fix: 'set KILOPY_CACHE to a folder that you may write',
  },
  KP6002: {
    title: 'A file in the store was damaged',
    exitCode: 5,
    explanation:
      'Every read from the store compares the content with its SHA-256. A file did not match: a failing disk, a power cut or an edit by hand. The damaged file has been removed.',
    fix: 'run the command again: kilopy fetches or makes the file anew',
  },
  KP6003: {
    title: 'A file is not in the store',
    exitCode: 5,
    explanation: 'Something that an earlier step had put into the store is gone, most likely removed while kilopy ran.',
    fix: 'run the command again: kilopy fetches or makes the file anew',
  },
  KP6004: {
    title: 'The disk of the store is full',
    exitCode: 2,
    explanation: 'No space, or no quota, is left where the store keeps its files.',
    fix: 'free some space (kilopy cache clean removes what has not been used lately) or set KILOPY_CACHE to a folder on another disk',
  },
  KP6010: {
    title: 'The server cannot be reached',
    exitCode: 4,
    explanation:
      'No connection came about, or it broke: an unknown host name, a refused connection, no route, or a proxy that does not answer. kilopy uses the proxy in `http_proxy`, `https_proxy` and `no_proxy`.',
    fix: 'check the network and the proxy variables, or use --offline with what is in the store',
  },
  KP6011: {
    title: 'The server answered with an error',
    exitCode: 4,
    explanation:
      'The answer was a status of 400 or more. Statuses that usually pass (408, 425, 429 and 5xx) have been tried several times.',
    fix: 'try again later, or use another mirror',
  },
  KP6012: {
    title: 'The file is not on the server',
    exitCode: 4,
    explanation:
      'The server answered 404 or 410. A lock names exact package versions, and mirrors drop old ones when a newer version arrives.',
    fix: 'kilopy build --update-lock takes the versions that the mirror has now; a snapshot mirror keeps the old ones',
  },
  KP6013: {
    title: 'The server fell silent',
    exitCode: 4,
    explanation:
      'The connection stayed open but no byte arrived for a while. It has been tried several times. KILOPY_STALL_SECONDS (30) and KILOPY_ATTEMPTS (4) set how long and how often.',
    fix: 'check the network, or use another mirror',
  },
  KP6014: {
    title: 'Redirects lead nowhere',
    exitCode: 4,
    explanation: 'The server redirects in a circle, more than ten times, or to something that is not HTTP.',
    fix: 'check the URL of the mirror',
  },
  KP6015: {
    title: 'The transfer was cut short',
    exitCode: 4,
    explanation:
      'The connection closed before the announced number of bytes had arrived. It has been tried several times; what has arrived is kept and the next run goes on from there.',
    fix: 'run the command again to resume, or use another mirror',
  },
  KP6016: {
    title: 'Needed, but offline',
    exitCode: 4,
    explanation: 'With `--offline` nothing is downloaded, and the store does not hold everything that is needed.',
    fix: 'run once without --offline',
  },
  KP6017: {
    title: 'The answer is too large',
    exitCode: 5,
    explanation: 'The server sends more bytes than the index announces or than kilopy accepts for one answer.',
    fix: 'check the URL of the mirror',
  },
  KP6018: {
    title: 'The server cannot be trusted over TLS',
    exitCode: 4,
    explanation:
      'The certificate of the server (or of a proxy that opens TLS) is not signed by an authority that Node knows, has expired, or names another host.',
    fix: 'set NODE_EXTRA_CA_CERTS to the file with the certificate authority of your network, or correct the clock',
  },
  KP6020: {
    title: 'A download has the wrong content',
    exitCode: 5,
    explanation:
      'The SHA-256 of what arrived is not the one in the signed index or the lock. A mirror in the middle of an update does that for some minutes; a changed file is the other reason. The content has been thrown away.',
    fix: 'try again in some minutes, or use another mirror',
  },
  KP6021: {
    title: 'A download has the wrong size',
    exitCode: 5,
    explanation:
      'The server has a file of another size under this name than the signed index or the lock says. A mirror in the middle of an update does that for some minutes; a changed file is the other reason.',
    fix: 'try again in some minutes, or use another mirror',
  },
  KP6022: {
    title: 'A web page came instead of the file',
    exitCode: 5,
    explanation:
      'The server answered with HTML where a package was asked for. That is usually the sign-in page of a guest network, or the error page of a proxy.',
    fix: 'open a web page in a browser to sign in to the network, or check the proxy, then run the command again',
  },
} as const;
