/* SPDX-License-Identifier: ISC
 * control/print.h - texts, ages and times for people.
 *
 * What came from the network cannot steer the terminal: control characters,
 * text direction marks and bytes that are not UTF-8 are printed as \xHH. */
#ifndef CONTROL_PRINT_H
#define CONTROL_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* One character of a text, as glyph_at() sees it. */
struct glyph;
void	print_glyph(FILE *out, const char *text, const struct glyph *g);

/* Prints the text, escaped; returns how many columns it took. */
size_t	print_text(FILE *out, const char *text);

/* The same, filled up with spaces to `width` columns and one more; a longer
 * text is printed whole. */
void	print_cell(FILE *out, const char *text, size_t width);

/* The same of the first line of a text, and a newline; where the next
 * begins. */
const char *print_line(FILE *out, const char *text);

/* One word for a shell, whatever is in it. */
void	print_word(FILE *out, const char *text);

/* Whether print_text() prints all of it as it is. */
bool	print_is_plain(const char *text);

/* What stands before each line of a page: "store        ". */
void	print_label(FILE *out, const char *text);

/* "42s", "3m20s", "23h59m", "35d23h"; below zero counts as 0. */
enum { PRINT_SPAN_SIZE = 32 };
const char *print_span(int64_t seconds, char out[PRINT_SPAN_SIZE]);

/* The second that "2026-01-02T03:04:05Z" means, or -1; NULL is -1. */
int64_t	print_second_of(const char *time);

/* The same in local time, "2026-01-02 04:04:05", or "never". */
enum { PRINT_TIME_SIZE = 32 };
const char *print_local(const char *time, char out[PRINT_TIME_SIZE]);

/* "512 bytes", "4.2 MB". */
const char *print_size(int64_t bytes, char out[PRINT_SPAN_SIZE]);

/* "840us", "1.2ms", "2.0s". */
const char *print_micros(int64_t micros, char out[PRINT_SPAN_SIZE]);

#endif
