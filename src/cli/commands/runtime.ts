import { KilopyError } from '../../errors/kilopy-error.ts';
import type { RuntimeProduct } from '../../runtime/micropython/ensure-micropython.ts';
import type { OwnSource } from '../../runtime/micropython/own-sources.ts';
import { alpineDefaults, runtimeVariants, type RuntimeVariant } from '../../spec/bases.ts';
import { suggestion } from '../../spec/suggestion.ts';
import type { Call, CommandModule, Outcome } from '../command.ts';
import { formatBytes } from '../ui/bytes.ts';
import { formatTable } from '../ui/table.ts';

const targetHelp = 'targets, with commas; host is this machine, all the eight that there are';
const variantHelp = `${runtimeVariants.join(', ')}, with commas, or all`;
const toolchainHelp =
  'a compiler of this computer instead of Debian’s: gcc, zig, or what stands before gcc in its name, such as /opt/cross/bin/mips-linux-muslsf-';
const sourceHelp = 'micropython=URL#sha256=HEX or mbedtls=...: a tarball in place of Debian’s source; may be repeated';

export const runtimeCommand: CommandModule = {
  configure(command) {
    command
      .command('build')
      .description('Compile the runtimes of base static from Debian’s sources; only those that are missing')
      .option('--target <list>', targetHelp, 'host')
      .option('--variant <list>', variantHelp, 'small')
      .option('--source <text>', sourceHelp, collect, [])
      .option('--toolchain <name>', toolchainHelp)
      .option('--update', 'ask Debian for newer sources and compilers, and compile again where there are some')
      .option('--offline', 'use only what is in the store');
    command.command('list').description('Show the runtimes that there can be, and which are built already');
    command
      .command('export')
      .description('Write runtimes as a signed apk feed, for people without compilers')
      .requiredOption('--out-dir <folder>', 'where to')
      .option('--target <list>', targetHelp, 'all')
      .option('--variant <list>', `${variantHelp} (default: small)`)
      .option('--source <text>', sourceHelp, collect, [])
      .option('--toolchain <name>', toolchainHelp)
      .option(
        '--alpine',
        `MicroPython with ffi, musl and libffi for base alpine instead, as a mirror of its release ${alpineDefaults.release}`,
      )
      .option('--update', 'ask Debian for newer sources and compilers, and compile again where there are some')
      .option('--offline', 'use only what is in the store')
      .option('--key <file>', "private RSA key that signs; without it, this machine's own");
  },
  async run(call): Promise<Outcome> {
    if (call.command === 'runtime list') return await list(call);
    return call.command === 'runtime export' ? await exportFeed(call) : await build(call);
  },
};

async function build(call: Call): Promise<Outcome> {
  const { ctx, options } = call;
  const { buildRuntimes, chooseTargets } = await import('../../pipeline/runtimes/build-runtimes.ts');
  const targets = chooseTargets(ctx, options.target as string);
  const runtimes = await buildRuntimes(ctx, targets, variantsOf(options.variant as string), {
    ...stateOf(options),
    own: await ownSources(call),
    toolchain: options.toolchain as string | undefined,
  });
  const rows = runtimes.map((runtime) => [runtime.target, runtime.variant, ...factsOf(runtime)]);
  return { data: { runtimes }, text: table(call, rows) };
}

async function list(call: Call): Promise<Outcome> {
  const { listRuntimes } = await import('../../pipeline/runtimes/build-runtimes.ts');
  const runtimes = (await listRuntimes(call.ctx)).map(({ target, variant, built }) => ({
    target: target.name,
    variant,
    built: built ?? null,
  }));
  const rows = runtimes.map(({ target, variant, built }) => [target, variant, ...factsOf(built)]);
  return { data: { runtimes }, text: table(call, rows) };
}

async function exportFeed({ ctx, options }: Call): Promise<Outcome> {
  const { chooseTargets } = await import('../../pipeline/runtimes/build-runtimes.ts');
  const { exportAlpine, exportRuntimes } = await import('../../pipeline/runtimes/export-runtimes.ts');
  const text = options.target as string;
  const common = {
    outDir: options.outDir as string,
    key: options.key as string | undefined,
    ...stateOf(options),
  };
  const own = await ownSources({ options });
  const alpine = options.alpine === true;
  const toolchain = options.toolchain as string | undefined;
  const variant = options.variant as string | undefined;
  const others = Object.entries({ variant, source: own[0], toolchain }).filter(([, value]) => value !== undefined);
  if (alpine && others.length > 0) {
    const names = others.map(([name]) => `--${name}`).join(', ');
    throw new KilopyError('KP1001', `--alpine and ${names} exclude each other`, {
      fix: 'leave one of them out: of base alpine there is one variant, full, from Debian’s sources with Debian’s compilers',
    });
  }
  const targets = chooseTargets(ctx, text);
  const files = alpine
    ? await exportAlpine(ctx, {
        ...common,
        // Of all the targets with runtimes, those that Alpine has.
        targets: text === 'all' ? targets.filter((target) => target.alpine !== undefined) : targets,
        release: alpineDefaults.release,
      })
    : await exportRuntimes(ctx, {
        ...common,
        targets,
        variants: variantsOf(variant ?? 'small'),
        own,
        toolchain,
      });
  const rows = files.map(({ path, sizeBytes }) => [formatBytes(sizeBytes), path]);
  return { data: { files }, text: `${formatTable(rows, [0])}\n` };
}

function stateOf({ offline, update }: Call['options']): { readonly offline: boolean; readonly update: boolean } {
  if (offline === true && update === true)
    throw new KilopyError('KP1001', '--offline and --update exclude each other', { fix: 'leave one of them out' });
  return { offline: offline === true, update: update === true };
}

async function ownSources({ options }: Pick<Call, 'options'>): Promise<readonly OwnSource[]> {
  const { parseOwnSource } = await import('../../runtime/micropython/own-sources.ts');
  return (options.source as readonly string[]).map(parseOwnSource);
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function factsOf(runtime: RuntimeProduct | null): readonly string[] {
  if (runtime === null) return ['not built yet', '', '', ''];
  const { version, blob, recipe, proved } = runtime;
  return [version, formatBytes(blob.sizeBytes), recipe.slice(7, 19), proved ? 'ran here' : 'not run: no emulator'];
}

function table({ style }: Call, rows: readonly (readonly string[])[]): string {
  const head = ['target', 'variant', 'version', 'bytes', 'recipe', 'proof'].map((text) => style.bold(text));
  return `${formatTable([head, ...rows], [3])}\n`;
}

function variantsOf(text: string): readonly RuntimeVariant[] {
  if (text === 'all') return runtimeVariants;
  return text.split(',').map((word) => {
    const name = word.trim();
    const found = runtimeVariants.find((variant) => variant === name);
    if (found !== undefined) return found;
    throw new KilopyError('KP1001', `unknown variant "${name}"`, { fix: suggestion(name, [...runtimeVariants]) });
  });
}
