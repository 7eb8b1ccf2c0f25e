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
	CONF_ENDPOINT,		/* char *, "" for none */
	CONF_PATH,		/* char *; absolute, shorter than max */
	CONF_PATH_OR_NONE,	/* char *; the same or "" */
	CONF_USER,		/* char * */
	CONF_HEADER,		/* char * */
	CONF_TEXT,		/* char *; any */
	CONF_DELIMITERS,	/* char *; at most max */
	CONF_URIS,		/* char * */
	CONF_BASE,		/* char * */
	CONF_FILTER,		/* char * */
	CONF_EXPORT_FILTER,	/* char *, "" for none */
	CONF_ATTRIBUTES,	/* char *, "" for none */
	CONF_CHOICE,		/* an enum; its words are in choices */
	CONF_BOOL,		/* bool */
	CONF_DURATION,		/* int64_t, seconds */
	CONF_NUMBER,		/* unsigned */
	CONF_COUNT,		/* uint64_t, k and M allowed */
	CONF_REPLY,		/* struct reply, 4xx */
	CONF_REFUSAL,		/* struct reply, 5xx */
	CONF_FAILURE,		/* struct conf_failure */
	CONF_NETWORKS,		/* struct netset *; a list */
	CONF_TLS_CLIENTS,	/* struct conf_tls_client *; a list */
	CONF_DOMAINS,		/* struct nameset *; a list or one value */
	CONF_NAMES,		/* the same, with addresses */
	CONF_PATHS,		/* char ** and its count; a list or one value */
	CONF_RESOLVERS,		/* the same, at most max */
	CONF_DAEMONS,		/* the same, of any number */
	CONF_HOURS,		/* struct conf_hours * and its count; a list */
	CONF_MACROS,		/* struct conf_macro * and its count; a list */
	CONF_DNS_LISTS,		/* struct conf_dns_list * and its count; a list */
	CONF_HOSTS,		/* struct patternset *; a list */
	CONF_ADDRESSES,		/* the same */
	CONF_IDENTITIES,	/* the same, without files */
	CONF_TRISTATE,		/* enum conf_tristate; true or false */
	CONF_RULE_REPLY,	/* struct reply, 4xx or 5xx */
};

/* One that is titled, NAME "title" { }, may stand any number of times. Its
 * structs, which begin with char *name, are an array in struct conf. */
struct conf_section {
	const char	*name;		/* "" is the top level */
	const struct conf_section *parent;	/* NULL: the top level */
	bool		 titled;
	bool		 asked;		/* at most CONF_ASKED_MAX of these */
	size_t		 most;		/* so many of them at most; 0: any */
	size_t		 array, count;	/* offsets in struct conf */
	size_t		 size;		/* of one struct */
};

struct conf_row {
	const struct conf_section *section;
	const char	*name;
	enum conf_type	 type;
	const char	*preset;	/* the default, as the file would say it;
					 * "": none, the member is zero, and a
					 * list that is given is not empty */
	int64_t		 min, max;	/* in seconds, bytes or items */
	const char	*choices;	/* "first second", in the enum's order */
	size_t		 at;		/* offset in struct conf; of a titled
					 * section, in that section's struct */
	bool		 required;	/* has no default */
	const char	*allowed;	/* as a sentence would say it */
};

/* A section comes after the one it stands in. */
enum {
	CONF_IN_TOP, CONF_IN_GREYLIST, CONF_IN_AUTO_WHITELIST,
	CONF_IN_RECIPIENTS, CONF_IN_LIST, CONF_IN_UNIX, CONF_IN_LDAP,
	CONF_IN_RELAY, CONF_IN_RULE,
	CONF_SECTIONS
};
enum { CONF_ROWS = 95 };

extern const struct conf_section conf_sections[CONF_SECTIONS];
extern const struct conf_row conf_rows[CONF_ROWS];

/* NULL: no such name there. The name need not end after len characters. */
const struct conf_section *conf_section_find(const struct conf_section *parent,
	    const char *name, size_t len);
const struct conf_row *conf_row_find(const struct conf_section *section,
	    const char *name, size_t len);

/* "recipients.ldap.uri", "recipients.ldap", "listen", "". */
struct conf_name {
	char	text[80];
};
struct conf_name conf_section_name(const struct conf_section *section);
struct conf_name conf_row_name(const struct conf_row *row);

bool	conf_row_is_list(const struct conf_row *row);

/* Whether one value, without the braces of a list, will do as well. */
bool	conf_row_is_loose(const struct conf_row *row);

#endif
