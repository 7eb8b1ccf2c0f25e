/* SPDX-License-Identifier: ISC
 * control/print.c - what print.h promises. */
#include "control/print.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LABEL = 13 };

/* The character at p and its length in bytes; 0 if it is not UTF-8. A byte
 * that does not continue, the final NUL among them, ends the look. */
static size_t
decode(const unsigned char *p, uint32_t *c)
{
	static const uint32_t	least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t			n = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 :
				    p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 :
				    p[0] < 0xf8 ? 4 : 0;

	if (n < 2) {
		*c = p[0];
		return n;
	}
	*c = p[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (p[i] & 0x3fu);
	}
	return *c >= least[n] && *c <= 0x10ffff && (*c < 0xd800 ||
	    *c > 0xdfff) ? n : 0;
}

/* What moves the cursor, turns the text around or cannot be seen. */
static bool
is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad ||
	    c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	    c == 0xfeff || c >= 0xe0000;
}

/* The next byte behind the first len is a NUL or a newline: no character goes
 * past it. */
static size_t
print_bytes(FILE *out, const char *text, size_t len)
{
	const unsigned char	*p = (const unsigned char *)text;
	const unsigned char	*end = p + len;
	size_t			 columns = 0, n;
	uint32_t		 c;

	for (; p < end; p += n) {
		n = decode(p, &c);
		if (n > 0 && !is_unsafe(c)) {
			(void)fwrite(p, 1, n, out);
			columns++;
			continue;
		}
		n = n == 0 ? 1 : n;
		for (size_t i = 0; i < n; i++)
			columns += (size_t)fprintf(out, "\\x%02x", p[i]);
	}
	return columns;
}

size_t
print_text(FILE *out, const char *text)
{
	return print_bytes(out, text, strlen(text));
}

const char *
print_line(FILE *out, const char *text)
{
	size_t	len = strcspn(text, "\n");

	(void)print_bytes(out, text, len);
	(void)fputc('\n', out);
	return text[len] == '\n' ? text + len + 1 : text + len;
}

void
print_cell(FILE *out, const char *text, size_t width)
{
	size_t	columns = print_text(out, text);

	do
		(void)fputc(' ', out);
	while (columns++ < width);
}

bool
print_is_plain(const char *text)
{
	const unsigned char	*p = (const unsigned char *)text;
	size_t			 n;
	uint32_t		 c;

	for (; *p != '\0'; p += n) {
		n = decode(p, &c);
		if (n == 0 || is_unsafe(c))
			return false;
	}
	return true;
}

void
print_word(FILE *out, const char *text)
{
	char		*copy = strdup(text), *rest = copy, *part;
	const char	*sep = "'";

	while ((part = strsep(&rest, "'")) != NULL) {
		(void)fputs(sep, out);
		(void)print_text(out, part);
		sep = "'\\''";
	}
	(void)fputc('\'', out);
	free(copy);
}

void
print_label(FILE *out, const char *text)
{
	print_cell(out, text, LABEL);
}

const char *
print_span(int64_t seconds, char out[PRINT_SPAN_SIZE])
{
	static const struct { int64_t size; char name; } unit[] = {
		{ 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' },
	};
	size_t	i = 0, len;

	if (seconds < 0)
		seconds = 0;
	while (i < 3 && seconds < unit[i].size)
		i++;
	len = (size_t)snprintf(out, PRINT_SPAN_SIZE, "%lld%c",
	    (long long)(seconds / unit[i].size), unit[i].name);
	seconds %= unit[i].size;
	if (i < 3 && seconds / unit[i + 1].size > 0)
		(void)snprintf(out + len, PRINT_SPAN_SIZE - len, "%lld%c",
		    (long long)(seconds / unit[i + 1].size),
		    unit[i + 1].name);
	return out;
}

int64_t
print_second_of(const char *time)
{
	struct tm	 tm = { 0 };
	const char	*end;

	end = time == NULL ? NULL : strptime(time, "%Y-%m-%dT%H:%M:%S", &tm);
	return end == NULL ? -1 : (int64_t)timegm(&tm);
}

const char *
print_local(const char *time, char out[PRINT_TIME_SIZE])
{
	time_t		at = (time_t)print_second_of(time);
	struct tm	tm;

	if (at == -1 || localtime_r(&at, &tm) == NULL ||
	    strftime(out, PRINT_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		(void)strcpy(out, "never");
	return out;
}

const char *
print_size(int64_t bytes, char out[PRINT_SPAN_SIZE])
{
	static const char *const	names[] = { "kB", "MB", "GB", "TB" };
	double				n = (double)bytes / 1000;
	size_t				i = 0;

	if (bytes < 1000) {
		(void)snprintf(out, PRINT_SPAN_SIZE, "%lld bytes",
		    (long long)bytes);
		return out;
	}
	while (n >= 1000 && i < 3) {
		n /= 1000;
		i++;
	}
	(void)snprintf(out, PRINT_SPAN_SIZE, "%.1f %s", n, names[i]);
	return out;
}

const char *
print_micros(int64_t micros, char out[PRINT_SPAN_SIZE])
{
	if (micros < 1000)
		(void)snprintf(out, PRINT_SPAN_SIZE, "%lldus",
		    (long long)micros);
	else if (micros < 1000000)
		(void)snprintf(out, PRINT_SPAN_SIZE, "%.1fms",
		    (double)micros / 1e3);
	else
		(void)snprintf(out, PRINT_SPAN_SIZE, "%.1fs",
		    (double)micros / 1e6);
	return out;
}
