/*
 * DHCP, RFC 2131, as far as a device needs it: one interface, one lease, renewed at T1 from its server, at T2 from
 * anybody, given up at its end.
 *
 * It speaks through an ordinary UDP socket that is bound to the interface, with the flag that asks for answers by
 * broadcast. Linux receives broadcasts on an interface without an address, so no packet socket (CONFIG_PACKET: 30 kB of
 * kernel) and no IP headers of our own are needed.
 */
#include "init.h"

#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SERVER_PORT 67
#define CLIENT_PORT 68

/* Offsets of the message, RFC 2131 figure 1. */
#define OP 0
#define HTYPE 1
#define HLEN 2
#define XID 4
#define FLAGS 10
#define CIADDR 12
#define YIADDR 16
#define CHADDR 28
#define COOKIE 236
#define OPTIONS 240

/* The smallest message that every relay passes is 300 bytes; ours fit. */
#define SENT_BYTES 300

enum option {
	PAD = 0, MASK = 1, ROUTER = 3, DNS = 6, HOSTNAME = 12, REQUESTED = 50, LEASE = 51, TYPE = 53, SERVER = 54,
	PARAMETERS = 55, RENEWAL = 58, REBINDING_TIME = 59, END = 255,
};
enum type { DISCOVER = 1, OFFER = 2, REQUEST = 3, ACK = 5, NAK = 6 };

static const unsigned char cookie[4] = { 99, 130, 83, 99 };

static enum state { OFF, SELECTING, REQUESTING, BOUND, RENEWING, REBINDING } state;
static int fd = -1;
static struct network lease;	/* what is offered, and then what we have */
static uint32_t transaction;
static unsigned tries;
static ms_t send_at, renew_at, rebind_at, end_at;

/* A reply: its type, 0 for none, and the options that we know, by their number. */
struct answer {
	int type;
	uint32_t address, values[REBINDING_TIME + 1];
	uint32_t dns[MAX_DNS];
};

void dhcp_start(ms_t now)
{
	state = SELECTING;
	send_at = now;
	tries = 0;
}

int dhcp_socket(void)
{
	return fd;
}

static int open_socket(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(CLIENT_PORT) };
	int yes = 1;

	if (interface_up() != 0)
		return -1;
	fd = udp_socket();
	set_option(fd, SO_REUSEADDR, &yes, sizeof yes);
	set_option(fd, SO_BROADCAST, &yes, sizeof yes);
	/* With its NUL, which is there in any case. */
	if (set_option(fd, SO_BINDTODEVICE, config.interface, (unsigned)strlen(config.interface) + 1) != 0 ||
	    bind(fd, (struct sockaddr *)&any, sizeof any) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static unsigned char *option(unsigned char *to, int code, const void *data, size_t size)
{
	*to++ = (unsigned char)code;
	*to++ = (unsigned char)size;
	memcpy(to, data, size);
	return to + size;
}

static void send_message(int type, ms_t now)
{
	static const unsigned char parameters[] = { MASK, ROUTER, DNS, LEASE, RENEWAL, REBINDING_TIME };
	unsigned char message[SENT_BYTES] = { [OP] = 1, [HTYPE] = 1, [HLEN] = 6 };
	unsigned char *at = message + OPTIONS;
	unsigned char wanted = (unsigned char)type;
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(SERVER_PORT), .sin_addr.s_addr = INADDR_BROADCAST };
	size_t name = config.hostname ? strlen(config.hostname) : 0;

	if (interface_mac(message + CHADDR) != 0 || (fd < 0 && open_socket() < 0))
		return;
	if (tries == 0) {
		/* Not a secret: only two devices on one wire should not have the same. */
		uint32_t serial;

		memcpy(&serial, message + CHADDR + 2, 4);
		transaction = transaction * 69069 + (serial ^ (uint32_t)now ^ (uint32_t)type << 24) + 1;
	}
	memcpy(message + XID, &transaction, 4);
	memcpy(message + COOKIE, cookie, 4);
	at = option(at, TYPE, &wanted, 1);
	if (state >= BOUND) {
		memcpy(message + CIADDR, &lease.address, 4);
		if (state == RENEWING)
			to.sin_addr.s_addr = lease.server;
	} else {
		message[FLAGS] = 0x80;
		if (type == REQUEST) {
			at = option(at, REQUESTED, &lease.address, 4);
			at = option(at, SERVER, &lease.server, 4);
		}
	}
	at = option(at, PARAMETERS, parameters, sizeof parameters);
	if (name > 0 && name < 30)
		at = option(at, HOSTNAME, config.hostname, name);
	*at = END;
	sendto(fd, message, sizeof message, 0, (struct sockaddr *)&to, sizeof to);
}

/* In seconds: 1, 2, 4 ... 64 while there is no address; later half of what is left, at least one. */
static ms_t pause_after_sending(ms_t now)
{
	ms_t until = state == RENEWING ? rebind_at : end_at;

	if (state < BOUND)
		return 1000 << (tries > 6 ? 6 : tries);
	return until - now > 2000 ? (until - now) / 2 : 1000;
}

ms_t dhcp_tick(ms_t now)
{
	if (state == OFF)
		return NEVER;
	if (state >= BOUND && now >= end_at) {
		say("%s: the lease of %s ran out", config.interface, address_text(lease.address));
		interface_clear();
		dhcp_start(now);
	} else if ((state == BOUND || state == RENEWING) && now >= rebind_at) {
		state = REBINDING;
		send_at = now;
	} else if (state == BOUND && now >= renew_at) {
		state = RENEWING;
		send_at = now;
		tries = 0;
	} else if (state == REQUESTING && tries >= 4 && now >= send_at) {
		dhcp_start(now);
	}
	if (now >= send_at) {
		send_message(state == SELECTING ? DISCOVER : REQUEST, now);
		send_at = now + pause_after_sending(now);
		tries++;
	}
	if (state == BOUND)
		return renew_at < rebind_at ? renew_at : rebind_at;
	if (state == RENEWING && rebind_at < send_at)
		return rebind_at;
	return state == REBINDING && end_at < send_at ? end_at : send_at;
}

/* Reads a reply to us; anything else, and anything that does not hold together, is none. */
static void parse(struct answer *answer, const unsigned char *message, size_t size)
{
	const unsigned char *at = message + OPTIONS, *end = message + size;
	unsigned char mac[6];

	memset(answer, 0, sizeof *answer);
	if (size < OPTIONS || message[OP] != 2 || memcmp(message + XID, &transaction, 4) != 0 || interface_mac(mac) != 0 ||
	    memcmp(message + CHADDR, mac, 6) != 0 || memcmp(message + COOKIE, cookie, 4) != 0)
		return;
	memcpy(&answer->address, message + YIADDR, 4);
	while (at < end && *at != END) {
		unsigned code = *at++, length;

		if (code == PAD)
			continue;
		if (at == end || *at >= end - at) {
			answer->type = 0;
			return;
		}
		length = *at++;
		if (code == TYPE)
			answer->type = *at;
		else if (code == DNS)
			memcpy(answer->dns, at, (length < sizeof answer->dns ? length : sizeof answer->dns) & ~3u);
		else if (code <= REBINDING_TIME && length >= 4)
			memcpy(&answer->values[code], at, 4);
		at += length;
	}
}

static void take_network(const struct answer *answer)
{
	lease.address = answer->address;
	lease.mask = answer->values[MASK];
	lease.gateway = answer->values[ROUTER];
	lease.server = answer->values[SERVER];
	memcpy(lease.dns, answer->dns, sizeof lease.dns);
}

/* The time that an option gives, or what is usual without it; never later than `limit`. */
static ms_t term(uint32_t option, ms_t usual, ms_t limit)
{
	ms_t length = option ? ntohl(option) * (ms_t)1000 : usual;

	return length < limit ? length : limit;
}

static void bind_lease(const struct answer *answer, ms_t now)
{
	uint32_t seconds = ntohl(answer->values[LEASE]);
	ms_t length = seconds * (ms_t)1000;
	struct network old = lease;

	take_network(answer);
	/* An order that a server cannot turn around: T1, T2, end. */
	end_at = now + length;
	rebind_at = now + term(answer->values[REBINDING_TIME], length / 8 * 7, length);
	renew_at = now + term(answer->values[RENEWAL], length / 2, rebind_at - now);
	if (seconds == 0xffffffff)
		renew_at = rebind_at = end_at = NEVER;
	if (state >= BOUND && memcmp(&lease, &old, sizeof lease) == 0) {
		state = BOUND;
		return;
	}
	state = BOUND;
	interface_set(&lease);
	say("%s: %s from %s for %u s", config.interface, address_text(lease.address), address_text(lease.server), seconds);
}

static void take(const struct answer *answer, ms_t now)
{
	int asked = state == REQUESTING || state == RENEWING || state == REBINDING;

	if (answer->type == OFFER && state == SELECTING && answer->address) {
		take_network(answer);
		state = REQUESTING;
		tries = 0;
		send_at = now;
	} else if (answer->type == ACK && asked && answer->address && answer->values[LEASE]) {
		bind_lease(answer, now);
	} else if (answer->type == NAK && asked) {
		say("%s: %s was refused", config.interface, address_text(lease.address));
		if (state >= BOUND)
			interface_clear();
		/* Not at once: two machines that disagree would fill the wire. */
		dhcp_start(now);
		send_at = now + 1000;
	}
}

void dhcp_receive(ms_t now)
{
	unsigned char message[1500];
	struct sockaddr_in from;
	socklen_t from_size = sizeof from;
	struct answer answer;
	ssize_t size;

	while ((size = recvfrom(fd, message, sizeof message, 0, (struct sockaddr *)&from, &from_size)) > 0) {
		parse(&answer, message, (size_t)size);
		if (!answer.values[SERVER])
			answer.values[SERVER] = from.sin_addr.s_addr;
		if (!answer.values[MASK])
			answer.values[MASK] = htonl(0xffffff00);
		take(&answer, now);
	}
}
