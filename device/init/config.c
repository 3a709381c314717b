/*
 * The configuration: /etc/kilopy/init.conf, written by kilopy, and words of the kernel's command line over it.
 *
 *   # comment
 *   KEY VALUE            the value is the rest of the line; \n and \\ in it stand for a line feed and a backslash
 *
 *   hostname NAME
 *   clock SECONDS        the date is never before this one
 *   interface NAME       eth0
 *   network none | dhcp | static ADDRESS/BITS [GATEWAY [DNS...]]
 *   wait SECONDS         start the application only with an address, at most so much later; 0
 *   user UID:GID         0:0
 *   workdir PATH         /
 *   env NAME=VALUE       one line each
 *   arg TEXT             one line each; the first is the path of the program
 *   data DEVICE FOLDER TYPE
 *   log console | quiet  console
 *   restart always | failure | never
 *   crashes NUMBER       so many runs of less than a minute in a row are a crash loop; 5
 *   end wait | poweroff | reboot      when the application has ended and is not started again
 *   crash wait | poweroff | reboot    after a crash loop
 *   watchdog SECONDS     0
 *   port NUMBER          one line each: when something listens there, it is said on the console
 *   interrupt ignore | stop           Ctrl-C on the console; a serial line that hangs in the air can read as one. With
 *                                     `stop`, Ctrl-T says how much memory the application has
 *   attended NETWORK     network, and what suits somebody who sits before the machine: restart never, end poweroff,
 *                        crash poweroff, interrupt stop. One word, because QEMU's malta takes 255 characters in all
 *   shell TTY PROGRAM [ARG...]
 *
 * On the command line a word is `kilopy.KEY=VALUE`, with a comma where the file has a space. `kilopy.arg` begins a new
 * list of arguments, `kilopy.env` adds to the others. The kernel's own words, such as `ip=`, stay the kernel's.
 */
#include "init.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/*
 * How the value of a key is read, and the field it goes to. The choices of a field are known by their first letters, in
 * the order of its enum.
 */
enum kind { TEXT, NUMBER, WORDS, LIST, USER, CHOICE, NETWORK = CHOICE + 5, ATTENDED };
static const char choices[][4] = { "cq", "afn", "wpr", "is", "nds" };
enum { LOG = CHOICE, RESTART, THEN, INTERRUPT, MODE };

static const struct key {
	char name[10];
	unsigned char kind;
	unsigned short field;
} keys[] = {
#define FIELD(name) offsetof(struct config, name)
	{ "hostname", TEXT, FIELD(hostname) },
	{ "clock", NUMBER, FIELD(clock) },
	{ "interface", TEXT, FIELD(interface) },
	{ "network", NETWORK, FIELD(network) },
	{ "wait", NUMBER, FIELD(wait) },
	{ "user", USER, 0 },
	{ "workdir", TEXT, FIELD(workdir) },
	{ "env", LIST, FIELD(envp) },
	{ "arg", LIST, FIELD(argv) },
	{ "data", WORDS, FIELD(data) },
	{ "log", LOG, FIELD(quiet) },
	{ "restart", RESTART, FIELD(restart) },
	{ "crashes", NUMBER, FIELD(crashes) },
	{ "end", THEN, FIELD(after_end) },
	{ "crash", THEN, FIELD(after_crash) },
	{ "watchdog", NUMBER, FIELD(watchdog) },
	{ "port", LIST, FIELD(ports) },
	{ "interrupt", INTERRUPT, FIELD(interrupt) },
	{ "shell", WORDS, FIELD(shell) },
	{ "attended", ATTENDED, FIELD(network) },
};

static char storage[CONFIG_BYTES];
static size_t used;

/* The text of a file behind what is there already, NULL without it. It stays: the configuration points into it. */
char *read_text(const char *path)
{
	char *text = storage + used;
	size_t room = sizeof storage - 1 - used;
	int fd = open_file(path, O_RDONLY);
	ssize_t size;

	if (fd < 0)
		return NULL;
	while (room > 0 && (size = read(fd, storage + used, room)) > 0) {
		used += (size_t)size;
		room -= (size_t)size;
	}
	close(fd);
	if (room == 0)
		say("%s is too long", path);
	storage[used++] = 0;
	return text;
}

/* The next word of `*text`, ended by a space or a comma; NULL when there is none. */
static char *next_word(char **text)
{
	char *word = *text;

	while (*word == ' ' || *word == ',')
		word++;
	if (*word == 0)
		return NULL;
	*text = find(word, ' ', ',');
	if (**text)
		*(*text)++ = 0;
	return word;
}

static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (*text == '\\' && text[1])
			*to++ = *++text == 'n' ? '\n' : *text;
		else
			*to++ = *text;
	}
	*to = 0;
}

/* An address at `*text`, which is moved behind it; 0 when there is none. */
static uint32_t parse_address(const char **text)
{
	uint32_t address = 0;
	unsigned char *bytes = (unsigned char *)&address;
	const char *at = *text;
	int i;

	for (i = 0; i < 4; i++) {
		const char *start = at;
		uint32_t byte = parse_number(&at);

		if (at == start || byte > 255 || (i < 3 && *at++ != '.'))
			return 0;
		bytes[i] = (unsigned char)byte;
	}
	*text = at;
	return address;
}

/* Which of `letters` the value begins with; -1 when none. */
static int choice(const char *letters, const char *value)
{
	int index;

	for (index = 0; letters[index]; index++)
		if (letters[index] == *value)
			return index;
	return -1;
}

static int read_network(char *value)
{
	struct network *fixed = &config.fixed;
	const char *word = next_word(&value);
	int mode = word ? choice(choices[MODE - CHOICE], word) : -1;
	uint32_t bits = 0;
	int i;

	if (mode != NETWORK_STATIC)
		return mode;
	word = next_word(&value);
	fixed->address = word ? parse_address(&word) : 0;
	if (fixed->address && *word++ == '/')
		bits = parse_number(&word);
	/* Shifting by 32 would be undefined. */
	if (bits - 1 > 31)
		return -1;
	fixed->mask = htonl(~0u << (32 - bits));
	word = next_word(&value);
	fixed->gateway = word ? parse_address(&word) : 0;
	for (i = 0; i < MAX_DNS && (word = next_word(&value)); i++)
		fixed->dns[i] = parse_address(&word);
	return mode;
}

static void set(const char *name, char *value)
{
	const struct key *key = keys;
	const char *text = value;
	void *field;
	int index, i;

	while (strcmp(key->name, name) != 0) {
		if (++key == keys + sizeof keys / sizeof *keys) {
			say("unknown setting %s", name);
			return;
		}
	}
	field = (char *)&config + key->field;
	if (key->kind == ATTENDED) {
		config.restart = RESTART_NEVER;
		config.after_end = config.after_crash = THEN_POWEROFF;
		config.interrupt = 1;
	}
	switch (key->kind) {
	case TEXT:
		*(const char **)field = value;
		break;
	case NUMBER:
		*(uint32_t *)field = parse_number(&text);
		break;
	case USER:
		config.uid = config.gid = parse_number(&text);
		if (*text++ == ':')
			config.gid = parse_number(&text);
		break;
	case WORDS:
		for (i = 0; i < MAX_WORDS; i++)
			((const char **)field)[i] = next_word(&value);
		break;
	case LIST:
		for (i = 0; i < MAX_LIST; i++) {
			if (!((const char **)field)[i]) {
				((const char **)field)[i] = value;
				return;
			}
		}
		say("too many %s", name);
		break;
	default:
		index = key->kind >= NETWORK ? read_network(value) : choice(choices[key->kind - CHOICE], value);
		if (index < 0)
			say("setting %s cannot be %s", name, value);
		else
			*(int *)field = index;
	}
}

void read_config(void)
{
	char *line = read_text(CONFIG_PATH), *next, *value;

	if (!line) {
		say("there is no " CONFIG_PATH);
		return;
	}
	for (; *line; line = next) {
		next = find(line, '\n', '\n');
		if (*next)
			*next++ = 0;
		if (*line == 0 || *line == '#')
			continue;
		value = find(line, ' ', ' ');
		if (*value)
			*value++ = 0;
		unescape(value);
		set(line, value);
	}
}

void read_command_line(void)
{
	char *text = read_text("/proc/cmdline"), *word, *value;
	int own_args = 0;

	for (word = text; word && *word; word = text) {
		text = find(word, ' ', '\n');
		if (*text)
			*text++ = 0;
		value = find(word, '=', '=');
		if (memcmp(word, "kilopy.", 7) != 0 || *value == 0)
			continue;
		*value++ = 0;
		word += 7;
		if (strcmp(word, "arg") == 0 && !own_args++)
			memset(config.argv, 0, sizeof config.argv);
		set(word, value);
	}
}
