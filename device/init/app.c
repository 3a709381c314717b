/* The application (and a shell on the console, where somebody wants one): started, watched, stopped, started again. */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t app, shell;
static ms_t started, kill_at = NEVER;
static ms_t start_at;		/* NEVER: it runs, or it is not started again */
static ms_t shell_at = NEVER;
static uint32_t short_runs;
static int stopping = -1;	/* enum finally, once somebody wants the machine to end */
static int output[2] = { -1, -1 };

/*
 * One pipe for all runs. Its other end stays open here, so that it never ends: a daemon left over from an earlier run
 * may still be writing.
 */
void app_open(void)
{
	int yes = 1;

	if (config.container)
		return;
	if (syscall(SYS_pipe2, output, O_CLOEXEC) == 0)
		control(output[0], FIONBIO, &yes);
	if (config.shell[1])
		shell_at = 0;
	if (!config.command[0])
		start_at = NEVER;
}

int app_output(void)
{
	return output[0];
}

void app_read(void)
{
	char bytes[4096];
	ssize_t size;

	/* Not for ever: an application that writes without end must not keep init from its other work. */
	int reads = 16;

	while (reads-- > 0 && (size = read(output[0], bytes, sizeof bytes)) > 0)
		log_bytes(bytes, (size_t)size);
}

/* Ends the child with the status that shells have for this. */
static void cannot_start(const char *what)
{
	int error = errno;

	config.container = 1;	/* say it on our own standard error, which leads to init's log */
	say(error == ENOENT ? "cannot start %s: not found, or its loader is missing"
	    : error == ENOEXEC ? "cannot start %s: for another processor, or no program"
	    : error == EACCES ? "cannot start %s: not executable"
			      : "cannot start %s: error %m", what);
	_exit(error == ENOENT ? 127 : 126);
}

static void become_app(void)
{
	if (config.container) {
		/* A group of its own at the terminal: Ctrl-C reaches it once, not also through init. */
		setpgid(0, 0);
		control(0, TIOCSPGRP, &(pid_t){ getpid() });
	} else {
		int null = open_file("/dev/null", O_RDONLY);

		setsid();
		dup2(null, 0);
		dup2(output[1], 1);
		dup2(output[1], 2);
		if (null > 2)
			close(null);
		if (become(config.uid, config.gid) != 0)
			cannot_start("as the configured user");
		if (chdir(config.workdir) != 0)
			cannot_start(config.workdir);
	}
	default_signals();
	execve(config.command[0], config.command, config.container ? environ : (char **)config.envp);
	cannot_start(config.command[0]);
}

static void become_shell(void)
{
	int tty;

	setsid();
	tty = open_file(config.shell[0], O_RDWR);
	if (tty < 0)
		cannot_start(config.shell[0]);
	control(tty, TIOCSCTTY, NULL);
	dup2(tty, 0);
	dup2(tty, 1);
	dup2(tty, 2);
	if (tty > 2)
		close(tty);
	default_signals();
	execve(config.shell[1], (char **)config.shell + 1, (char **)config.envp);
	cannot_start(config.shell[1]);
}

/* Starts the application again later, or does what is to be done instead. */
static void after(int code, ms_t now)
{
	int wanted = config.restart == RESTART_ALWAYS || (config.restart == RESTART_FAILURE && code != 0);
	int not_started = (code == 126 || code == 127) && now - started < 1000;
	uint32_t backoff;
	int then;

	short_runs = now - started < LONG_RUN_MS ? short_runs + 1 : 1;
	if (wanted && !not_started && short_runs < config.crashes) {
		backoff = 1u << (short_runs - 1);
		if (short_runs > 7)
			backoff = MAX_BACKOFF_S;
		start_at = now + backoff * 1000;
		say("starting again in %u s", backoff);
		return;
	}
	then = wanted ? config.after_crash : config.after_end;
	if (not_started)
		say("not tried again");
	else if (wanted)
		say("crash loop: %u short runs in a row, not started again", short_runs);
	if (then != THEN_WAIT)
		leave(then, code);
	say("waiting");
}

static void ended(int status, ms_t now)
{
	int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);

	if (config.container)
		_exit(code);
	/* What it started in its own group goes with it. */
	kill(-app, SIGKILL);
	app = 0;
	kill_at = NEVER;
	app_read();
	say(WIFSIGNALED(status) ? "application killed by signal %u%s" : "application ended with status %u",
	    WIFSIGNALED(status) ? WTERMSIG(status) : code, code == 137 && stopping < 0 ? ": often because memory ran out" : "");
	if (code != 0)
		log_show_all();
	if (stopping >= 0)
		leave(stopping, code);
	after(code, now);
}

void app_reap(ms_t now)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == app)
			ended(status, now);
		else if (pid == shell)
			shell_at = now + 1000;
	}
}

/*
 * Resident now, resident at most, and of that what is its own: heap, stack and variables. MicroPython never gives a page
 * of its heap back, and touches none before it needs it, so the last is the most that the heap ever was. The three lines
 * stand behind each other in /proc/PID/status: VmHWM, VmRSS, RssAnon.
 */
void app_memory(void)
{
	static char path[32];
	char text[2048];
	const char *end = path + sizeof path - 1, *at = text;
	uint32_t kilobytes[3];
	ssize_t size;
	int fd, i;

	append(append_number(append(path, end, "/proc/"), end, (uint32_t)app), end, "/status");
	fd = open_file(path, O_RDONLY);
	size = read(fd, text, sizeof text - 8);
	close(fd);
	/* Between two starts there is nothing to say. */
	if (size <= 0)
		return;
	text[size] = 0;
	while (*at && memcmp(at, "HWM:", 4) != 0)
		at++;
	for (i = 0; i < 3; i++) {
		while (*at && (*at < '0' || *at > '9'))
			at++;
		kilobytes[i] = parse_number(&at);
	}
	say("memory %u kB, %u kB at most, %u kB of its own", kilobytes[1], kilobytes[0], kilobytes[2]);
}

static void start(ms_t now)
{
	start_at = NEVER;
	started = now;
	app = new_process();
	if (app == 0)
		become_app();
	if (app < 0) {
		app = 0;
		say("cannot start a process: error %m");
		if (config.container)
			_exit(126);
		after(1, now);
	}
}

ms_t app_tick(ms_t now)
{
	ms_t next;

	if (now >= kill_at) {
		kill_at = NEVER;
		say("application did not end in time");
		kill(-app, SIGKILL);
		kill(app, SIGKILL);
	}
	if (now >= shell_at) {
		shell_at = NEVER;
		shell = new_process();
		if (shell == 0)
			become_shell();
	}
	if (start_at != NEVER && now >= start_at && stopping < 0 && network_ready())
		start(now);
	next = start_at > now ? start_at : NEVER;
	if (kill_at < next)
		next = kill_at;
	return shell_at < next ? shell_at : next;
}

static void stop(int then, ms_t now)
{
	if (stopping < 0 || kill_at == NEVER)
		kill_at = now + GRACE_MS;
	stopping = then;
	if (!app)
		leave(then, 0);
	/* MicroPython has no handler for SIGTERM; SIGINT is KeyboardInterrupt, and every `finally` runs. */
	kill(app, SIGINT);
}

void app_signal(int number_of_signal, ms_t now)
{
	switch (number_of_signal) {
	case SIGTERM:
		stop(THEN_POWEROFF, now);
		return;
	case SIGINT:	/* Ctrl-Alt-Del, from the kernel */
		stop(THEN_REBOOT, now);
		return;
	case SIGUSR1:
		if (!config.container) {
			log_dump();
			return;
		}
		break;
	case SIGTTIN:
	case SIGTTOU:
	case SIGTSTP:
	case SIGPIPE:
		/* About the terminal of init itself. */
		return;
	}
	if (app)
		kill(app, number_of_signal);
}
