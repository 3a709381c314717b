import { dirname, posix } from 'node:path';
import type { App, AppFile } from './app.ts';

/** Path of the launcher in the image, without a leading slash. */
export const launcherPath = 'usr/lib/kilopy/run.py';

/** Name of the launcher as a module of kilopy's own runtimes, which have it frozen: `micropython -m NAME /app/main.py ARGS`. */
export const launcherModule = 'kilopy_run';

/** Whether an application gains by the launcher: it imports asyncio (modules of `ImportReport`), or has a boot.py. */
export function needsLauncher(app: Pick<App, 'entry' | 'files'>, runtimeModules: readonly string[]): boolean {
  return bootFile(app) !== undefined || runtimeModules.some((name) => /^u?asyncio(?:\.|$)/u.test(name));
}

/** The file beside the entry point that is run before it, as on a microcontroller. */
export function bootFile({ entry, files }: Pick<App, 'entry' | 'files'>): AppFile | undefined {
  const path = posix.join(dirname(entry), 'boot.py');
  return path === entry ? undefined : files.find((file) => file.path === path);
}

/**
 * A program that runs boot.py and then the application, and gives asyncio tasks the chance to clean up. SIGINT reaches
 * MicroPython as KeyboardInterrupt in the event loop, between tasks, so without help no `finally` of a coroutine runs. Here
 * every task is cancelled first, and then the interrupt goes on to whoever started the loop, as CPython does it. Used as
 * `micropython run.py /app/main.py ARGS`, or with `-m`; the application sees the same `sys.argv`, `sys.path`, `__name__`
 * and `__file__` as without it.
 *
 * At most 700 bytes as bytecode. Status: 130 after an interrupt, which MicroPython before 1.26 does not give by itself;
 * else the application's own.
 */
export const launcherSource: string = `import asyncio
import os
import sys
from asyncio import core

tasks = []
create = core.create_task
run = core.run_until_complete


def create_task(coro):
    if len(tasks) % 32 == 31:
        tasks[:] = [task for task in tasks if not task.done()]
    task = create(coro)
    tasks.append(task)
    return task


async def finish():
    for task in tasks:
        try:
            await task
        except asyncio.CancelledError:
            pass
        except Exception as error:
            sys.print_exception(error)


def run_until_complete(*args):
    try:
        return run(*args)
    except KeyboardInterrupt:
        core.cur_task = None
        tasks[:] = [task for task in tasks if task.cancel()]
        run(create(finish()))
        raise


def start(path):
    execfile(path, {"__name__": "__main__", "__file__": path})


core.create_task = asyncio.create_task = create_task
core.run_until_complete = asyncio.run_until_complete = run_until_complete
sys.argv.pop(0)
path = sys.argv[0]
folder = path.rsplit("/", 1)[0]
sys.path[0] = folder
try:
    if "boot.py" in os.listdir(folder):
        start(folder + "/boot.py")
    start(path)
except KeyboardInterrupt:
    sys.exit(130)
`;
