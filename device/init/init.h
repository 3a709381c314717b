/*
 * init: the first process of a kilopy image.
 *
 * Two forms of one program:
 *
 *   init                       PID 1 of a machine. Reads /etc/kilopy/init.conf, mounts, brings up the network, starts the
 *                              application, restarts it, and powers off or reboots in the end. See docs/init.md.
 *   init -- PROGRAM [ARG...]   PID 1 of a container. Starts PROGRAM, passes signals on, reaps, and ends with its status.
 *                              The engine has done everything else, so no file is read.
 *
 * A kernel hands words of its command line that it does not know to PID 1 as arguments, but never `--` itself: the two
 * forms cannot be mistaken for one another.
 *
 * There is one process, one poll(), no threads, no malloc and no stdio. What has a time to wait for is a function
 * `X_tick(now)` that does what is due and returns when it wants to be called again.
 */
#ifndef KILOPY_INIT_H
#define KILOPY_INIT_H

#define _GNU_SOURCE 1

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CONFIG_PATH "/etc/kilopy/init.conf"
#define RESOLV_PATH "/etc/resolv.conf"
#define LOG_COPY_PATH "/run/log"

#define LOG_BYTES 65536		/* what is kept of the log; a power of two */
#define CONFIG_BYTES 32768	/* the file and the kernel's command line */
#define MAX_LIST 127	/* lines of one key that may be given several times */
#define MAX_WORDS 8	/* of a value that is several words */
#define MAX_DNS 3		/* more are not read by any resolver: MAXNS of <resolv.h> */

#define GRACE_MS 10000		/* between SIGINT and SIGKILL, as docker stop has it */
#define LONG_RUN_MS 60000	/* an application that ran this long has not crashed at start */
#define MAX_BACKOFF_S 64

/* <linux/stat.h>: struct statx has 256 bytes; numbers of the device that a file is on, at once unique. */
#define STATX_BYTES 256
#define STATX_DEVICE 136

/* Time: milliseconds of the monotonic clock, which no change of date moves. */
typedef long long ms_t;
#define NEVER ((ms_t)0x7fffffffffffffff)

/* IPv4 addresses are kept in network order. */
struct network {
	uint32_t address, mask, gateway, server;
	uint32_t dns[MAX_DNS];
};

enum network_mode { NETWORK_NONE, NETWORK_DHCP, NETWORK_STATIC };
enum restart { RESTART_ALWAYS, RESTART_FAILURE, RESTART_NEVER };
enum finally { THEN_WAIT, THEN_POWEROFF, THEN_REBOOT };

struct config {
	int container;			/* the form with `--` */
	const char *hostname;
	uint32_t clock;			/* the date is never before this: seconds since 1970 */
	const char *interface;
	int network;			/* enum network_mode */
	struct network fixed;		/* of NETWORK_STATIC */
	uint32_t wait;			/* start the application only with an address, at most so many seconds later */
	uint32_t uid, gid;
	const char *workdir;
	const char *data[MAX_WORDS + 1];	/* device, folder, type of the file system */
	const char *shell[MAX_WORDS + 1];	/* terminal, program and its arguments, for debugging */
	int quiet;			/* the log goes to the console only after a crash */
	int restart;			/* enum restart */
	uint32_t crashes;		/* so many short runs in a row are a crash loop */
	int after_end, after_crash;	/* enum finally: the application ended and is not restarted; a crash loop */
	uint32_t watchdog;		/* seconds, 0 for none */
	int interrupt;			/* Ctrl-C on the console is SIGTERM to init */
	const char *ports[MAX_LIST + 1];	/* said on the console once somebody listens there */
	char **command;			/* what is started: the arguments of init in a container, else argv */
	const char *argv[MAX_LIST + 1];
	const char *envp[MAX_LIST + 1];
};
extern struct config config;

/* small.c: zero is success, as in the C library */
struct clock_time {
	int64_t seconds, nanoseconds;
};
char *find(char *text, char a, char b);
uint32_t parse_number(const char **text);
int clock_get(int clock, struct clock_time *time);
int clock_set(uint32_t seconds);
ms_t now_ms(void);
int udp_socket(void);
int open_file(const char *path, int flags);
int signals_descriptor(void);
pid_t new_process(void);
void default_signals(void);
void pause_ms(int milliseconds);
int device_of(const char *path, uint64_t *device);
int become(uint32_t uid, uint32_t gid);
int control(int fd, unsigned request, void *argument);
int set_option(int fd, int name, const void *value, unsigned size);

/* config.c */
char *read_text(const char *path);
void read_config(void);
void read_command_line(void);

/* say.c: text for people. %s, %u, and %m: the number of the last error. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *append(char *to, const char *end, const char *text);
char *append_number(char *to, const char *end, uint32_t value);
char *append_address(char *to, const char *end, uint32_t address);
const char *address_text(uint32_t address);

/* log.c: the last LOG_BYTES of what the application and init said */
void log_open(void);
void log_bytes(const char *bytes, size_t size);
void log_line(const char *line, size_t size);
void log_show(void);		/* to the console, as much as it takes without waiting */
int log_console(void);		/* the descriptor to wait for, -1 when nothing is to be shown */
void log_listen(void);
int log_input(void);		/* the console, when Ctrl-C on it counts; else -1 */
int log_key(void);		/* the next key that was pressed there, 0 for none */
void log_show_all(void);	/* shows everything since the last crash, also when quiet */
void log_flush(void);		/* waits until the console has it, within reason */
void log_dump(void);		/* the whole ring again, to the console and to LOG_COPY_PATH */

/* system.c */
void mount_missing(void);
void mount_data(void);
void set_hostname(void);
void set_clock_floor(void);
void watchdog_open(void);
ms_t watchdog_tick(ms_t now);
void leave(int then, int status) __attribute__((noreturn));

/* net.c */
void loopback_up(void);
int interface_up(void);
int interface_mac(unsigned char *mac);
int interface_has_address(void);
int interface_set(const struct network *network);
void interface_clear(void);
void network_start(void);
ms_t network_tick(ms_t now);
int network_ready(void);

/* ports.c */
ms_t ports_tick(ms_t now);

/* dhcp.c */
void dhcp_start(ms_t now);
ms_t dhcp_tick(ms_t now);
int dhcp_socket(void);
void dhcp_receive(ms_t now);
int dhcp_bound(void);

/* app.c */
void app_open(void);
int app_output(void);
void app_read(void);
ms_t app_tick(ms_t now);
void app_reap(ms_t now);
void app_memory(void);		/* says how much the application has */
void app_signal(int signal, ms_t now);

#endif
