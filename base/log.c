/* SPDX-License-Identifier: ISC
 * base/log.c - the log that log.h describes. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

/* The sink: set once by log_open(), before there are threads. */
static bool	to_syslog;

void
log_open(int foreground)
{
	to_syslog = !foreground;
	if (to_syslog)
		openlog("greygate", LOG_PID | LOG_NDELAY, LOG_MAIL);
}

/* One write per line, so that lines of several threads do not mix. */
static void
put(int priority, const char *line)
{
	int	saved = errno;

	if (to_syslog)
		syslog(priority, "%s", line);
	else
		(void)fprintf(stderr, "%s\n", line);
	errno = saved;
}

/* Control bytes in a formatted line would forge lines: they become \xHH. */
static size_t
escape(char *out, size_t size, const char *text, bool in_quotes)
{
	static const char	hex[] = "0123456789abcdef";
	size_t			at = 0;

	for (const unsigned char *p = (const unsigned char *)text;
	    *p != '\0' && at + 4 < size; p++) {
		if (*p >= ' ' && *p <= '~' &&
		    !(in_quotes && (*p == '"' || *p == '\\'))) {
			out[at++] = (char)*p;
			continue;
		}
		out[at++] = '\\';
		out[at++] = 'x';
		out[at++] = hex[*p >> 4];
		out[at++] = hex[*p & 15];
	}
	out[at] = '\0';
	return at;
}

static void __attribute__((format(printf, 2, 0)))
put_formatted(int priority, const char *fmt, va_list ap)
{
	char	text[LOG_LINE_SIZE], line[LOG_LINE_SIZE];
	int	saved = errno;

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	(void)escape(line, sizeof(line), text, false);
	errno = saved;
	put(priority, line);
}

void
log_info(const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	put_formatted(LOG_INFO, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	put_formatted(LOG_WARNING, fmt, ap);
	va_end(ap);
}

void
log_fail(const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	put_formatted(LOG_ERR, fmt, ap);
	va_end(ap);
}

void
log_format(char out[LOG_LINE_SIZE], const struct log_pair *pairs, size_t n)
{
	size_t	at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		const char	*value = pairs[i].value;
		size_t		 key = strlen(pairs[i].key);
		bool		 quote;

		if (value == NULL)
			continue;
		/* Room for the key, '=', two quotes, a blank and the end. */
		if (at + key + 8 >= LOG_LINE_SIZE)
			break;
		if (at > 0)
			out[at++] = ' ';
		memcpy(out + at, pairs[i].key, key);
		at += key;
		out[at++] = '=';
		quote = value[strcspn(value, " \"=\\")] != '\0' ||
		    *value == '\0';
		if (quote)
			out[at++] = '"';
		at += escape(out + at, LOG_LINE_SIZE - at - 1, value, true);
		if (quote)
			out[at++] = '"';
		out[at] = '\0';
	}
}

void
log_line(const char *line)
{
	put(LOG_INFO, line);
}
