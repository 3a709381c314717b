import type { OciLayer } from '../values/oci-image.ts';
import type { EmitTarget, ImageSettings } from './emit-input.ts';

/**
 * The image configuration (image-spec, config.md), its keys in the specification's order. Keys of maps are sorted,
 * because the specification gives them no order.
 */
export function ociConfig(settings: ImageSettings, target: EmitTarget, layers: readonly OciLayer[]): Uint8Array {
  const created = ociTime(target.createdSeconds);
  const { architecture, os, variant } = target.target.oci;
  const config = {
    User: settings.user,
    ExposedPorts: nonEmpty(Object.fromEntries(settings.exposedPorts.toSorted().map((port) => [port, {}]))),
    Env: settings.env,
    Entrypoint: settings.entrypoint.length > 0 ? settings.entrypoint : undefined,
    Cmd: settings.cmd.length > 0 ? settings.cmd : undefined,
    WorkingDir: settings.workdir,
    Labels: nonEmpty(sortKeys(settings.labels)),
    StopSignal: settings.stopSignal,
  };
  const document = {
    created,
    architecture,
    os,
    variant,
    config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(({ origin }) => ({ created, created_by: 'kilopy', comment: `${origin} layer` })),
  };
  return Buffer.from(JSON.stringify(document));
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
