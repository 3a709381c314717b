/*
 * Feeds init's reader of DHCP replies with damaged ones, under the address sanitizer: a reply cut at every length, and
 * a hundred thousand with flipped bytes. Says how many of them were still taken for replies.
 */
#include "../../../device/init/dhcp.c"

#include <stdio.h>
#include <stdlib.h>

struct config config = { .interface = "eth0" };

int interface_mac(unsigned char *mac)
{
	memcpy(mac, "\2\0\0\0\0\1", 6);
	return 0;
}
int interface_up(void) { return 0; }
int interface_set(const struct network *network) { (void)network; return 0; }
void interface_clear(void) { }
int udp_socket(void) { return -1; }
int set_option(int socket, int name, const void *value, unsigned size) { (void)socket, (void)name, (void)value, (void)size; return 0; }
const char *address_text(uint32_t address) { (void)address; return ""; }
void say(const char *format, ...) { (void)format; }

static const unsigned char options[] = {
	53, 1, ACK, 1, 4, 255, 255, 255, 0, 3, 4, 10, 0, 0, 1, 0, 0, 6, 16, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4,
	51, 4, 0, 0, 0, 60, 54, 4, 10, 0, 0, 1, 58, 4, 0, 0, 0, 30, 59, 4, 0, 0, 0, 50, 12, 5, 'h', 'o', 'u', 's', 'e', 255,
};

/* The bytes in memory of exactly their size, so that reading behind them is seen. */
static int taken(const unsigned char *bytes, size_t size)
{
	unsigned char *exact = malloc(size ? size : 1);
	struct answer answer;

	memcpy(exact, bytes, size);
	parse(&answer, exact, size);
	take(&answer, 1000);
	dhcp_tick(1000);
	free(exact);
	return answer.type;
}

int main(void)
{
	unsigned char good[OPTIONS + sizeof options] = { [OP] = 2 };
	size_t size, i;
	int replies = 0, round;

	memcpy(good + CHADDR, "\2\0\0\0\0\1", 6);
	memcpy(good + COOKIE, cookie, 4);
	memcpy(good + YIADDR, "\12\0\0\5", 4);
	memcpy(good + OPTIONS, options, sizeof options);
	if (taken(good, sizeof good) != ACK)
		return 1;
	for (size = 0; size < sizeof good; size++)
		replies += taken(good, size) != 0;
	srand(1);
	for (round = 0; round < 100000; round++) {
		unsigned char damaged[sizeof good];

		memcpy(damaged, good, sizeof good);
		for (i = 0; i < 1 + (size_t)round % 4; i++)
			damaged[OPTIONS + (size_t)rand() % sizeof options] ^= (unsigned char)rand();
		state = (enum state)(round % 6);
		replies += taken(damaged, sizeof good) != 0;
	}
	printf("%d\n", replies > 1000 && replies < 100000);
	return 0;
}
