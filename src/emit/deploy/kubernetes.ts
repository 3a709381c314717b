import { dataFolders } from '../data-folders.ts';
import type { EmitInput } from '../emit-input.ts';
import { familiarReference } from '../oci-names.ts';
import type { Output } from '../output.ts';
import { textArtifact } from '../text-artifact.ts';

/** A pod that may do as little as the application needs: read-only root, no capabilities, the engine's seccomp profile. */
export const kubernetes: Output = {
  extension: 'pod.yaml',
  mediaType: 'application/yaml',
  perTarget: false,
  async emit(_ctx, input) {
    const { name } = input.settings;
    const targets = input.targets.map(({ target }) => target.name);
    const fileName = `${name.slice(name.lastIndexOf('/') + 1)}.pod.yaml`;
    return await Promise.resolve([textArtifact('kubernetes', fileName, targets, podYaml(input), 'application/yaml')]);
  },
};

/** kubernetes.io/docs, Pod v1. Every text is written as JSON, which YAML is a superset of. */
function podYaml({ settings, targets }: EmitInput): string {
  const name = podName(settings.name);
  const [uid = '0', gid = uid] = (settings.user ?? '0:0').split(':');
  const ports = settings.exposedPorts.map((text) => text.split('/'));
  const tcp = ports.find(([, protocol]) => protocol === 'tcp')?.[0];
  const isLow = ports.some(([port]) => Number(port) < 1024);
  const folders = [...new Set(targets.flatMap(({ tree }) => dataFolders(tree)))].filter((path) => path !== '/tmp');
  const only = targets.length === 1 ? targets[0]?.target.oci.architecture : undefined;
  return [
    `# Push the image first (kilopy push), and put its whole name behind "image:".`,
    'apiVersion: v1',
    'kind: Pod',
    'metadata:',
    `  name: ${JSON.stringify(name)}`,
    '  labels:',
    `    app.kubernetes.io/name: ${JSON.stringify(name)}`,
    'spec:',
    '  automountServiceAccountToken: false',
    '  enableServiceLinks: false',
    ...(only === undefined ? [] : ['  nodeSelector:', `    kubernetes.io/arch: ${JSON.stringify(only)}`]),
    '  securityContext:',
    `    runAsNonRoot: ${String(uid !== '0')}`,
    `    runAsUser: ${uid}`,
    `    runAsGroup: ${gid}`,
    `    fsGroup: ${gid}`,
    '    seccompProfile:',
    '      type: RuntimeDefault',
    ...(isLow ? ['    sysctls:', '      - name: net.ipv4.ip_unprivileged_port_start', '        value: "0"'] : []),
    '  containers:',
    `    - name: ${JSON.stringify(name)}`,
    `      image: ${JSON.stringify(familiarReference(settings))}`,
    ...(ports.length === 0 ? [] : ['      ports:']),
    ...ports.flatMap(([port = '', protocol = 'tcp']) => [
      `        - containerPort: ${port}`,
      `          protocol: ${protocol.toUpperCase()}`,
    ]),
    ...(tcp === undefined ? [] : ['      readinessProbe:', '        tcpSocket:', `          port: ${tcp}`]),
    '      securityContext:',
    '        allowPrivilegeEscalation: false',
    '        readOnlyRootFilesystem: true',
    '        capabilities:',
    '          drop: ["ALL"]',
    '      resources:',
    '        requests: {cpu: 10m, memory: 8Mi}',
    '        limits: {memory: 32Mi}',
    '      volumeMounts:',
    ...['/tmp', ...folders].flatMap((path, at) => [
      `        - name: ${at === 0 ? 'tmp' : `data-${String(at)}`}`,
      `          mountPath: ${JSON.stringify(path)}`,
    ]),
    '  volumes:',
    '    - name: tmp',
    '      emptyDir: {medium: Memory, sizeLimit: 4Mi}',
    ...folders.flatMap((_path, at) => [
      `    - name: data-${String(at + 1)}`,
      '      emptyDir: {}  # or a claim that lasts',
    ]),
    '',
  ].join('\n');
}

/** RFC 1123: lower-case letters, digits and "-", at most 63. */
function podName(name: string): string {
  const last = name.slice(name.lastIndexOf('/') + 1).replaceAll(/[^a-z0-9-]/gu, '-');
  return last.slice(0, 63).replace(/-+$/u, '');
}
