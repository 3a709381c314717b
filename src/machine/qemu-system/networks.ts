import type { Forward } from './plan-forwards.ts';
import type { UserNetwork } from './qemu-arguments.ts';

/** QEMU's own network: the machine is 10.0.2.15 by DHCP or static, the world behind 10.0.2.2, names at 10.0.2.3. */
export function plainNetworks(forwards: readonly Forward[]): readonly UserNetwork[] {
  return [{ id: 'lan', forwards }];
}

/** Address that OpenWrt gives its first card without being asked, and the others of QEMU's side of it. */
const openwrtLan = { guest: '192.168.1.1', net: '192.168.1.0/24', host: '192.168.1.2' };

/**
 * OpenWrt makes its first card a LAN with the address 192.168.1.1 and asks for an address on the second. With QEMU's usual single
 * card in 10.0.2.0/24 it seems to have no network: so the first network is moved to where OpenWrt looks, and there is a second.
 */
export function openwrtNetworks(forwards: readonly Forward[]): readonly UserNetwork[] {
  return [openwrtLanNetwork(forwards), { id: 'wan', forwards: [] }];
}

/** The first of them, which leads outside too. */
export function openwrtLanNetwork(forwards: readonly Forward[]): UserNetwork {
  const { guest, net, host } = openwrtLan;
  return { id: 'lan', subnet: { net, host }, guest, forwards };
}
