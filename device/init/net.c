/* Addresses of interfaces by the old ioctls: netlink would be one socket and 1 kB more for the same. */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static ms_t retry_at = NEVER;	/* of a static address whose interface is not there yet */
static ms_t wait_until;
static int has_address;

static int network_control(unsigned request, void *argument)
{
	int fd = udp_socket();
	int result = fd < 0 ? -1 : control(fd, request, argument);

	close(fd);
	return result;
}

static void prepare(struct ifreq *request, const char *name)
{
	memset(request, 0, sizeof *request);
	append(request->ifr_name, request->ifr_name + IFNAMSIZ - 1, name);
}

static int up(const char *name)
{
	struct ifreq request;

	prepare(&request, name);
	if (network_control(SIOCGIFFLAGS, &request) != 0)
		return -1;
	request.ifr_flags |= IFF_UP;
	return network_control(SIOCSIFFLAGS, &request);
}

/* 127.0.0.1/8 comes with it: inetdev_event() of the kernel. */
void loopback_up(void)
{
	if (up("lo") != 0)
		say("there is no lo: error %m");
}

int interface_up(void)
{
	return up(config.interface);
}

int interface_mac(unsigned char *mac)
{
	struct ifreq request;

	prepare(&request, config.interface);
	if (network_control(SIOCGIFHWADDR, &request) != 0)
		return -1;
	memcpy(mac, request.ifr_hwaddr.sa_data, 6);
	return 0;
}

int interface_has_address(void)
{
	struct ifreq request;

	prepare(&request, config.interface);
	return network_control(SIOCGIFADDR, &request) == 0;
}

static int set_address(unsigned request_number, uint32_t address)
{
	struct ifreq request;
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = address };

	prepare(&request, config.interface);
	memcpy(&request.ifr_addr, &in, sizeof in);
	return network_control(request_number, &request);
}

/* In an image it is a link into /run, because the root is read-only. */
static void write_resolver(const char *text)
{
	int fd = open_file(RESOLV_PATH, O_WRONLY | O_CREAT | O_TRUNC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		say("cannot write " RESOLV_PATH ": error %m");
	close(fd);
}

static void set_resolver(const uint32_t *dns)
{
	char text[MAX_DNS * 32];
	const char *end = text + sizeof text - 1;
	char *at = text;
	int i;

	for (i = 0; i < MAX_DNS && dns[i]; i++)
		at = append(append_address(append(at, end, "nameserver "), end, dns[i]), end, "\n");
	if (i > 0)
		write_resolver(text);
}

int interface_set(const struct network *network)
{
	union {
		struct rtentry route;
		struct {
			long pad;
			struct sockaddr_in to, through;
		} at;
	} request;

	if (interface_up() != 0 || set_address(SIOCSIFADDR, network->address) != 0)
		return -1;
	set_address(SIOCSIFNETMASK, network->mask);
	set_resolver(network->dns);
	has_address = 1;
	if (network->gateway) {
		memset(&request, 0, sizeof request);
		request.at.to.sin_family = request.at.through.sin_family = AF_INET;
		request.at.through.sin_addr.s_addr = network->gateway;
		request.route.rt_flags = RTF_UP | RTF_GATEWAY;
		if (network_control(SIOCADDRT, &request) != 0 && errno != EEXIST)
			say("no route through %s: error %m", address_text(network->gateway));
	}
	return 0;
}

/* Without its address an interface has no routes either. */
void interface_clear(void)
{
	set_address(SIOCSIFADDR, 0);
	has_address = 0;
}

/* The kernel's `ip=` leaves the name servers in the very form that resolvers read. */
static void take_kernels_resolver(void)
{
	char *text = read_text("/proc/net/pnp"), *line = text;

	while (line && *line && *line != 'n')
		line = find(line, '\n', '\n'), line += *line != 0;
	if (line && *line)
		write_resolver(text);
}

void network_start(void)
{
	ms_t now = now_ms();

	wait_until = now + config.wait * (ms_t)1000;
	if (config.network == NETWORK_NONE)
		return;
	/* `ip=` on the kernel's command line: it was there first. */
	if (interface_has_address()) {
		has_address = 1;
		take_kernels_resolver();
	} else if (config.network == NETWORK_DHCP) {
		dhcp_start(now);
	} else {
		retry_at = now;
	}
}

ms_t network_tick(ms_t now)
{
	ms_t next = dhcp_tick(now);

	if (now >= retry_at)
		retry_at = interface_set(&config.fixed) == 0 ? NEVER : now + 1000;
	if (retry_at < next)
		next = retry_at;
	return network_ready() || wait_until > next ? next : wait_until;
}

/* Whether the application may start. */
int network_ready(void)
{
	return config.wait == 0 || has_address || now_ms() >= wait_until;
}
