/** Bytes of one part of a kernel in memory. */
export interface KernelPart {
  /** Folder of the source, to the depth that tells subjects apart: `net/ipv4`, `drivers/net`, `mm`. */
  readonly name: string;
  readonly sizeBytes: number;
}

/** ` .text.sock_init  0x80212340   0x1c4 net/socket.o`, where the name may stand on a line of its own. */
const placed = /^\s*(?:[.\w*-]+)?\s+0x([0-9a-f]{8,16})\s+0x([0-9a-f]+)\s+(\S+)$/;
const subjectsOfTwo: ReadonlySet<string> = new Set(['net', 'drivers', 'fs', 'arch', 'lib']);

/**
 * What costs what, from the map that the linker writes (`ld -Map`): only what has an address, by folder of the source, biggest first. A debugging
 * section has the address 0 and does not count.
 */
export function readLinkMap(text: string): readonly KernelPart[] {
  const sizes = new Map<string, number>();
  const start = text.indexOf('Linker script and memory map');
  for (const line of text.slice(start === -1 ? 0 : start).split('\n')) {
    const [, address = '', size = '', file = ''] = placed.exec(line) ?? [];
    if (!/[.]o\)?$/.test(file) || /^0+$/.test(address)) continue;
    const name = subjectOf(file);
    sizes.set(name, (sizes.get(name) ?? 0) + Number.parseInt(size, 16));
  }
  return [...sizes]
    .map(([name, sizeBytes]) => ({ name, sizeBytes }))
    .filter(({ sizeBytes }) => sizeBytes > 0)
    .sort((a, b) => b.sizeBytes - a.sizeBytes || (a.name < b.name ? -1 : 1));
}

/** `vmlinux.a(sock.o)` and `net/core/sock.o` alike. */
function subjectOf(file: string): string {
  const path = file.replace(/^.*?[(]|[)]$/g, (part) =>
    part === ')' ? '' : /[(]$/.test(part) && !part.includes('.a(') ? part : '',
  );
  const parts = path.split('/').slice(0, -1);
  const [first = '(linker)'] = parts;
  if (first === 'drivers' && parts[1] === 'net') return parts.slice(0, 3).join('/');
  return subjectsOfTwo.has(first) && parts.length > 1 ? `${first}/${parts[1] ?? ''}` : first;
}
