import type { CommandModule } from './command.ts';

export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** Every verb, in the order of the help page. A new command is one file and one line. */
export const commands: readonly CommandRow[] = [
  {
    name: 'demo',
    summary: 'Build and run examples/hello and print the size table',
    load: async () => (await import('./commands/demo.ts')).demoCommand,
  },
  {
    name: 'new',
    summary: 'Make a folder with a small application',
    load: async () => (await import('./commands/new.ts')).newCommand,
  },
  {
    name: 'migrate',
    summary: 'Write the kilopy.yaml that says what a Dockerfile says',
    load: async () => (await import('./commands/migrate.ts')).migrateCommand,
  },
  {
    name: 'build',
    summary: 'Build images from a folder with a main.py',
    load: async () => (await import('./commands/build.ts')).buildCommand,
  },
  {
    name: 'run',
    summary: 'Build, then run the application as it will run in the image',
    load: async () => (await import('./commands/run.ts')).runCommand,
  },
  {
    name: 'test',
    summary: 'Run the test_*.py of an application inside its image, on every target',
    load: async () => (await import('./commands/test.ts')).testCommand,
  },
  {
    name: 'size',
    summary: 'Say where the bytes of an image are: by package, file or origin',
    load: async () => (await import('./commands/size.ts')).sizeCommand,
  },
  {
    name: 'why',
    summary: 'Say why a file or package is in the image, from the application to it',
    load: async () => (await import('./commands/why.ts')).whyCommand,
  },
  {
    name: 'diff',
    summary: 'Compare two images, archives or folders down to the mode bits',
    load: async () => (await import('./commands/diff.ts')).diffCommand,
  },
  {
    name: 'compare',
    summary: 'Measure the application by every route: other tools, bases, variants',
    load: async () => (await import('./commands/compare.ts')).compareCommand,
  },
  {
    name: 'inspect',
    summary: 'Look into an image that exists, and say what kilopy would drop',
    load: async () => (await import('./commands/inspect.ts')).inspectCommand,
  },
  {
    name: 'sysupgrade',
    summary: "Put a root file system into OpenWrt's image for a router (experimental)",
    load: async () => (await import('./commands/sysupgrade.ts')).sysupgradeCommand,
  },
  {
    name: 'push',
    summary: 'Build an image and send it to a registry',
    load: async () => (await import('./commands/push.ts')).pushCommand,
  },
  {
    name: 'pull',
    summary: 'Fetch an image from a registry into an archive or a folder',
    load: async () => (await import('./commands/pull.ts')).pullCommand,
  },
  {
    name: 'copy',
    summary: 'Copy an image between registries, archives and folders',
    load: async () => (await import('./commands/copy.ts')).copyCommand,
  },
  {
    name: 'feed',
    summary: 'Ask and make package feeds: solve, compare-versions, create, key',
    load: async () => (await import('./commands/feed.ts')).feedCommand,
  },
  {
    name: 'apko',
    summary: "Build from an apko.yaml, with apko's own flags",
    load: async () => (await import('./commands/apko.ts')).apkoCommand,
  },
  {
    name: 'drill',
    summary: 'Let things go wrong on a machine that boots: no DNS, cable pulled, crash loop ...',
    load: async () => (await import('./commands/drill.ts')).drillCommand,
  },
  {
    name: 'machines',
    summary: 'List the machines that boot, and those that run in the background',
    load: async () => (await import('./commands/machines.ts')).machinesCommand,
  },
  {
    name: 'logs',
    summary: 'Print what a machine in the background has written to its console',
    load: async () => (await import('./commands/logs.ts')).logsCommand,
  },
  {
    name: 'stop',
    summary: 'Switch off machines in the background',
    load: async () => (await import('./commands/stop.ts')).stopCommand,
  },
  {
    name: 'runtime',
    summary: 'Compile the runtimes of base static, list them, export them as a feed',
    load: async () => (await import('./commands/runtime.ts')).runtimeCommand,
  },
  {
    name: 'kernel',
    summary: 'Build kernels for machines that boot, and say what is in them',
    load: async () => (await import('./commands/kernel.ts')).kernelCommand,
  },
  {
    name: 'imagebuilder',
    summary: "Make OpenWrt root file systems with the words of OpenWrt's ImageBuilder",
    load: async () => (await import('./commands/imagebuilder.ts')).imagebuilderCommand,
  },
  {
    name: 'devices',
    summary: 'List devices: processor, memory, flash, and what OpenWrt calls them',
    load: async () => (await import('./commands/devices.ts')).devicesCommand,
  },
  {
    name: 'targets',
    summary: 'List the machine families that images can be built for',
    load: async () => (await import('./commands/targets.ts')).targetsCommand,
  },
  {
    name: 'doctor',
    summary: 'Look for helper programs and say what each one unlocks',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
  {
    name: 'explain',
    summary: 'Explain an error code',
    load: async () => (await import('./commands/explain.ts')).explainCommand,
  },
  {
    name: 'cache',
    summary: 'Show or clean the store of downloads and built parts',
    load: async () => (await import('./commands/cache.ts')).cacheCommand,
  },
  {
    name: 'completion',
    summary: 'Print a script that completes commands and options in bash, zsh or fish',
    load: async () => (await import('./commands/completion.ts')).completionCommand,
  },
];
