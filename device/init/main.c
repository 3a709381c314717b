/*
 * The order of a start, and the loop.
 *
 * The application is started before the network has an address: a server listens on 0.0.0.0 without one, and what waits
 * for an address waits in the application, or here with `wait`.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct config config;

static void take_signals(int from, ms_t now)
{
	struct signalfd_siginfo info;

	while (read(from, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGCHLD)
			app_reap(now);
		else
			app_signal(info.ssi_signo, now);
	}
}

static void take_key(int key, ms_t now)
{
	if (key == 3)
		app_signal(SIGTERM, now);
	else if (key == 20)
		app_memory();
}

static ms_t sooner(ms_t a, ms_t b)
{
	return a < b ? a : b;
}

static void start_machine(void)
{
	config.command = (char **)config.argv;
	config.interface = "eth0";
	config.workdir = "/";
	config.crashes = 5;
	mount_missing();
	log_open();
	read_config();
	read_command_line();
	log_listen();
	set_clock_floor();
	set_hostname();
	mount_data();
	loopback_up();
	network_start();
	watchdog_open();
}

int main(int argc, char **argv)
{
	int signals;

	umask(022);
	/* The children of who ignores SIGCHLD leave no status. */
	default_signals();
	signals = signals_descriptor();
	config.container = getpid() != 1 || (argc > 2 && strcmp(argv[1], "--") == 0);
	if (!config.container) {
		start_machine();
	} else if (argc < 3 || strcmp(argv[1], "--") != 0) {
		say("not PID 1: use init -- PROGRAM");
		return 2;
	} else {
		config.command = argv + 2;
		/* Not PID 1 (docker run --init, or a shell before it): orphans come here all the same. */
		syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	}
	app_open();

	for (;;) {
		ms_t now = now_ms();
		ms_t next = sooner(sooner(app_tick(now), network_tick(now)), sooner(watchdog_tick(now), ports_tick(now)));
		struct pollfd fds[5] = {
			{ .fd = signals, .events = POLLIN },
			{ .fd = app_output(), .events = POLLIN },
			{ .fd = dhcp_socket(), .events = POLLIN },
			{ .fd = log_input(), .events = POLLIN },
			{ .events = POLLOUT },
		};

		log_show();
		fds[4].fd = log_console();
		/* Nothing waits longer than a day, so that the difference fits into an int. */
		next = sooner(next - now, 86400000);
		if (poll(fds, 5, next < 0 ? 0 : (int)next) < 0 && errno != EINTR)
			pause_ms(100);
		now = now_ms();
		if (fds[1].revents)
			app_read();
		if (fds[2].revents)
			dhcp_receive(now);
		if (fds[3].revents)
			take_key(log_key(), now);
		if (fds[0].revents)
			take_signals(signals, now);
	}
}
