import type { Spec } from '../spec/spec.ts';

/** Whether the base is kilopy's own: its runtimes have the launcher frozen, and verify servers by themselves. */
export function isStatic({ base }: Pick<Spec, 'base'>): boolean {
  const name: string = base.name;
  return name === 'static';
}
