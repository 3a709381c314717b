/* Text without stdio: printf alone would cost more than all of init. */
#include "init.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

/* Copies as much of `text` as there is room for before `end`, which stays free for a NUL. */
char *append(char *to, const char *end, const char *text)
{
	while (*text && to < end)
		*to++ = *text++;
	*to = 0;
	return to;
}

char *append_number(char *to, const char *end, uint32_t value)
{
	char digits[11];
	char *at = digits + 10;

	*at = 0;
	do
		*--at = (char)('0' + value % 10);
	while ((value /= 10) > 0);
	return append(to, end, at);
}

char *append_address(char *to, const char *end, uint32_t address)
{
	const unsigned char *byte = (const unsigned char *)&address;
	int i;

	for (i = 0; i < 4; i++) {
		to = append_number(to, end, byte[i]);
		if (i < 3)
			to = append(to, end, ".");
	}
	return to;
}

/* In one of two buffers that take turns. */
const char *address_text(uint32_t address)
{
	static char texts[2][16];
	static int turn;
	char *text = texts[turn ^= 1];

	append_address(text, text + 15, address);
	return text;
}

void say(const char *format, ...)
{
	char line[256];
	const char *end = line + sizeof line - 2;
	char *at = append(line, end, "init: ");
	int error = errno;
	va_list arguments;

	va_start(arguments, format);
	for (; *format; format++) {
		if (*format == '%' && *++format == 's')
			at = append(at, end, va_arg(arguments, const char *));
		else if (format[-1] == '%')
			at = append_number(at, end, *format == 'm' ? (uint32_t)error : va_arg(arguments, uint32_t));
		else if (at < end)
			*at++ = *format;
	}
	va_end(arguments);
	*at++ = '\n';
	if (config.container)
		(void)!write(2, line, (size_t)(at - line));
	else
		log_line(line, (size_t)(at - line));
}
