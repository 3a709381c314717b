import { join } from 'node:path';
import { digestOf } from '../../emit/measure.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { packageRoot } from '../../io/package-root.ts';
import type { Target, TargetName } from '../../spec/targets.ts';
import type { Store } from '../../store/store.ts';
import type { BlobRef } from '../../values/blob.ts';
import { planDebianRoot } from '../debian-root.ts';
import { fetchDebianSource } from '../debian-source.ts';
import { runInRoot } from '../run-in-root.ts';

/** Flags of the compiler that decide the ABI. */
const flagsOf: Partial<Record<TargetName, string>> = {
  'linux/amd64': '-mno-sse -fno-jump-tables',
  'linux/arm64': '',
  'linux/mips': '-march=24kc -msoft-float -mno-shared -mplt -fno-pic',
  'linux/mipsle': '-march=24kc -msoft-float -mno-shared -mplt -fno-pic',
};

const tools = 'make libc6-dev gcc coreutils dash sed grep mawk findutils tar gzip'.split(' ');
const kind = 'init-2';

/**
 * device/init, compiled for a target against a static musl, once.
 *
 * @throws KilopyError KP9213 for a target without a board, KP9212 when it does not compile
 */
export async function ensureInit(ctx: Context, store: Store, target: Target): Promise<BlobRef> {
  const flags = flagsOf[target.name];
  if (flags === undefined) throw new KilopyError('KP9213', `there is no init for ${target.name}`);
  const sources = await readSources(ctx);
  const script = initScript(target, flags, isNative(ctx, target));
  const key = digestOf(
    Buffer.from(JSON.stringify([target.name, script, [...sources].map(([name, text]) => [name, text])])),
  );
  const known = await store.recall(kind, key);
  if (known !== undefined) {
    const blob = JSON.parse(Buffer.from(known).toString()) as BlobRef;
    if (await store.has(blob.digest)) return blob;
  }
  const blob = await store.withLock(key, () => compile(ctx, store, target, script, sources));
  await store.remember(kind, key, Buffer.from(JSON.stringify(blob)));
  return blob;
}

function isNative(ctx: Context, target: Target): boolean {
  return (
    (target.name === 'linux/amd64' && ctx.host.arch === 'x64') ||
    (target.name === 'linux/arm64' && ctx.host.arch === 'arm64')
  );
}

async function readSources(ctx: Context): Promise<ReadonlyMap<string, string>> {
  const folder = join(packageRoot, 'device/init');
  const texts = new Map<string, string>();
  for (const { name } of await ctx.fs.readDirectory(folder)) {
    if (/\.[ch]$/.test(name)) texts.set(name, await ctx.fs.readText(join(folder, name)));
  }
  return texts;
}

async function compile(
  ctx: Context,
  store: Store,
  target: Target,
  script: string,
  sources: ReadonlyMap<string, string>,
): Promise<BlobRef> {
  const cross = isNative(ctx, target) ? [] : [`gcc-${target.gnuTriplet.replaceAll('_', '-')}`];
  const plan = await planDebianRoot(ctx, store, [...tools, ...cross]);
  const musl = await fetchDebianSource(ctx, store, 'musl', 'bookworm');
  const tarball = musl.files.find(({ name }) => name.endsWith('.orig.tar.gz'));
  if (tarball === undefined) throw new KilopyError('KP9212', 'the source of musl has no tarball');
  const root = await ctx.fs.makeTempDirectory(join(ctx.host.tempFolder, 'kilopy-init-'));
  try {
    ctx.emit({ type: 'step.started', step: 'kernel', title: 'compiling init', target: target.name });
    await plan.unpack(root);
    await ctx.fs.makeDirectory(`${root}/init`);
    for (const [name, text] of sources) await ctx.fs.writeFile(`${root}/init/${name}`, text);
    await ctx.fs.writeFile(`${root}/musl.tar.gz`, await store.read(tarball.blob));
    await runInRoot(ctx, root, script, () => undefined);
    ctx.emit({ type: 'step.finished', step: 'kernel', target: target.name });
    return await store.putStream(ctx.fs.readStream(`${root}/product`));
  } finally {
    await ctx.fs.remove(root);
  }
}

/** `libgcc` is left out of the link: Debian's for MIPS has floating point instructions, and init needs nothing of it. */
function initScript(target: Target, flags: string, native: boolean): string {
  const cross = native ? '' : `${target.gnuTriplet}-`;
  const optimise =
    '-Oz -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables -fno-stack-protector -fno-ident -fno-pie';
  const link =
    'gc-sections,--build-id=none,-z,norelro,-z,noseparate-code,--hash-style=gnu,-z,max-page-size=4096,-z,common-page-size=64';
  const pages = target.name === 'linux/arm64' ? link.replace('max-page-size=4096', 'max-page-size=65536') : link;
  // The short instructions of MIPS save a quarter; musl itself has assembly that they cannot call.
  const compact = target.name.startsWith('linux/mips') ? ' -mips16 -minterlink-mips16' : '';
  // musl itself computes with floating point on amd64.
  const muslFlags = flags.replace('-mno-sse -fno-jump-tables', '');
  return [
    'set -e',
    'ln -sf mawk /usr/bin/awk',
    'mkdir -p /musl /prefix',
    'tar -xzf /musl.tar.gz -C /musl --strip-components=1',
    'cd /musl',
    `CC=${cross}gcc CFLAGS="${muslFlags} -ffunction-sections -fdata-sections -fno-pie" ./configure --target=${target.gnuTriplet.replace('gnu', 'musl')} --prefix=/prefix --disable-shared --enable-wrapper=gcc --enable-optimize=size > /dev/null`,
    `make -s -j$(nproc) AR=${cross}ar RANLIB=${cross}ranlib install > /dev/null`,
    'cd /init',
    `/prefix/bin/musl-gcc -std=gnu11 ${optimise} -no-pie -fomit-frame-pointer -flto ${flags}${compact} *.c -static -s -nostartfiles -nodefaultlibs /prefix/lib/crt1.o -lc -Wl,--${pages} -o /product`,
    `${cross}strip -R .comment -R .pdr -R .mdebug.abi32 /product`,
    '',
  ].join('\n');
}
