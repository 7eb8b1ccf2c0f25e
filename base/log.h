/* SPDX-License-Identifier: ISC
 * base/log.h - one line to syslog, or to stderr in the foreground.
 *
 * The only place that calls syslog(). Text from the network is escaped here,
 * so that no caller can forget. All functions are safe from any thread and
 * keep errno. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stddef.h>

/* Where lines go from now on: stderr if foreground, else syslog's "mail"
 * facility under the name "greygate". Called once, before threads start;
 * without it lines go to stderr. */
void	log_open(int foreground);

void	log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	log_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* One "key=value" of a line. A NULL value leaves the pair out. A value that
 * is empty or has a space, '"', '=' or '\' is put in double quotes; bytes
 * outside printable ASCII are written \xHH. */
struct log_pair {
	const char	*key, *value;
};

/* Writes the pairs as one line, ended, into out; what does not fit is cut. */
enum { LOG_LINE_SIZE = 2000 };
void	log_format(char out[LOG_LINE_SIZE], const struct log_pair *pairs,
	    size_t n);

/* A line that log_format() made, at level info. */
void	log_line(const char *line);

#endif
