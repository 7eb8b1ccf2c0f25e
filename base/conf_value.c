/* SPDX-License-Identifier: ISC
 * base/conf_value.c - the parsers of conf_value.h, one for each conf_type. */
#include "base/conf_value.h"

#include <stdlib.h>
#include <string.h>

#include "base/conf_text.h"
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
check_text(const struct conf_row *row, const char *text, struct err *e)
{
	switch (row->type) {
	case CONF_LISTEN:
		return conf_text_listen(text, (size_t)row->max, e);
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
	default:
		return err_set(e, "not a text: %s", row->name);
	}
}

int
conf_value_set(const struct conf_row *row, void *base, const char *text,
    struct err *e)
{
	void	*at = (char *)base + row->at;
	int64_t	 n = 0;

	switch (row->type) {
	case CONF_CHOICE:
		return put_choice(row, at, text, e);
	case CONF_BOOL:
		return put_bool(at, text, e);
	case CONF_REPLY:
		return reply_parse(text, '4', at, e);
	case CONF_NETWORKS:
		return netset_add(*(struct netset **)at, text, e);
	case CONF_TLS_CLIENTS:
		return put_client(base, text, e);
	case CONF_DURATION:
	case CONF_NUMBER:
	case CONF_COUNT:
		if (parse_number(row, text, &n, e) == -1)
			return -1;
		if (row->type == CONF_DURATION)
			*(int64_t *)at = n;
		else if (row->type == CONF_NUMBER)
			*(unsigned *)at = (unsigned)n;
		else
			*(uint64_t *)at = (uint64_t)n;
		return 0;
	default:
		if (check_text(row, text, e) == -1)
			return -1;
		return put_text(at, text, e);
	}
}

int
conf_value_clear(const struct conf_row *row, void *base, struct err *e)
{
	struct netset	**set, *empty;
	struct conf	 *c = base;

	if (row->type == CONF_NETWORKS) {
		set = (struct netset **)(void *)((char *)base + row->at);
		empty = netset_new();
		if (empty == NULL)
			return err_set(e, "out of memory");
		netset_free(set);
		*set = empty;
	} else if (row->type == CONF_TLS_CLIENTS) {
		for (size_t i = 0; i < c->n_tls_clients; i++) {
			free(c->tls_clients[i].subject);
			free(c->tls_clients[i].issuer);
		}
		free(c->tls_clients);
		c->tls_clients = NULL;
		c->n_tls_clients = 0;
	}
	return 0;
}
