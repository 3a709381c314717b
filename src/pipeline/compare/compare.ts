import { basename, join } from 'node:path';
import { parseDocument } from 'yaml';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { version } from '../../io/version.ts';
import { chooseMachine } from '../../machine/choose-machine.ts';
import { readReceipt } from '../../machine/qemu-system/receipt.ts';
import { recallMicroPython } from '../../runtime/micropython/ensure-micropython.ts';
import { runtimeVariants, type RuntimeVariant } from '../../spec/bases.ts';
import { hostTarget } from '../../spec/host-target.ts';
import type { Target } from '../../spec/targets.ts';
import { openStore, type Store } from '../../store/store.ts';
import { assemble } from '../assemble.ts';
import { build } from '../build.ts';
import type { BuildRequest } from '../build-request.ts';
import { inspect } from '../inspect.ts';
import { targetToRun, withRunnable } from '../run.ts';
import { withScratch } from '../scratch.ts';
import { notAvailable, type Cell, type Comparison, type Row } from './comparison.ts';
import { recordedRoutes, type RecordedRoute } from './recorded.ts';

export interface CompareRequest {
  /** Absolute: a folder with main.py. */
  readonly folder: string;
  /** Absolute paths of images by the name of their route. */
  readonly given: Readonly<Record<string, string>>;
  readonly offline: boolean;
  /** Starts of each image; the shortest counts. */
  readonly starts: number;
}

const single = notAvailable('it is the runtime of the row above: a single file starts its application at once');
const unstarted = { start: single, rss: single };
const noBoot = notAvailable('the route makes no machine that boots');

/**
 * The same application by every route: what can be built or is given is measured now, the rest is recorded with its
 * source or says why it is not there. Nothing is compiled and no lock is written: routes work on a copy of the folder.
 *
 * @throws KilopyError KP1205 (a route that is not known)
 */
export async function compare(ctx: Context, request: CompareRequest): Promise<Comparison> {
  for (const name of Object.keys(request.given)) {
    if (recordedRoutes.some((route) => route.name === name)) continue;
    throw new KilopyError('KP1205', `there is no route ${name}`, {
      fix: `images are given for ${recordedRoutes.map((route) => route.name).join(', ')}`,
    });
  }
  const target = hostTarget(ctx.host);
  if (target === undefined) throw new KilopyError('KP1205', 'kilopy knows no target that is this machine');
  const store = await openStore(ctx, undefined, { offline: true });
  const rows: Row[] = [];
  for (const route of recordedRoutes) rows.push(await givenRow(ctx, route, request.given[route.name]));
  await withScratch(ctx, async (scratch) => {
    for (const base of ['debian', 'alpine', 'openwrt']) {
      rows.push(await builtRow(ctx, request, join(scratch, base), `kilopy, base ${base}`, base, 'oci'));
    }
    for (const variant of runtimeVariants) rows.push(await variantRow(ctx, request, store, target, scratch, variant));
    rows.push(await variantRow(ctx, request, store, target, scratch, 'small', 'bin'));
  });
  rows.push(await bootRow(ctx, request));
  const date = new Date(ctx.clock.now()).toISOString().slice(0, 10);
  return { app: basename(request.folder), target: target.name, kilopy: version, date, rows };
}

async function givenRow(ctx: Context, route: RecordedRoute, path: string | undefined): Promise<Row> {
  const { title, name } = route;
  if (path === undefined) {
    const fix = `--given ${name}=ARCHIVE measures it`;
    const cell = (figure: RecordedRoute['disk']): Cell =>
      figure === undefined ? notAvailable(`no image is given; ${fix}`) : { kind: 'recorded', ...figure };
    const none = notAvailable(`no image is given; ${fix}`);
    return {
      route: title,
      method: fix,
      disk: cell(route.disk),
      wire: cell(route.wire),
      files: none,
      start: none,
      rss: none,
      boot: noBoot,
    };
  }
  const { images } = await inspect(ctx, path);
  const [image] = images;
  const disk = image === undefined ? undefined : (sum(image.layers.map(({ rawBytes }) => rawBytes)) ?? image.sizeBytes);
  const wire = image === undefined ? undefined : sum(image.layers.map(({ sizeBytes }) => sizeBytes));
  const unknown = notAvailable('images of others are looked into, not started');
  return {
    route: title,
    method: `read from ${basename(path)}`,
    disk: measured(disk, 'the file says nothing of layers'),
    wire: measured(wire, 'its layers are not compressed'),
    files: measured(image?.files, 'the file has no image'),
    start: unknown,
    rss: unknown,
    boot: noBoot,
  };
}

async function variantRow(
  ctx: Context,
  request: CompareRequest,
  store: Store,
  target: Target,
  scratch: string,
  variant: RuntimeVariant,
  output: 'oci' | 'bin' = 'oci',
): Promise<Row> {
  const title = output === 'bin' ? `kilopy, one program file (${variant})` : `kilopy, base static, variant ${variant}`;
  const known = await recallMicroPython(ctx, store, target, variant).catch(() => undefined);
  if (known === undefined)
    return emptyRow(title, `the runtime is not compiled: kilopy runtime build --variant ${variant}`);
  return await builtRow(ctx, request, join(scratch, `${variant}-${output}`), title, { static: { variant } }, output);
}

async function builtRow(
  ctx: Context,
  request: CompareRequest,
  folder: string,
  title: string,
  base: unknown,
  output: 'oci' | 'bin',
): Promise<Row> {
  const quiet: Context = { ...ctx, emit: () => undefined };
  try {
    ctx.emit({ type: 'step.started', step: 'compare', title });
    await copyApp(ctx, request.folder, folder);
    await writeBase(ctx, folder, base);
    const outDir = join(folder, 'dist');
    const order: BuildRequest = {
      folder,
      overrides: { target: 'host', output },
      outDir,
      compress: 'default',
      lock: 'keep',
      offline: request.offline,
    };
    const { artifacts } = await build(quiet, order);
    const [artifact] = artifacts;
    if (artifact === undefined) return emptyRow(title, 'the build made nothing');
    const files = output === 'bin' ? 1 : (await inspect(quiet, artifact.path)).images[0]?.files;
    const started = output === 'bin' ? unstarted : await startOfImage(quiet, order, request.starts);
    ctx.emit({ type: 'step.finished', step: 'compare' });
    return {
      route: title,
      method:
        output === 'bin' ? 'kilopy build --output bin' : 'kilopy build; layers, configuration, manifest and index',
      disk: { kind: 'measured', value: artifact.rawBytes },
      wire: { kind: 'measured', value: artifact.wireBytes ?? artifact.sizeBytes },
      files: measured(files, 'the image could not be read'),
      ...started,
      boot: noBoot,
    };
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!(error instanceof KilopyError)) throw error;
    return emptyRow(title, `${error.code}: ${error.message}`);
  }
}

/** Printed by MicroPython in the image; its first byte ends the clock. */
const question = "f=open('/proc/self/status')\nprint(f.read())";

/** Laid out once, started several times: the shortest time counts, because everything else is other people's work. */
async function startOfImage(ctx: Context, order: BuildRequest, starts: number): Promise<Pick<Row, 'start' | 'rss'>> {
  const store = await openStore(ctx, undefined, { offline: order.offline });
  const assembled = await assemble(ctx, store, order);
  const target = targetToRun(ctx, assembled.spec);
  const { machine } = await chooseMachine(ctx, target);
  let best = Number.POSITIVE_INFINITY;
  let text = '';
  await withRunnable(ctx, store, assembled, target, machine.name, async (image) => {
    for (let i = 0; i < starts; i += 1) {
      const begun = performance.now();
      let first: number | undefined;
      text = '';
      await machine.run(ctx, image, {
        entrypoint: ['/usr/bin/micropython', '-c', question],
        network: 'none',
        timeoutMs: 20_000,
        output: (chunk) => {
          first ??= performance.now();
          text += Buffer.from(chunk).toString();
        },
      });
      if (first !== undefined) best = Math.min(best, first - begun);
    }
  });
  const why = 'MicroPython in the image printed nothing';
  return {
    start: measured(Number.isFinite(best) ? Math.round(best) : undefined, why),
    rss: measured(residentBytes(text), why),
  };
}

/** VmHWM of proc(5), which is in kB of 1024 bytes. */
function residentBytes(status: string): number | undefined {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/mu.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/** A machine that boots takes minutes to build and a minute to measure: its receipt of an earlier run is shown. */
async function bootRow(ctx: Context, { folder }: CompareRequest): Promise<Row> {
  const title = 'kilopy, booted on malta-be';
  const name = `${basename(folder)}-malta-be.receipt.json`;
  const receipt = await readReceipt(ctx, join(ctx.cwd, 'dist', name));
  if (receipt === undefined)
    return emptyRow(title, `there is no receipt dist/${name}: kilopy run --machine malta-be writes one`);
  const source = `dist/${name}`;
  const recorded = (value: number | undefined): Cell =>
    value === undefined ? notAvailable('the receipt does not say it') : { kind: 'recorded', value, source };
  const none = notAvailable('the receipt does not say it');
  const files = receipt.bootedFiles.length;
  return {
    route: title,
    method: 'kilopy run --machine malta-be, kernel and root file system as flash holds them',
    disk: none,
    wire: recorded(receipt.flashBytes),
    files: recorded(files),
    start: none,
    rss: none,
    boot: recorded(receipt.bootToAnswerMs),
  };
}

function emptyRow(route: string, why: string): Row {
  const none = notAvailable(why);
  return { route, method: '-', disk: none, wire: none, files: none, start: none, rss: none, boot: none };
}

function measured(value: number | undefined, why: string): Cell {
  return value === undefined ? notAvailable(why) : { kind: 'measured', value };
}

/** Undefined when one of them is. */
function sum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length && known.length > 0 ? known.reduce((a, b) => a + b, 0) : undefined;
}

/** Never copied: outputs, locks and what is nobody's program. */
const leftBehind: ReadonlySet<string> = new Set(['.git', 'dist', 'node_modules', 'kilopy.lock', '__pycache__']);

async function copyApp(ctx: Context, from: string, to: string): Promise<void> {
  await ctx.fs.makeDirectory(to);
  for (const entry of await ctx.fs.readDirectory(from)) {
    if (leftBehind.has(entry.name)) continue;
    if (entry.isDirectory()) await copyApp(ctx, join(from, entry.name), join(to, entry.name));
    else if (entry.isFile())
      await ctx.fs.writeFile(join(to, entry.name), await ctx.fs.readFile(join(from, entry.name)));
  }
}

/** The application's own kilopy.yaml with another base; packages and feeds of its own base do not go with it. */
async function writeBase(ctx: Context, folder: string, base: unknown): Promise<void> {
  const file = join(folder, 'kilopy.yaml');
  const document = parseDocument((await ctx.fs.exists(file)) ? await ctx.fs.readText(file) : 'name: app\n');
  for (const key of ['packages', 'feeds', 'budget', 'outputs', 'targets']) document.delete(key);
  document.set('base', base);
  await ctx.fs.writeFile(file, document.toString());
}
