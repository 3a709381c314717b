import type { RunnableConfig } from '../../../machine/machine.ts';

/** What of an application and its board decides the files around it, where procd is PID 1. */
export interface OpenwrtFacts {
  /** Of the service: letters, digits and `_`. */
  readonly service: string;
  readonly hostname: string;
  /** The clock never shows an earlier time: seconds since 1970. */
  readonly clockFloorSeconds: number;
  readonly start: RunnableConfig;
  /** Name of the user in /etc/passwd. */
  readonly user: string;
  /** Tty of the serial line. */
  readonly console: string;
  /** A login on the console in every case. */
  readonly debug: boolean;
}

/**
 * The word on the kernel's command line with which `kilopy run` differs from the same image on a device: the console belongs to the
 * application, Ctrl-C ends it, and its end is the machine's.
 */
export const attendedWord = 'kilopy.attended';

const isAttended = `grep -q ${attendedWord} /proc/cmdline`;
const folder = '/var/run/kilopy';
const fifo = `${folder}/console`;

/** Address of the first card, as OpenWrt gives it; behind it what QEMU's network has there (`openwrtLan`). */
const lan = { address: '192.168.1.1', gateway: '192.168.1.2', dns: '192.168.1.3' };

/**
 * The address before OpenWrt configures the network, which it does late. Kernels without IP_PNP do not know the word: there the
 * application answers when netifd has started.
 */
export const earlyAddress: string = `ip=${lan.address}::${lan.gateway}:255.255.255.0::eth0:off`;

/**
 * /etc/init.d/SERVICE. Of all services it is started first (S00), right after ubus. What OpenWrt's `boot` makes ten places later is
 * made here: without /var/lock no service of procd can be started.
 */
export function serviceScript(facts: OpenwrtFacts): string {
  const { start, user, clockFloorSeconds } = facts;
  const words = [start.workdir, ...start.entrypoint].map(quote).join(' ');
  const env = Object.entries(start.env).map(([name, value]) => quote(`${name}=${value}`));
  return `#!/bin/sh /etc/rc.common
# Made by kilopy: ${facts.service} as a supervised service, before all others.

USE_PROCD=1
START=00
STOP=00

mkdir -p /var/lock /var/run

start_service() {
	[ "$(date +%s)" -ge ${String(clockFloorSeconds)} ] || date -s @${String(clockFloorSeconds)} >/dev/null
	procd_open_instance
	if ${isAttended}; then
		mkdir -p ${folder}
		mkfifo ${fifo} 2>/dev/null
		chown ${user} ${fifo}
		procd_set_param command /usr/lib/kilopy/attended ${words}
	else
		procd_set_param command /bin/sh -c 'cd "$0" && exec "$@"' ${words}
		procd_set_param respawn 3600 5 0
	fi
${env.length === 0 ? '' : `	procd_set_param env ${env.join(' ')}\n`}	procd_set_param user ${user}
	procd_set_param stdout 1
	procd_set_param stderr 1
	procd_close_instance
}
`;
}

/**
 * /usr/lib/kilopy/attended FOLDER PROGRAM [ARG...] is the application at the console: procd ends services with SIGTERM, for which
 * MicroPython has no handler; SIGINT is KeyboardInterrupt, and every `finally` runs.
 */
export const attendedScript: string = `#!/bin/sh
exec >${fifo} 2>&1
cd "$1" || exit 126
shift
"$@" </dev/null &
app=$!
trap 'kill -INT $app' TERM INT
wait $app
status=$?
while kill -0 $app 2>/dev/null; do
	wait $app
	status=$?
done
echo "init: application ended with status $status"
`;

/** /usr/lib/kilopy/console: what procd keeps running on the serial line, in the place of OpenWrt's login. */
export function consoleScript({ debug }: Pick<OpenwrtFacts, 'debug'>): string {
  const login = `	echo 'Please press Enter'
	read -r _
	exec /usr/libexec/login.sh
`;
  return `#!/bin/sh
if ${debug ? 'true' : `! ${isAttended}`}; then
${login}fi
# Until the application has closed it for good. Ctrl-C and the end of the application switch the machine off, once.
off() {
	[ -n "$is_off" ] || poweroff
	is_off=1
}
trap off INT
trap '' TERM
mkdir -p ${folder}
mkfifo ${fifo} 2>/dev/null
cat ${fifo} &
while kill -0 $! 2>/dev/null; do wait $!; done
off
while :; do sleep 60; done
`;
}

/** /lib/preinit/31_kilopy: nobody wants to be asked for two seconds whether this shall be a rescue. */
export const preinitScript: string = `${isAttended} && failsafe_wait() { :; }\n`;

/** /etc/inittab */
export function inittab({ console }: Pick<OpenwrtFacts, 'console'>): string {
  return `::sysinit:/etc/init.d/rcS S boot
::shutdown:/etc/init.d/rcS K shutdown
${console}::respawn:/usr/lib/kilopy/console
`;
}

/** /init, where a kernel looks in an initramfs: OpenWrt's own init, told that there is no root to be mounted. */
export const initScript = '#!/bin/sh\nexport INITRAMFS=1\nexec /sbin/init\n';

/**
 * /etc/config/network. OpenWrt would make a bridge of the first card, which not every kernel has. `ifname` is its name up to 19.07,
 * `device` from 21.02 on; each release takes its own.
 */
export const networkConfig: string = `config interface 'loopback'
	option ifname 'lo'
	option device 'lo'
	option proto 'static'
	option ipaddr '127.0.0.1'
	option netmask '255.0.0.0'

config interface 'lan'
	option ifname 'eth0'
	option device 'eth0'
	option proto 'static'
	option ipaddr '${lan.address}'
	option netmask '255.255.255.0'
	option gateway '${lan.gateway}'
	option dns '${lan.dns}'
`;

/** /etc/config/system */
export function systemConfig({ hostname }: Pick<OpenwrtFacts, 'hostname'>): string {
  return `config system\n\toption hostname ${quote(hostname)}\n\toption timezone 'UTC'\n`;
}

/** For sh and for uci. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
