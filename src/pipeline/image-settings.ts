import { entrypoint, micropythonPath } from '../app/python-path.ts';
import type { BelowImage, ImageSettings } from '../emit/emit-input.ts';
import { envBelow } from '../emit/oci-config.ts';
import type { RunnableConfig } from '../machine/machine.ts';
import type { Spec } from '../spec/spec.ts';
import { hasOwnRuntime } from './has-own-runtime.ts';
import { initPath } from './own-nodes.ts';

/** What of the finished image decides how it is started. */
export interface StartFacts {
  /** HOME of the user, from the pass `users`. */
  readonly home: string;
  readonly usesLauncher: boolean;
  /** Whether init stands before the application. */
  readonly usesInit: boolean;
}

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * How a container engine starts the application. MicroPython acts on SIGINT only (KeyboardInterrupt, so `finally` runs);
 * as first process of a container it would ignore SIGTERM and `docker stop` would wait ten seconds. StopSignal mends
 * that for no byte.
 */
export function imageSettings(spec: Spec, facts: StartFacts): ImageSettings {
  return {
    name: spec.name,
    tag: 'latest',
    entrypoint: startCommand(spec, facts),
    cmd: [],
    env: Object.entries(environment(spec, facts)).map(([name, value]) => `${name}=${value}`),
    user: `${String(spec.user.uid)}:${String(spec.user.gid)}`,
    workdir: spec.workdir,
    exposedPorts: spec.ports.map(({ port, protocol }) => `${String(port)}/${protocol}`),
    stopSignal: 'SIGINT',
    squashfs: spec.squashfs,
    labels: { 'org.opencontainers.image.title': spec.name, ...spec.annotations },
    annotations: spec.annotations,
  };
}

/**
 * The same for the machines of kilopy.
 *
 * @param below the image that this one is built on, whose variables a container has, too
 */
export function runnableConfig(spec: Spec, facts: StartFacts, below?: BelowImage): RunnableConfig {
  const env = environment(spec, facts);
  const inherited = envBelow({ env: Object.keys(env) }, below).map((entry): [string, string] => {
    const at = entry.indexOf('=');
    return at === -1 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
  });
  return {
    entrypoint: startCommand(spec, facts),
    env: { ...Object.fromEntries(inherited), ...env },
    user: { uid: spec.user.uid, gid: spec.user.gid },
    workdir: spec.workdir,
    ports: spec.ports.filter(({ protocol }) => protocol === 'tcp').map(({ port }) => port),
    stopSignal: 'SIGINT',
  };
}

/** The user's variables win; ours come first so that an edit of theirs does not move them. */
function environment(spec: Spec, facts: StartFacts): Readonly<Record<string, string>> {
  const unverified = spec.tls?.verify === false ? { KILOPY_TLS_VERIFY: '0' } : {};
  return { PATH: path, HOME: facts.home, MICROPYPATH: micropythonPath, ...unverified, ...spec.env };
}

function startCommand(spec: Spec, facts: StartFacts): string[] {
  const command = entrypoint(
    spec.app,
    spec.app.args,
    facts.usesLauncher ? (hasOwnRuntime(spec) ? 'frozen' : 'launcher') : 'direct',
  );
  return facts.usesInit ? [`/${initPath}`, '--', ...command] : command;
}
