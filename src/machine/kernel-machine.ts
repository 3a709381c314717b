import { hostArchitecture } from './host-architecture.ts';
import type { Machine } from './machine.ts';
import { asAvailability, probeNamespaces } from './sandbox/namespaces.ts';
import { runInSandbox } from './sandbox/sandbox.ts';

/**
 * This kernel, with the tools of util-linux: namespaces of its own for mounts, processes, host name and IPC, a read-only root with tmpfs on
 * /tmp and /dev/shm, the image's user, no new privileges. The app is process 1.
 */
export const kernelMachine: Machine = {
  name: 'kernel',
  async available(ctx, target) {
    const host = await hostArchitecture(ctx);
    if (!host.runs.includes(target.name)) {
      return { ok: false, why: `this processor (${host.name}) does not run ${target.name}` };
    }
    return asAvailability(await probeNamespaces(ctx));
  },
  run: async (ctx, image, options) => await runInSandbox(ctx, 'kernel', image, options),
};
