import type { OciLayer } from '../values/oci-image.ts';
import type { BelowImage, EmitTarget, ImageSettings } from './emit-input.ts';

/**
 * The image configuration (image-spec, config.md), its keys in the specification's order. Keys of maps are sorted,
 * because the specification gives them no order.
 */
export function ociConfig(settings: ImageSettings, target: EmitTarget, layers: readonly OciLayer[]): Uint8Array {
  const created = ociTime(target.createdSeconds);
  const { architecture, os, variant } = target.target.oci;
  const { below } = target;
  const labels = { ...below?.labels, ...settings.labels };
  const config = {
    User: settings.user,
    ExposedPorts: nonEmpty(Object.fromEntries(settings.exposedPorts.toSorted().map((port) => [port, {}]))),
    Env: [...envBelow(settings, below), ...settings.env],
    Entrypoint: settings.entrypoint.length > 0 ? settings.entrypoint : undefined,
    Cmd: settings.cmd.length > 0 ? settings.cmd : undefined,
    WorkingDir: settings.workdir,
    Labels: nonEmpty(sortKeys(labels)),
    StopSignal: settings.stopSignal,
  };
  const document = {
    created,
    architecture,
    os,
    variant,
    config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: historyOf(layers, below, created),
  };
  return Buffer.from(JSON.stringify(document));
}

/** Variables of the image below that the settings do not set. */
export function envBelow({ env }: Pick<ImageSettings, 'env'>, below: BelowImage | undefined): readonly string[] {
  const own = new Set(env.map(nameOf));
  return (below?.env ?? []).filter((entry) => !own.has(nameOf(entry)));
}

function nameOf(entry: string): string {
  return entry.split('=', 1)[0] ?? '';
}

/** What the image below says of its layers stays, where it says something of each. */
function historyOf(layers: readonly OciLayer[], below: BelowImage | undefined, created: string): readonly object[] {
  const entry = ({ origin }: OciLayer): object => ({ created, created_by: 'kilopy', comment: `${origin} layer` });
  const count = below?.layers?.length ?? 0;
  const kept = (below?.history ?? []).filter((one) => !('empty_layer' in one) || one.empty_layer !== true);
  if (below?.layers === undefined || kept.length !== count) return layers.map(entry);
  return [...below.history, ...layers.slice(count).map(entry)];
}

/** RFC 3339 in UTC without fractions. */
export function ociTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

export function sortKeys(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Leaves out what is empty, as Go's encoder does with `omitempty`. */
export function nonEmpty<T extends object>(value: T): T | undefined {
  return Object.keys(value).length > 0 ? value : undefined;
}
