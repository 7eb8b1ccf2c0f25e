/* SPDX-License-Identifier: ISC
 * base/log.c - the log that log.h describes. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

enum { LINE_SIZE = 2000 };

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
escape(char *out, size_t size, const char *text, const char *also)
{
	size_t	at = 0;

	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		bool plain = *p >= ' ' && *p <= '~' && !strchr(also, *p);

		if (at + (plain ? 1 : 4) >= size)
			break;
		if (plain)
			out[at++] = (char)*p;
		else
			at += (size_t)snprintf(out + at, size - at, "\\x%02x",
			    *p);
	}
	out[at] = '\0';
	return at;
}

static void
put_formatted(int priority, const char *fmt, va_list ap)
{
	char	text[LINE_SIZE], line[LINE_SIZE];
	int	saved = errno;

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	(void)escape(line, sizeof(line), text, "");
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
log_pairs(const struct log_pair *pairs, size_t n)
{
	char	line[LINE_SIZE];
	size_t	at = 0;

	for (size_t i = 0; i < n; i++) {
		const char	*value = pairs[i].value;
		bool		 quote;

		if (value == NULL)
			continue;
		quote = *value == '\0' || strpbrk(value, " \"=\\") != NULL;
		/* Room for the key, two quotes, a blank and the end. */
		if (at + strlen(pairs[i].key) + 5 >= sizeof(line))
			break;
		at += (size_t)snprintf(line + at, sizeof(line) - at, "%s%s=%s",
		    at ? " " : "", pairs[i].key, quote ? "\"" : "");
		at += escape(line + at, sizeof(line) - at - 1, value, "\"\\");
		if (quote)
			line[at++] = '"';
		line[at] = '\0';
	}
	put(LOG_INFO, line);
}
