/*
 * Says when the application listens: for whoever booted the machine and waits for that, and for the time it took.
 *
 * The kernel's table of sockets is read until all ports were seen: every 5 ms at first, because a boot takes half a
 * second in all, and not any more after a minute.
 */
#include "init.h"

#include <fcntl.h>
#include <unistd.h>

/* Columns of /proc/net/tcp, whose lines have one length: get_tcp4_sock() of the kernel. Numbers are hexadecimal. */
#define LINE 150
#define PORT 15
#define STATE 34

static uint32_t hex(const char *text, int digits)
{
	uint32_t value = 0;

	for (; digits > 0; digits--, text++)
		value = value * 16 + (uint32_t)(*text <= '9' ? *text - '0' : *text - 'A' + 10);
	return value;
}

/* Whether nothing is left to wait for. */
static int look(void)
{
	char table[LINE * 16];
	int fd = open_file("/proc/net/tcp", O_RDONLY), left = 0, i;
	ssize_t size = fd < 0 ? 0 : read(fd, table, sizeof table);
	const char *line;

	close(fd);
	for (i = 0; config.ports[i]; i++) {
		const char *text = config.ports[i];
		uint32_t port = parse_number(&text);

		/* Listening sockets come first; the first line is the heading. */
		for (line = table + LINE; port && line + LINE <= table + size; line += LINE) {
			if (hex(line + PORT, 4) == port && hex(line + STATE, 2) == 10) {
				say("listening on %u", port);
				config.ports[i] = "";
				port = 0;
			}
		}
		left |= port != 0;
	}
	return !left;
}

ms_t ports_tick(ms_t now)
{
	static ms_t first, due;

	if (now < due)
		return due;
	if (!first)
		first = now;
	if (look() || now - first > 60000)
		due = NEVER;
	else
		due = now + (now - first < 2000 ? 5 : 100);
	return due;
}
