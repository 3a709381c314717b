import { KilopyError } from '../errors/kilopy-error.ts';
import type { SourceLocation } from '../values/source-location.ts';
import type { Faults } from './faults.ts';
import type { FrontEnd } from './front-end.ts';
import type { Port } from './spec.ts';

/** Ports as Docker's EXPOSE writes them: `8080`, `8080/tcp`, `5353/udp`. */
export function lowerPorts(drafts: readonly (string | number)[], front: FrontEnd, faults: Faults): readonly Port[] {
  const ports = new Map<string, Port>();
  for (const [index, draft] of drafts.entries()) {
    const port = faults.attempt(() => parsePort(String(draft), front.locate(['ports', index])), undefined);
    if (port !== undefined) ports.set(`${String(port.port)}/${port.protocol}`, port);
  }
  return [...ports.values()];
}

function parsePort(text: string, where: SourceLocation): Port {
  const match = /^(\d{1,5})(?:\/(tcp|udp))?$/i.exec(text.trim());
  const port = Number(match?.[1]);
  if (match !== null && port >= 1 && port <= 65_535) {
    return { port, protocol: match[2]?.toLowerCase() === 'udp' ? 'udp' : 'tcp' };
  }
  throw new KilopyError('KP2003', `"${text}" is not a port`, {
    where,
    why: text.includes(':') ? 'the port on the host is a matter of `kilopy run`, not of the image' : undefined,
    fix: 'write a number from 1 to 65535, or one with /tcp or /udp behind it',
  });
}
