/*
 * What the C library has too, but larger: its memory functions are made for megabytes (memcpy is 1.1 kB on mips), its
 * numbers come with stdio (strtol is 2.5 kB), its setuid() tells all threads (3 kB), its ioctl() and clock_gettime() know
 * kernels of before 2020 and the vDSO (1 to 2 kB each). The linker takes these, because it meets them first.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Not to be compiled into a call of itself. */
#define PLAIN_LOOP __attribute__((optimize("no-tree-loop-distribute-patterns")))

PLAIN_LOOP void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	unsigned char *at = to;
	const unsigned char *source = from;

	while (size-- > 0)
		*at++ = *source++;
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *left = a, *right = b;

	for (; size > 0; size--, left++, right++)
		if (*left != *right)
			return *left - *right;
	return 0;
}

PLAIN_LOOP void *memset(void *to, int byte, size_t size)
{
	unsigned char *at = to;

	while (size-- > 0)
		*at++ = (unsigned char)byte;
	return to;
}

size_t strlen(const char *text)
{
	const char *end = text;

	while (*end)
		end++;
	return (size_t)(end - text);
}

/* The first character of `text` that is `a` or `b`, or its end. */
char *find(char *text, char a, char b)
{
	while (*text && *text != a && *text != b)
		text++;
	return text;
}

/* The number at `*text`, which is moved behind it. What is too large wraps around. */
uint32_t parse_number(const char **text)
{
	uint32_t value = 0;

	while (**text >= '0' && **text <= '9')
		value = value * 10 + (uint32_t)(*(*text)++ - '0');
	return value;
}

/* 32-bit machines have two of each call, and kernels before 5.1 only the one that ends in 2038. Its number has two names. */
#ifdef SYS_clock_gettime64
#ifdef SYS_clock_gettime32
#define OLD_GETTIME SYS_clock_gettime32
#define OLD_SETTIME SYS_clock_settime32
#else
#define OLD_GETTIME SYS_clock_gettime
#define OLD_SETTIME SYS_clock_settime
#endif
#endif

int clock_get(int clock, struct clock_time *time)
{
#ifdef SYS_clock_gettime64
	int32_t old[2];

	if (syscall(SYS_clock_gettime64, clock, time) == 0)
		return 0;
	if (syscall(OLD_GETTIME, clock, old) != 0)
		return -1;
	time->seconds = old[0];
	time->nanoseconds = old[1];
	return 0;
#else
	return (int)syscall(SYS_clock_gettime, clock, time);
#endif
}

int clock_set(uint32_t seconds)
{
	struct clock_time time = { .seconds = seconds };

#ifdef SYS_clock_gettime64
	int32_t old[2] = { (int32_t)seconds, 0 };

	if (syscall(SYS_clock_settime64, CLOCK_REALTIME, &time) == 0)
		return 0;
	return errno == ENOSYS ? (int)syscall(OLD_SETTIME, CLOCK_REALTIME, old) : -1;
#else
	return (int)syscall(SYS_clock_settime, CLOCK_REALTIME, &time);
#endif
}

ms_t now_ms(void)
{
	struct clock_time now;

	clock_get(CLOCK_MONOTONIC, &now);
	return now.seconds * 1000 + (uint32_t)now.nanoseconds / 1000000;
}

int device_of(const char *path, uint64_t *device)
{
	uint32_t words[STATX_BYTES / 4];

	if (syscall(SYS_statx, AT_FDCWD, path, 0, 0, words) != 0)
		return -1;
	memcpy(device, &words[STATX_DEVICE / 4], sizeof *device);
	return 0;
}

int become(uint32_t uid, uint32_t gid)
{
#ifdef SYS_setuid32
	return syscall(SYS_setgroups32, 0, NULL) || syscall(SYS_setgid32, gid) || syscall(SYS_setuid32, uid) ? -1 : 0;
#else
	return syscall(SYS_setgroups, 0, NULL) || syscall(SYS_setgid, gid) || syscall(SYS_setuid, uid) ? -1 : 0;
#endif
}

/*
 * A child with a copy of everything, as fork() makes it, but without fork()'s care for threads. The first two arguments
 * are the same on every architecture that kilopy has.
 */
pid_t new_process(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

/*
 * What a child inherits and should not have: the mask, and what was ignored by whoever started us (a shell's background
 * job ignores SIGINT). The kernel's struct sigaction of all zeros is SIG_DFL on every architecture.
 */
void default_signals(void)
{
	/* Never written. */
	static unsigned long none[16];
	int number;

	for (number = 1; number < _NSIG; number++)
		syscall(SYS_rt_sigaction, number, none, NULL, _NSIG / 8);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, none, NULL, _NSIG / 8);
}

void pause_ms(int milliseconds)
{
	poll(NULL, 0, milliseconds);
}

int udp_socket(void)
{
	return (int)syscall(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

int open_file(const char *path, int flags)
{
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0644);
}

/* Blocks every signal that is not about a fault in init itself, and gives the descriptor from which they are read. */
int signals_descriptor(void)
{
	unsigned long set[_NSIG / 8 / sizeof(long)];

	memset(set, 255, sizeof set);
	set[0] &= ~(1ul << (SIGSEGV - 1) | 1ul << (SIGBUS - 1) | 1ul << (SIGILL - 1) | 1ul << (SIGFPE - 1));
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, set, NULL, _NSIG / 8);
	return (int)syscall(SYS_signalfd4, -1, set, _NSIG / 8, SFD_CLOEXEC | SFD_NONBLOCK);
}

int control(int fd, unsigned request, void *argument)
{
	return (int)syscall(SYS_ioctl, fd, request, argument);
}

int set_option(int fd, int name, const void *value, unsigned size)
{
	return (int)syscall(SYS_setsockopt, fd, SOL_SOCKET, name, value, size);
}
