import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { docker, podman, runEngine, type Engine } from './engine.ts';

/** The container engine that answers, Docker before Podman. Throws KP9001, which says why of each. */
export async function findEngine(ctx: Context): Promise<Engine> {
  const refused: string[] = [];
  for (const engine of [docker, podman]) {
    if ((await ctx.tools.find(engine.name)) === undefined) {
      refused.push(`${engine.name} is not installed`);
      continue;
    }
    const { status, stderr } = await runEngine(ctx, engine, engine.probe);
    if (status === 0) return engine;
    refused.push(`${engine.name} does not answer: ${stderr.split('\n')[0] ?? ''}`);
  }
  throw new KilopyError('KP9001', 'There is no container engine to load an image into', {
    why: refused.join('; '),
    fix: 'start docker or install podman, or publish to a registry',
  });
}
