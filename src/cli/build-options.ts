import { Option, type Command } from 'commander';
import { resolve } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { BuildRequest } from '../pipeline/build-request.ts';
import type { Call } from './command.ts';

/** Options of every command that begins with a build. They win over kilopy.yaml. */
export function addBuildOptions(command: Command, folder: string = 'the folder with main.py'): Command {
  const spec = 'What to build (wins over kilopy.yaml):';
  const how = 'How to build:';
  return command
    .argument('[folder]', folder, '.')
    .addOption(
      new Option('--target <list>', 'linux/arm64,linux/arm/v7, host, all; kilopy targets lists them')
        .argParser(joinLists)
        .helpGroup(spec),
    )
    .addOption(
      new Option(
        '--base <name>',
        'where MicroPython comes from: static (the default), debian, alpine, wolfi, openwrt, image:PATH',
      ).helpGroup(spec),
    )
    .addOption(new Option('--suite <name>', "the base's suite, such as trixie").helpGroup(spec))
    .addOption(new Option('--release <name>', "the base's release, such as v3.24").helpGroup(spec))
    .addOption(new Option('--mirror <url>', "the base's mirror").helpGroup(spec))
    .addOption(new Option('--snapshot <date>', 'state of the archive on a day, as YYYYMMDD').helpGroup(spec))
    .addOption(new Option('--packages <list>', 'packages of the base to add').argParser(joinLists).helpGroup(spec))
    .addOption(new Option('--name <name>', 'name of the image').helpGroup(spec))
    .addOption(new Option('--entry <file>', 'the program, instead of main.py').helpGroup(spec))
    .addOption(new Option('--slim <mode>', 'closure, packages or none').helpGroup(spec))
    .addOption(new Option('--env <key=value...>', 'environment variables').helpGroup(spec))
    .addOption(new Option('--locked', 'refuse to build anything but what kilopy.lock says').helpGroup(how))
    .addOption(new Option('--update-lock', 'choose package versions anew and write kilopy.lock').helpGroup(how))
    .addOption(new Option('--offline', 'use only what is in the store').helpGroup(how));
}

/** `--target a --target b` is `--target a,b`. */
export function joinLists(value: string, before: string | undefined): string {
  return before === undefined ? value : `${before},${value}`;
}

/** @throws KilopyError KP1001 for options that exclude each other. */
export function buildRequest({ ctx, args, options }: Call): BuildRequest {
  if (options.locked === true && options.updateLock === true) {
    throw new KilopyError('KP1001', '--locked and --update-lock exclude each other', { fix: 'leave one of them out' });
  }
  const text = (name: string): string | undefined => options[name] as string | undefined;
  return {
    folder: resolve(ctx.cwd, args[0] ?? '.'),
    overrides: {
      name: text('name'),
      base: baseOption(text('base'), ctx.cwd),
      suite: text('suite'),
      release: text('release'),
      mirror: text('mirror'),
      snapshot: text('snapshot'),
      target: text('target'),
      output: text('output'),
      budget: text('budget'),
      packages: text('packages'),
      slim: text('slim'),
      entry: text('entry'),
      env: options.env as readonly string[] | undefined,
    },
    outDir: resolve(ctx.cwd, text('outDir') ?? 'dist'),
    compress: compression(text('compress')),
    lock: options.locked === true ? 'locked' : options.updateLock === true ? 'update' : 'keep',
    offline: options.offline === true,
    device: text('device'),
  };
}

/** A path of the command line counts from where the command is given, not from the application's folder. */
function baseOption(text: string | undefined, cwd: string): string | undefined {
  const path = /^image:([./].*|.*\.(?:tar|tgz|tar\.\w+))$/s.exec(text ?? '')?.[1];
  return path === undefined ? text : `image:${resolve(cwd, path)}`;
}

function compression(text: string | undefined): 'default' | 'max' {
  if (text === undefined || text === 'default' || text === 'max') return text ?? 'default';
  throw new KilopyError('KP1001', `--compress takes default or max, not ${text}`, { fix: 'write --compress max' });
}
