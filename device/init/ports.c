/*
 * Says when the application listens: for whoever booted the machine and waits for that, and for the time it took.
 *
 * The kernel's table of sockets is read until all ports were seen: every 5 ms at first, because a boot takes half a
 * second in all, and not any more after a minute.
 */
#include "init.h"

#include <fcntl.h>
#include <unistd.h>

/* Bytes of a table that are looked at: sockets that listen come first. */
#define TABLE 4096

static uint32_t hex(const char *text, int digits)
{
	uint32_t value = 0;

	for (; digits > 0; digits--, text++)
		value = value * 16 + (uint32_t)(*text <= '9' ? *text - '0' : *text - 'A' + 10);
	return value;
}

/*
 * Takes the ports that are listened on from the list. A line of the tables of IPv4 and IPv6 alike is "NUMBER: ADDRESS:PORT ADDRESS:PORT STATE",
 * hexadecimal (get_tcp4_sock() and get_tcp6_sock() of the kernel), and 0A is the state of a socket that listens.
 */
static void look(const char *path)
{
	char table[TABLE];
	int fd = open_file(path, O_RDONLY), i, colons;
	ssize_t size = fd < 0 ? 0 : read(fd, table, sizeof table), at;
	uint32_t port, found = 0;

	close(fd);
	/* The heading has no colons. Two numbers are read behind a colon: 12 bytes. */
	for (at = 0, colons = 0; at + 12 < size; at++) {
		if (table[at] == '\n')
			colons = 0;
		if (table[at] != ':')
			continue;
		colons++;
		if (colons == 2)
			found = hex(table + at + 1, 4);
		if (colons != 3 || hex(table + at + 6, 2) != 10)
			continue;
		for (i = 0; config.ports[i]; i++) {
			const char *text = config.ports[i];

			port = parse_number(&text);
			if (port && port == found) {
				say("listening on %u", port);
				config.ports[i] = "";
			}
		}
	}
}

/* Whether nothing is left to wait for. */
static int all_seen(void)
{
	int i;

	look("/proc/net/tcp");
	look("/proc/net/tcp6");
	for (i = 0; config.ports[i]; i++)
		if (*config.ports[i])
			return 0;
	return 1;
}

ms_t ports_tick(ms_t now)
{
	static ms_t first, due;

	if (now < due)
		return due;
	if (!first)
		first = now;
	if (all_seen() || now - first > 60000)
		due = NEVER;
	else
		due = now + (now - first < 2000 ? 5 : 100);
	return due;
}
