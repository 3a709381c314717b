import type { App } from './app.ts';
import { launcherModule, launcherPath } from './launcher.ts';

/** Folder of the image that holds the application. */
export const appRoot = 'app';

/** Where packages of the base put modules for everybody (ports/unix/mpconfigport.h, MICROPY_PY_SYS_PATH_DEFAULT). */
export const libraryRoot = 'usr/lib/micropython';

/**
 * Value of MICROPYPATH in the image. The variable replaces the default path, `.frozen` included, so `.frozen` stands
 * first or asyncio would be gone. MicroPython puts the folder of the program before all of it (ports/unix/main.c), so
 * the order of the search is: the application, frozen modules, the application's `lib`, the base's modules.
 */
export const micropythonPath: string = `.frozen:/${appRoot}/lib:/${libraryRoot}`;

/**
 * The command that starts the application: OCI's Entrypoint, and what an init runs.
 *
 * @param start with the launcher: a file of the image (`launcherPath`), or frozen into the runtime (`launcherModule`)
 */
export function entrypoint(
  app: Pick<App, 'entry'>,
  args: readonly string[] = [],
  start: 'direct' | 'launcher' | 'frozen' = 'direct',
): string[] {
  const launcher = { direct: [], launcher: [`/${launcherPath}`], frozen: ['-m', launcherModule] }[start];
  return ['/usr/bin/micropython', ...launcher, `/${appRoot}/${app.entry}`, ...args];
}
