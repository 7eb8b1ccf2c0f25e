/* SPDX-License-Identifier: ISC
 * base/conf_value.c - the parsers of conf_value.h, one for each conf_type. */
#include "base/conf_value.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf_ldap.h"
#include "base/conf_list.h"
#include "base/conf_rule.h"
#include "base/conf_text.h"
#include "base/endpoint.h"
#include "base/nameset.h"
#include "base/netset.h"
#include "base/reply.h"

static int
put_text(char **out, const char *text, struct err *e)
{
	char	*copy = strdup(text);

	if (copy == NULL)
		return err_set(e, "out of memory");
	free(*out);
	*out = copy;
	return 0;
}

static int
put_choice(const struct conf_row *row, unsigned *out, const char *text,
    struct err *e)
{
	size_t		 len = strlen(text), word;
	const char	*p = row->choices;

	for (unsigned n = 0; *p != '\0'; n++) {
		word = strcspn(p, " ");
		if (word == len && memcmp(p, text, len) == 0) {
			*out = n;
			return 0;
		}
		p += word + (p[word] == ' ');
	}
	return err_set(e, "not one of its words: \"%s\"", text);
}

static int
put_bool(bool *out, const char *text, struct err *e)
{
	static const char *const yes[] = { "true", "yes", "on" };
	static const char *const no[] = { "false", "no", "off" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (strcmp(text, yes[i]) != 0 && strcmp(text, no[i]) != 0)
			continue;
		*out = strcmp(text, yes[i]) == 0;
		return 0;
	}
	return err_set(e, "neither true nor false: \"%s\"", text);
}

static int
put_tristate(enum conf_tristate *out, const char *text, struct err *e)
{
	bool	yes;

	if (put_bool(&yes, text, e) == -1)
		return -1;
	*out = yes ? CONF_YES : CONF_NO;
	return 0;
}

/* A number in its range, by the parser of its kind. */
static int
parse_number(const struct conf_row *row, const char *text, int64_t *out,
    struct err *e)
{
	int64_t	n;

	if (row->type == CONF_DURATION) {
		if (conf_text_duration(text, &n, e) == -1)
			return -1;
	} else if (conf_text_count(text, &n, e) == -1) {
		return -1;
	}
	if (n < row->min)
		return err_set(e, "too small: %s", text);
	if (n > row->max)
		return err_set(e, "too large: %s", text);
	*out = n;
	return 0;
}

/* "SUBJECT | ISSUER"; out holds two allocated texts after 0. */
static int
split_client(const char *text, struct conf_tls_client *out, struct err *e)
{
	const char	*bar = strstr(text, " | ");

	if (bar == NULL || bar == text || bar[3] == '\0')
		return err_set(e, "not a subject and an issuer with \" | \" "
		    "between them: \"%s\"", text);
	if (strstr(bar + 3, " | ") != NULL)
		return err_set(e, "more than one \" | \": \"%s\"", text);
	out->subject = strndup(text, (size_t)(bar - text));
	out->issuer = strdup(bar + 3);
	if (out->subject != NULL && out->issuer != NULL)
		return 0;
	free(out->subject);
	free(out->issuer);
	return err_set(e, "out of memory");
}

static int
put_client(struct conf *c, const char *text, struct err *e)
{
	struct conf_tls_client	new, *grown;

	if (split_client(text, &new, e) == -1)
		return -1;
	grown = reallocarray(c->tls_clients, c->n_tls_clients + 1,
	    sizeof(*grown));
	if (grown == NULL) {
		free(new.subject);
		free(new.issuer);
		return err_set(e, "out of memory");
	}
	c->tls_clients = grown;
	c->tls_clients[c->n_tls_clients++] = new;
	return 0;
}

static int
put_names_of(struct nameset *set, const struct conf_row *row, const char *path,
    struct err *e)
{
	if (conf_text_path(path, PATH_MAX - 1, e) == -1 ||
	    nameset_add_file(set, path, e) == -1)
		return -1;
	for (size_t i = 0; i < nameset_count(set); i++)
		if (row->type == CONF_DOMAINS &&
		    strchr(nameset_at(set, i), '@') != NULL)
			return err_set(e, "%s: an address where a domain "
			    "belongs: \"%s\"", path, nameset_at(set, i));
	return 0;
}

/* A name, or "file:/path/of/names". */
static int
put_name(struct nameset *set, const struct conf_row *row, const char *text,
    struct err *e)
{
	static const char	file[] = "file:";

	if (strncmp(text, file, strlen(file)) == 0)
		return put_names_of(set, row, text + strlen(file), e);
	if (row->type == CONF_DOMAINS && strchr(text, '@') != NULL)
		return err_set(e, "an address where a domain belongs: \"%s\"",
		    text);
	return nameset_add(set, text, e);
}

static int
put_failure(struct conf_failure *out, const char *text, struct err *e)
{
	bool	pass = strcmp(text, "pass") == 0;

	if (!pass && reply_parse(text, '4', &out->reply, e) == -1)
		return -1;
	out->pass = pass;
	return 0;
}

static int
put_number(const struct conf_row *row, void *at, const char *text,
    struct err *e)
{
	int64_t	n = 0;

	if (parse_number(row, text, &n, e) == -1)
		return -1;
	if (row->type == CONF_DURATION)
		*(int64_t *)at = n;
	else if (row->type == CONF_NUMBER)
		*(unsigned *)at = (unsigned)n;
	else
		*(uint64_t *)at = (uint64_t)n;
	return 0;
}

static int
check_text(const struct conf_row *row, const char *text, struct err *e)
{
	switch (row->type) {
	case CONF_LISTEN:
		return conf_text_listen(text, (size_t)row->max, e);
	case CONF_ENDPOINT:
		return endpoint_parse(text, NULL, e);
	case CONF_PATH_OR_NONE:
		if (text[0] == '\0')
			return 0;
		return conf_text_path(text, (size_t)row->max, e);
	case CONF_PATH:
		return conf_text_path(text, (size_t)row->max, e);
	case CONF_USER:
		return conf_text_user(text, (size_t)row->max, e);
	case CONF_HEADER:
		return conf_text_header(text, (size_t)row->max, e);
	case CONF_DELIMITERS:
		return conf_text_delimiters(text, (size_t)row->max, e);
	case CONF_URIS:
		return conf_ldap_uris(text, e);
	case CONF_BASE:
		return conf_ldap_base(text, e);
	case CONF_FILTER:
		return conf_ldap_filter(text, e);
	case CONF_EXPORT_FILTER:
		return conf_ldap_export_filter(text, e);
	case CONF_ATTRIBUTES:
		return conf_ldap_attributes(text, e);
	case CONF_TEXT:
		return 0;
	default:
		return err_set(e, "not a text: %s", row->name);
	}
}

int
conf_value_set(const struct conf_row *row, void *base, const char *text,
    struct err *e)
{
	void	*at = (char *)base + row->at;

	switch (row->type) {
	case CONF_CHOICE:
		return put_choice(row, at, text, e);
	case CONF_BOOL:
		return put_bool(at, text, e);
	case CONF_REPLY:
		return reply_parse(text, '4', at, e);
	case CONF_REFUSAL:
		return reply_parse(text, '5', at, e);
	case CONF_FAILURE:
		return put_failure(at, text, e);
	case CONF_NETWORKS:
		return netset_add(*(struct netset **)at, text, e);
	case CONF_DOMAINS:
	case CONF_NAMES:
		return put_name(*(struct nameset **)at, row, text, e);
	case CONF_TLS_CLIENTS:
		return put_client(base, text, e);
	case CONF_PATHS:
	case CONF_RESOLVERS:
	case CONF_DAEMONS:
	case CONF_HOURS:
	case CONF_MACROS:
	case CONF_DNS_LISTS:
		return conf_list_add(row, base, text, e);
	case CONF_HOSTS:
	case CONF_ADDRESSES:
		return conf_rule_pattern(*(struct patternset **)at, text, e);
	case CONF_IDENTITIES:
		return patternset_add(*(struct patternset **)at, text, e);
	case CONF_TRISTATE:
		return put_tristate(at, text, e);
	case CONF_RULE_REPLY:
		return conf_rule_reply(text, at, e);
	case CONF_DURATION:
	case CONF_NUMBER:
	case CONF_COUNT:
		return put_number(row, at, text, e);
	default:
		if (check_text(row, text, e) == -1)
			return -1;
		return put_text(at, text, e);
	}
}

static void
free_clients(struct conf *c)
{
	for (size_t i = 0; i < c->n_tls_clients; i++) {
		free(c->tls_clients[i].subject);
		free(c->tls_clients[i].issuer);
	}
	free(c->tls_clients);
	c->tls_clients = NULL;
	c->n_tls_clients = 0;
}

static bool
is_patterns(const struct conf_row *row)
{
	return row->type == CONF_HOSTS || row->type == CONF_ADDRESSES ||
	    row->type == CONF_IDENTITIES;
}

static int
clear_patterns(const struct conf_row *row, struct patternset **at,
    struct err *e)
{
	struct patternset	*s;

	s = patternset_new(row->type == CONF_HOSTS ? PATTERN_HOSTS :
	    row->type == CONF_ADDRESSES ? PATTERN_ADDRESSES :
	    PATTERN_IDENTITIES);
	if (s == NULL)
		return err_set(e, "out of memory");
	patternset_free(at);
	*at = s;
	return 0;
}

int
conf_value_clear(const struct conf_row *row, void *base, struct err *e)
{
	void		*at = (char *)base + row->at;
	struct netset	*networks;
	struct nameset	*names;

	if (row->type == CONF_NETWORKS) {
		if ((networks = netset_new()) == NULL)
			return err_set(e, "out of memory");
		netset_free(at);
		*(struct netset **)at = networks;
	} else if (row->type == CONF_DOMAINS || row->type == CONF_NAMES) {
		if ((names = nameset_new()) == NULL)
			return err_set(e, "out of memory");
		nameset_free(at);
		*(struct nameset **)at = names;
	} else if (row->type == CONF_TLS_CLIENTS) {
		free_clients(base);
	} else if (conf_list_is(row)) {
		conf_list_free(row, base);
	} else if (is_patterns(row)) {
		return clear_patterns(row, at, e);
	}
	return 0;
}

void
conf_value_free(const struct conf_row *row, void *base)
{
	void	*at = (char *)base + row->at;

	switch (row->type) {
	case CONF_CHOICE:
	case CONF_BOOL:
	case CONF_DURATION:
	case CONF_NUMBER:
	case CONF_COUNT:
	case CONF_REPLY:
	case CONF_REFUSAL:
	case CONF_FAILURE:
	case CONF_TRISTATE:
	case CONF_RULE_REPLY:
		break;
	case CONF_NETWORKS:
		netset_free(at);
		break;
	case CONF_DOMAINS:
	case CONF_NAMES:
		nameset_free(at);
		break;
	case CONF_TLS_CLIENTS:
		free_clients(base);
		break;
	case CONF_PATHS:
	case CONF_RESOLVERS:
	case CONF_DAEMONS:
	case CONF_HOURS:
	case CONF_MACROS:
	case CONF_DNS_LISTS:
		conf_list_free(row, base);
		break;
	case CONF_HOSTS:
	case CONF_ADDRESSES:
	case CONF_IDENTITIES:
		patternset_free(at);
		break;
	default:
		free(*(char **)at);
		*(char **)at = NULL;
	}
}
