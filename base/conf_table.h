/* SPDX-License-Identifier: ISC
 * base/conf_table.h - the option table: one row per option, and the sections
 * they stand in. A new option is a new row, its member in conf.h, and its
 * paragraph in greygate.conf(5) and etc/greygate.conf.
 *
 * For base/conf*.c only. Constant. */
#ifndef BASE_CONF_TABLE_H
#define BASE_CONF_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a value is and the type of the member that takes it. */
enum conf_type {
	CONF_LISTEN,		/* char * */
	CONF_PATH,		/* char *; absolute, shorter than max */
	CONF_PATH_OR_NONE,	/* char *; the same or "" */
	CONF_USER,		/* char * */
	CONF_HEADER,		/* char * */
	CONF_CHOICE,		/* an enum; its words are in choices */
	CONF_BOOL,		/* bool */
	CONF_DURATION,		/* int64_t, seconds */
	CONF_NUMBER,		/* unsigned */
	CONF_COUNT,		/* uint64_t, k and M allowed */
	CONF_REPLY,		/* struct reply */
	CONF_NETWORKS,		/* struct netset *; a list */
	CONF_TLS_CLIENTS,	/* struct conf_tls_client *; a list */
};

struct conf_section {
	const char	*name;		/* "" is the top level */
	bool		 titled;	/* NAME "title" { }, any number of them */
};

struct conf_row {
	const struct conf_section *section;
	const char	*name;
	enum conf_type	 type;
	const char	*preset;	/* the default, as the file would say it */
	int64_t		 min, max;	/* in seconds, bytes or items */
	const char	*choices;	/* "first second", in the enum's order */
	size_t		 at;		/* offset in struct conf; of a titled
					 * section, in that section's struct */
	bool		 required;	/* has no default */
	const char	*allowed;	/* as a sentence would say it */
};

enum { CONF_SECTIONS = 3, CONF_ROWS = 21 };

extern const struct conf_section conf_sections[CONF_SECTIONS];
extern const struct conf_row conf_rows[CONF_ROWS];

/* NULL: no such name there. The name need not end after len characters. */
const struct conf_section *conf_section_find(const char *name, size_t len);
const struct conf_row *conf_row_find(const struct conf_section *section,
	    const char *name, size_t len);

bool	conf_row_is_list(const struct conf_row *row);

#endif
