/** Path of the launcher in the image, without a leading slash. */
export const launcherPath = 'usr/lib/kilopy/run.py';

/** Whether an application that imports these modules of the runtime (`ImportReport`) gains by the launcher. */
export function needsLauncher(runtimeModules: readonly string[]): boolean {
  return runtimeModules.some((name) => /^u?asyncio(?:\.|$)/u.test(name));
}

/**
 * A program that runs the application and gives asyncio tasks the chance to clean up. SIGINT reaches MicroPython as
 * KeyboardInterrupt in the event loop, between tasks, so without help no `finally` of a coroutine runs. Here every task is
 * cancelled first, and then the interrupt goes on to whoever started the loop, as CPython does it. Used as
 * `micropython run.py /app/main.py ARGS`; the application sees the same `sys.argv`, `sys.path`, `__name__` and
 * `__file__` as without it. Needed only by applications that import asyncio.
 *
 * Status: 130 after an interrupt, which MicroPython before 1.26 does not give by itself; else the application's own.
 */
export const launcherSource: string = `import sys
import asyncio
from asyncio import core

tasks = []
create = core.create_task
run = core.run_until_complete


def create_task(coro):
    global tasks
    if len(tasks) % 32 == 31:
        tasks = [task for task in tasks if not task.done()]
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
    global tasks
    try:
        return run(*args)
    except KeyboardInterrupt:
        core.cur_task = None
        tasks = [task for task in tasks if not task.done()]
        for task in tasks:
            task.cancel()
        run(create(finish()))
        raise


core.create_task = asyncio.create_task = create_task
core.run_until_complete = asyncio.run_until_complete = run_until_complete
path = sys.argv.pop(0) and sys.argv[0]
sys.path[0] = path.rsplit("/", 1)[0]
try:
    execfile(path, {"__name__": "__main__", "__file__": path})
except KeyboardInterrupt:
    sys.exit(130)
`;
