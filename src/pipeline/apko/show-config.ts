import type { Context } from '../../io/context.ts';
import type { ApkoConfig } from '../../spec/apko/config.ts';
import { apkoYaml } from '../../spec/apko/encode.ts';
import { openConfig } from './open-config.ts';
import type { ApkoRequest } from './request.ts';

/** `apko show-config`: the configuration with includes and options in it, as a value and as YAML. */
export async function apkoConfig(
  ctx: Context,
  request: ApkoRequest,
): Promise<{ readonly config: ApkoConfig; readonly yaml: string }> {
  const { config } = await openConfig(ctx, request);
  return { config, yaml: apkoYaml(config) };
}
