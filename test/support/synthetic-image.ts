import type { EmitInput, EmitTarget, ImageSettings } from '../../src/emit/emit-input.ts';
import { targets } from '../../src/spec/targets.ts';
import type { Node, Tree } from '../../src/tree/node.ts';
import type { DerivedCache } from '../../src/values/derived-cache.ts';
import { memoryBlobs } from './memory-blobs.ts';
import { device, directory, file, link, packageOrigin } from './nodes.ts';

export const settings: ImageSettings = {
  name: 'hello',
  tag: 'latest',
  entrypoint: ['/usr/bin/micropython', '/app/main.py'],
  cmd: [],
  env: ['PATH=/usr/bin', 'MICROPYPATH=.frozen:/app'],
  user: '65532:65532',
  workdir: '/app',
  exposedPorts: ['8080/tcp', '53/udp'],
  stopSignal: 'SIGINT',
  labels: { 'b.label': '2', 'a.label': '1' },
  annotations: { 'org.opencontainers.image.title': 'hello' },
};

/** A small image with every kind of node, for the targets named, and the memory behind it. */
export function syntheticImage(...names: readonly string[]): EmitInput {
  const blobs = memoryBlobs();
  const content = (text: string): ReturnType<typeof blobs.add> => blobs.add(text);
  const trees = names.map((name): EmitTarget => {
    const target = targets.find((one) => one.name === name)!;
    return { target, createdSeconds: 1_700_000_000, tree: syntheticTree(content, name) };
  });
  return { settings, targets: trees, blobs, cache: memoryCache(), compression: 'default' };
}

export function memoryCache(): DerivedCache & { readonly entries: Map<string, Uint8Array> } {
  const entries = new Map<string, Uint8Array>();
  return {
    entries,
    recall: (kind, key) => Promise.resolve(entries.get(`${kind}/${key}`)),
    remember(kind, key, bytes) {
      entries.set(`${kind}/${key}`, bytes);
      return Promise.resolve();
    },
  };
}

function syntheticTree(
  content: (text: string) => { digest: `sha256:${string}`; sizeBytes: number },
  name: string,
): Tree {
  const base = packageOrigin('base');
  const app = { kind: 'app', file: 'main.py' } as const;
  const overlay = { kind: 'overlay', where: { file: 'kilopy.yaml', line: 3 } } as const;
  const shared = { ...file('usr/bin/busybox', content(`program for ${name}`), base, 0o4755), inode: 'b' };
  const nodes: Node[] = [
    directory('', base),
    directory('app', app),
    { ...file('app/main.py', content('print("hello")\n'), app), uid: 65_532, gid: 65_532 },
    file(`app/${'long'.repeat(40)}.py`, content(''), app),
    file('app/naïve.txt', content('ä'), app),
    directory('dev', base),
    device('dev/null', base),
    directory('etc', base),
    file('etc/motd', content('welcome'), overlay),
    file('etc/passwd', content('root:x:0:0::/:\n'), { kind: 'pass', pass: 'users' }, 0o600),
    link('lib', 'usr/lib', base),
    directory('tmp', base, 0o1777),
    directory('usr', base),
    directory('usr-local', base),
    directory('usr/bin', base),
    shared,
    { ...shared, path: 'usr/bin/sh' },
    directory('usr/lib', base, 0o555),
    {
      ...file('usr/lib/capable', content('x'.repeat(5000)), base, 0o755),
      xattrs: new Map([['user.test', Buffer.of(1, 0, 255)]]),
    },
  ];
  return new Map(nodes.toReversed().map((node) => [node.path, node]));
}
