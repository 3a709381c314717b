/*
 * The first process where the kernel has drivers as modules, as Debian's kernels have the network card's: loads the modules
 * that LIST names, one path a line, in this order, and becomes the first process that is meant. A module that cannot be
 * loaded is said, and the boot goes on: an application without a network tells more than a panic.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LIST "/usr/lib/kilopy/modules"
#define NEXT "/usr/lib/kilopy/first"

extern char **environ;

static void say(const char *what, const char *path)
{
	static const char begin[] = "modules: cannot ";

	/* There is nobody to be told that the console is closed. */
	if (write(2, begin, sizeof begin - 1) < 0 || write(2, what, strlen(what)) < 0 || write(2, path, strlen(path)) < 0 ||
	    write(2, "\n", 1) < 0)
		return;
}

static void load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		say("read ", path);
		return;
	}
	if (syscall(SYS_finit_module, fd, "", 0) != 0 && errno != EEXIST)
		say("load ", path);
	close(fd);
}

int main(int argc, char **argv)
{
	static char list[4096];
	int fd = open(LIST, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, list, sizeof list - 1);
	char *path = list, *end;

	(void)argc;
	if (size < 0)
		say("read ", LIST);
	close(fd);
	for (; (end = strchr(path, '\n')); path = end + 1) {
		*end = 0;
		load(path);
	}
	execve(NEXT, argv, environ);
	say("start ", NEXT);
	return 127;
}
