/*
 * The log: a ring in memory, and a console that may be slow.
 *
 * A serial line takes 11 kB a second; an application must not wait for it. So everything goes into the ring at once, and
 * from there to the console as the console takes it. What was overwritten before it could be shown is lost there.
 * With `quiet` nothing is shown until something goes wrong.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

static char ring[LOG_BYTES];
/* Bytes ever written and shown. They wrap around with the type, which is a multiple of the ring. */
static uint32_t put, shown, wanted;
static int console = 2, input = -1;

void log_open(void)
{
	int fd, yes = 1;

	/* For kernels without devtmpfs. Where the nodes are there, or the folder cannot be written, nothing happens. */
	mknod("/dev/console", S_IFCHR | 0600, makedev(5, 1));
	mknod("/dev/null", S_IFCHR | 0666, makedev(1, 3));
	/* A kernel that found no /dev/console starts us without any descriptor. */
	while ((fd = open_file("/dev/null", O_RDWR)) >= 0 && fd <= 2)
		;
	if (fd > 2)
		close(fd);
	fd = open_file("/dev/console", O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (fd >= 0)
		console = fd;
	else
		control(console, FIONBIO, &yes);
}

void log_bytes(const char *bytes, size_t size)
{
	for (; size > 0; size--)
		ring[put++ % LOG_BYTES] = *bytes++;
	if (put - shown > LOG_BYTES)
		shown = put - LOG_BYTES;
	if (!config.quiet)
		wanted = put;
	else if ((int32_t)(wanted - shown) < 0)
		wanted = shown;
}

/* A line of ours, on a line of its own also where the application is in the middle of one. */
void log_line(const char *line, size_t size)
{
	if (put && ring[(put - 1) % LOG_BYTES] != '\n')
		log_bytes("\n", 1);
	log_bytes(line, size);
}

void log_show(void)
{
	while (log_console() >= 0) {
		uint32_t from = shown % LOG_BYTES;
		uint32_t size = wanted - shown;
		ssize_t done;

		if (size > LOG_BYTES - from)
			size = LOG_BYTES - from;
		done = write(console, ring + from, size);
		if (done < 0) {
			if (errno == EAGAIN || errno == EINTR)
				return;
			/* There is nobody any more. */
			done = size;
		}
		shown += (uint32_t)done;
	}
}

int log_console(void)
{
	return shown == wanted ? -1 : console;
}

void log_show_all(void)
{
	wanted = put;
}

void log_flush(void)
{
	ms_t end = now_ms() + 8000;	/* 64 kB over a serial line of 115 200 baud take 6 s */

	log_show_all();
	for (;;) {
		struct pollfd fd = { .events = POLLOUT };
		ms_t left = end - now_ms();

		log_show();
		fd.fd = log_console();
		if (fd.fd < 0 || left <= 0)
			return;
		poll(&fd, 1, (int)left);
	}
}

void log_dump(void)
{
	uint32_t size = put < LOG_BYTES ? put : LOG_BYTES;
	uint32_t at = put - size;
	int fd = open_file(LOG_COPY_PATH, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW);

	shown = at;
	wanted = put;
	while (fd >= 0 && size > 0) {
		uint32_t part = LOG_BYTES - at % LOG_BYTES;

		if (part > size)
			part = size;
		if (write(fd, ring + at % LOG_BYTES, part) != (ssize_t)part)
			break;
		at += part;
		size -= part;
	}
	close(fd);
}

/* The console's driver would throw Ctrl-C away: nobody's terminal is the console. */
void log_listen(void)
{
	struct termios mode;

	if (!config.interrupt || config.shell[1] || control(console, TCGETS, &mode) != 0)
		return;
	mode.c_lflag &= ~(tcflag_t)(ICANON | ISIG | ECHO);
	control(console, TCSETS, &mode);
	input = console;
}

int log_input(void)
{
	return input;
}

int log_key(void)
{
	char byte = 0;

	/* The other side has gone: poll() would report that without end. */
	if (read(input, &byte, 1) == 0)
		input = -1;
	return byte;
}
