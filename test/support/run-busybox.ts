import { createContext } from '../../src/io/create-context.ts';
import { kernelMachine } from '../../src/machine/kernel-machine.ts';
import { hostTarget } from './busybox-image.ts';

/** A kilopy of its own process, for tests that kill it: runs the script given as argument, with a network of its own. */
const result = await kernelMachine.run(
  createContext(),
  {
    name: 'test',
    target: hostTarget(),
    rootfs: process.env['KILOPY_TEST_ROOTFS'],
    config: {
      entrypoint: ['busybox', 'sh', '-c'],
      env: { PATH: '/bin' },
      user: { uid: 65_532, gid: 65_532 },
      workdir: '/',
      ports: [Number(process.env['KILOPY_TEST_PORT'] ?? 18_180)],
      stopSignal: 'SIGINT',
    },
  },
  {
    args: process.argv.slice(2),
    stdin: 'inherit',
    onSignal(listener) {
      const listen = (signal: NodeJS.Signals): void => listener(signal as 'SIGINT');
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, listen);
      return () => {
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, listen);
      };
    },
  },
);
process.exitCode = result.exitCode;
