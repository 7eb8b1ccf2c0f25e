/* SPDX-License-Identifier: ISC
 * control/print.c - what print.h promises. */
#include "control/print.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/glyph.h"

enum { LABEL = 13 };

void
print_glyph(FILE *out, const char *text, const struct glyph *g)
{
	if (!g->escaped) {
		(void)fwrite(text, 1, g->bytes, out);
		return;
	}
	for (size_t i = 0; i < g->bytes; i++)
		(void)fprintf(out, "\\x%02x", (unsigned char)text[i]);
}

/* The next byte behind the first len is a NUL or a newline: no character goes
 * past it. */
static size_t
print_bytes(FILE *out, const char *text, size_t len)
{
	size_t		columns = 0;
	struct glyph	g;

	for (const char *end = text + len; text < end; text += g.bytes) {
		g = glyph_at(text);
		print_glyph(out, text, &g);
		columns += g.columns;
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
	struct glyph	g;

	for (; *text != '\0'; text += g.bytes) {
		g = glyph_at(text);
		if (g.escaped)
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
