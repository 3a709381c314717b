import { launcherModule } from '../app/launcher.ts';
import type { ImageSettings } from './emit-input.ts';

/** What a container has around the application and a single file has not: the caller's own values are right there. */
const ofContainers: ReadonlySet<string> = new Set(['PATH', 'HOME']);

/** Environment of the application; the runtime sets it where the caller has not, MICROPYPATH in any case. */
export function binEnvironment({ env }: ImageSettings): string[] {
  return env.filter((word) => !ofContainers.has(word.slice(0, word.indexOf('='))));
}

/**
 * Arguments that the runtime puts before those of the caller: `-c PROGRAM ENTRY ARGS`. The program starts the entry as the
 * image would: by the launcher or directly, with /app as the working directory when that is the image's. Relative names of
 * the application's own files then work as they do there; the caller's folder is in the variable PWD.
 */
export function binArguments({ entrypoint, cmd, workdir }: ImageSettings): string[] {
  const start = entrypoint.findIndex((word) => word.endsWith('/micropython'));
  const words = [...entrypoint.slice(start + 1), ...cmd];
  const entry = words.findIndex((word) => word.startsWith('/app/'));
  const usesLauncher = entry > 0;
  const lines = [
    ...(workdir === '/app' ? ['import os', 'os.chdir("/app")'] : []),
    ...(usesLauncher ? [`import ${launcherModule}`] : direct),
  ];
  return ['-c', lines.join('\n'), ...words.slice(Math.max(entry, 0))];
}

/** As MicroPython starts a file, without the launcher's asyncio. */
const direct = [
  'import sys',
  'sys.argv.pop(0)',
  'p=sys.argv[0]',
  'sys.path[0]=p.rsplit("/",1)[0]',
  'execfile(p,{"__name__":"__main__","__file__":p})',
];
