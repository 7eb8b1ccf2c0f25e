/* SPDX-License-Identifier: ISC
 * base/conf_list.c - the arrays of conf_list.h; each kind of entry has a size,
 * a parser and what it owns. */
#include "base/conf_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/conf_rule.h"
#include "base/conf_text.h"
#include "base/ip.h"

/* Any entry. */
union entry {
	char			*text;
	struct conf_hours	 hours;
	struct conf_macro	 macro;
	struct conf_dns_list	 list;
};

static size_t
size_of(const struct conf_row *row)
{
	switch (row->type) {
	case CONF_HOURS:
		return sizeof(struct conf_hours);
	case CONF_MACROS:
		return sizeof(struct conf_macro);
	case CONF_DNS_LISTS:
		return sizeof(struct conf_dns_list);
	default:
		return sizeof(char *);
	}
}

static size_t *
count_of(const struct conf_row *row, void *base)
{
	struct conf		*c = base;
	struct conf_rule	*r = base;

	switch (row->type) {
	case CONF_PATHS:
		return &c->n_whitelist;
	case CONF_RESOLVERS:
		return &c->n_resolver;
	case CONF_DAEMONS:
		return &c->n_reinject;
	case CONF_HOURS:
		return &r->n_time;
	case CONF_MACROS:
		return &r->n_macro;
	default:
		return row->at == offsetof(struct conf_rule, dnsbl) ?
		    &r->n_dnsbl : &r->n_dnswl;
	}
}

/* The array is a pointer to one type or another: its bytes are copied. */
static char *
array_of(const struct conf_row *row, const void *base)
{
	char	*array;

	memcpy(&array, (const char *)base + row->at, sizeof(array));
	return array;
}

static void
set_array(const struct conf_row *row, void *base, char *array)
{
	memcpy((char *)base + row->at, &array, sizeof(array));
}

/* "192.0.2.53", "2001:db8::53@5353". */
static int
check_resolver(const char *text, struct err *e)
{
	size_t		 len = strcspn(text, "@");
	unsigned	 port = 0;
	char		 addr[IP_TEXT_SIZE];
	struct ip	 a;

	if (len >= sizeof(addr))
		return err_set(e, "not an address: \"%.60s...\"", text);
	memcpy(addr, text, len);
	addr[len] = '\0';
	if (ip_parse(addr, &a, e) == -1)
		return -1;
	if (text[len] == '\0')
		return 0;
	for (const char *p = text + len + 1; *p != '\0' && port <= 65535; p++)
		port = *p >= '0' && *p <= '9' ?
		    port * 10 + (unsigned)(*p - '0') : 65536;
	if (port < 1 || port > 65535)
		return err_set(e, "the port is not from 1 to 65535 in \"%s\"",
		    text);
	return 0;
}

/* The name of a listener, as {daemon_name} has it. */
static int
check_daemon(const struct conf_row *row, const char *text, struct err *e)
{
	size_t	len = strlen(text);

	if (len == 0 || len > (size_t)row->max ||
	    strpbrk(text, " \t\r\n") != NULL)
		return err_set(e, "not the name of a listener: \"%.60s\"",
		    text);
	return 0;
}

static int
copy_text(const char *text, char **out, struct err *e)
{
	*out = strdup(text);
	return *out == NULL ? err_set(e, "out of memory") : 0;
}

static int
parse(const struct conf_row *row, const char *text, union entry *out,
    struct err *e)
{
	switch (row->type) {
	case CONF_HOURS:
		return conf_rule_hours(text, &out->hours, e);
	case CONF_MACROS:
		return conf_rule_macro(text, &out->macro, e);
	case CONF_DNS_LISTS:
		return conf_rule_dns_list(text, &out->list, e);
	case CONF_PATHS:
		if (conf_text_path(text, (size_t)row->max, e) == -1)
			return -1;
		return copy_text(text, &out->text, e);
	case CONF_DAEMONS:
		if (check_daemon(row, text, e) == -1)
			return -1;
		return copy_text(text, &out->text, e);
	default:
		if (check_resolver(text, e) == -1)
			return -1;
		return copy_text(text, &out->text, e);
	}
}

static void
free_entry(const struct conf_row *row, union entry *old)
{
	switch (row->type) {
	case CONF_HOURS:
		break;
	case CONF_MACROS:
		free(old->macro.name);
		free(old->macro.value);
		break;
	case CONF_DNS_LISTS:
		free(old->list.zone);
		break;
	default:
		free(old->text);
	}
}

bool
conf_list_is(const struct conf_row *row)
{
	return row->type == CONF_PATHS || row->type == CONF_RESOLVERS ||
	    row->type == CONF_DAEMONS || row->type == CONF_HOURS ||
	    row->type == CONF_MACROS || row->type == CONF_DNS_LISTS;
}

int
conf_list_add(const struct conf_row *row, void *base, const char *text,
    struct err *e)
{
	size_t		*n = count_of(row, base), size = size_of(row);
	union entry	 new;
	char		*grown;

	if (row->type == CONF_RESOLVERS && *n >= (size_t)row->max)
		return err_set(e, "one too many: \"%s\"", text);
	if (parse(row, text, &new, e) == -1)
		return -1;
	grown = reallocarray(array_of(row, base), *n + 1, size);
	if (grown == NULL) {
		free_entry(row, &new);
		return err_set(e, "out of memory");
	}
	memcpy(grown + *n * size, &new, size);
	set_array(row, base, grown);
	++*n;
	return 0;
}

void
conf_list_free(const struct conf_row *row, void *base)
{
	size_t		*n = count_of(row, base), size = size_of(row);
	union entry	 old;

	for (size_t i = 0; i < *n; i++) {
		memcpy(&old, array_of(row, base) + i * size, size);
		free_entry(row, &old);
	}
	free(array_of(row, base));
	set_array(row, base, NULL);
	*n = 0;
}
