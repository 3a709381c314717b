import type { SlimSettings } from '../passes/slim.ts';
import type { SlimMode, Spec } from '../spec/spec.ts';
import { baseFeedOf } from './base-feeds.ts';

/**
 * What `slim` has to know of a spec; `mode` instead of the spec's own answers what another one would leave.
 *
 * @param whole names of further packages that are never thinned
 */
export function slimSettings(spec: Spec, mode: SlimMode = spec.slim, whole: readonly string[] = []): SlimSettings {
  const feed = baseFeedOf(spec);
  return {
    mode,
    entries: ['/usr/bin/micropython'],
    wished: new Set([...spec.packages.map(({ text }) => feed.wishName(text)), ...whole]),
    licences: spec.licences,
    libraryPath: spec.env.LD_LIBRARY_PATH?.split(':').filter((folder) => folder !== '') ?? [],
  };
}
