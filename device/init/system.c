/* What a machine needs around the application: file systems, name, date, watchdog, and the end. */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* <linux/watchdog.h>, which musl does not bring. */
#define WDIOC_SETTIMEOUT _IOWR('W', 6, int)

static int watchdog = -1;

/* Whether something is mounted at `path`: it is then on another device than the folder it is in. */
static int is_mounted(const char *path)
{
	char parent[24] = "";
	const char *end = parent + sizeof parent - 1;
	uint64_t here, above;

	append(append(parent, end, path), end, "/..");
	return device_of(path, &here) == 0 && device_of(parent, &above) == 0 && here != above;
}

void mount_missing(void)
{
	static const struct {
		char type[9], path[9], options[14];
		unsigned char flags;
	} table[] = {
		{ "devtmpfs", "/dev", "mode=755", MS_NOSUID | MS_NOEXEC },
		{ "proc", "/proc", "", MS_NOSUID | MS_NOEXEC | MS_NODEV },
		{ "sysfs", "/sys", "", MS_NOSUID | MS_NOEXEC | MS_NODEV },
		{ "devpts", "/dev/pts", "ptmxmode=666", MS_NOSUID | MS_NOEXEC },
		{ "tmpfs", "/run", "mode=755", MS_NOSUID | MS_NODEV },
		{ "tmpfs", "/tmp", "mode=1777", MS_NOSUID | MS_NODEV },
	};
	unsigned i;

	for (i = 0; i < sizeof table / sizeof *table; i++) {
		if (is_mounted(table[i].path))
			continue;
		mkdir(table[i].path, 0755);
		/* ENODEV: a kernel without this file system, which somebody has chosen. */
		if (mount(table[i].type, table[i].path, table[i].type, table[i].flags, table[i].options) != 0 && errno != ENODEV)
			say("cannot mount %s: error %m", table[i].path);
	}
}

/* A disk may be found only after PID 1 was started. */
void mount_data(void)
{
	int tries = 100;

	if (!config.data[2])
		return;
	while (access(config.data[0], F_OK) != 0 && tries-- > 0)
		pause_ms(50);
	if (mount(config.data[0], config.data[1], config.data[2], MS_NOSUID | MS_NODEV | MS_NOATIME, NULL) != 0)
		say("cannot mount %s at %s: error %m", config.data[0], config.data[1]);
}

void set_hostname(void)
{
	if (config.hostname)
		sethostname(config.hostname, strlen(config.hostname));
}

/* Boards without a battery begin in 1970, where every certificate is not valid yet. */
void set_clock_floor(void)
{
	struct clock_time now;

	if (clock_get(CLOCK_REALTIME, &now) == 0 && now.seconds < config.clock && clock_set(config.clock) != 0)
		say("cannot set the clock: error %m");
}

void watchdog_open(void)
{
	if (!config.watchdog)
		return;
	watchdog = open_file("/dev/watchdog", O_WRONLY);
	if (watchdog < 0)
		say("there is no /dev/watchdog");
	else
		control(watchdog, WDIOC_SETTIMEOUT, &config.watchdog);
}

/* Three times in its period. It is not closed at the end, so that it also guards the way down. */
ms_t watchdog_tick(ms_t now)
{
	static ms_t due;

	if (watchdog < 0)
		return NEVER;
	if (now >= due) {
		(void)!write(watchdog, "", 1);
		due = now + config.watchdog * 1000 / 3 + 1;
	}
	return due;
}

/*
 * The end of everything. Whatever still runs gets a second to do so in order. In a namespace of processes reboot() ends
 * just that; where it is not allowed (a container without CAP_SYS_BOOT), ending PID 1 comes to the same.
 */
void leave(int then, int status)
{
	int tries = 20;

	say("%s", then == THEN_REBOOT ? "rebooting" : "powering off");
	kill(-1, SIGTERM);
	while (waitpid(-1, NULL, WNOHANG) >= 0 && tries-- > 0)
		pause_ms(50);
	kill(-1, SIGKILL);
	log_flush();
	sync();
	if (config.data[2] && umount2(config.data[1], 0) != 0)
		mount(NULL, config.data[1], NULL, MS_REMOUNT | MS_RDONLY, NULL);
	mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL);
	reboot(then == THEN_REBOOT ? RB_AUTOBOOT : RB_POWER_OFF);
	_exit(status);
}
