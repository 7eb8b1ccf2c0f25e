/* SPDX-License-Identifier: ISC
 * base/conf.c - from a configuration file to struct conf: scan, outline,
 * parse, then each value into its member; the defaults take the same way. */
#include "base/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf_file.h"
#include "base/conf_mistakes.h"
#include "base/conf_outline.h"
#include "base/conf_parse.h"
#include "base/conf_scan.h"
#include "base/conf_table.h"
#include "base/conf_value.h"

/* A configuration in the making. */
struct making {
	struct conf		*conf;
	unsigned		 line[CONF_ROWS];	/* 0: the default holds */
	struct conf_mistakes	*m;
};

void
conf_free(struct conf **c)
{
	struct conf	*old = *c;

	if (old == NULL)
		return;
	for (size_t i = 0; i < old->n_relays; i++) {
		free(old->relays[i].name);
		netset_free(&old->relays[i].networks);
	}
	for (size_t i = 0; i < old->n_tls_clients; i++) {
		free(old->tls_clients[i].subject);
		free(old->tls_clients[i].issuer);
	}
	free(old->relays);
	free(old->tls_clients);
	netset_free(&old->local_networks);
	free(old->greylist.header);
	free(old->user);
	free(old->journal);
	free(old->state);
	free(old->control);
	free(old->listen);
	free(old->file);
	free(old);
	*c = NULL;
}

/* The relay of that name, made if it is a new one. NULL: out of memory. */
static struct conf_relay *
relay(struct conf *c, const char *name)
{
	struct conf_relay	*grown, new;

	if (c->n_relays > 0 &&
	    strcmp(c->relays[c->n_relays - 1].name, name) == 0)
		return &c->relays[c->n_relays - 1];
	grown = reallocarray(c->relays, c->n_relays + 1, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	c->relays = grown;
	new = (struct conf_relay){ strdup(name), netset_new() };
	if (new.name == NULL || new.networks == NULL) {
		free(new.name);
		netset_free(&new.networks);
		return NULL;
	}
	c->relays[c->n_relays] = new;
	return &c->relays[c->n_relays++];
}

static void
apply(struct making *k, const struct conf_setting *s)
{
	const struct conf_row	*row = s->row;
	const char		*section = row->section->name;
	void			*base = k->conf;
	struct err		 e;

	if (s->title != NULL)
		base = relay(k->conf, s->title);
	if (base == NULL) {
		conf_mistake(k->m, 0, "out of memory");
		return;
	}
	k->line[row - conf_rows] = s->line;
	if (s->first && conf_value_clear(row, base, &e) == -1)
		conf_mistake(k->m, s->line, "%s", e.text);
	else if (s->text != NULL && conf_value_set(row, base, s->text, &e) == -1)
		conf_mistake(k->m, s->line, "%s%s%s: %s; allowed: %s", section,
		    section[0] ? "." : "", row->name, e.text, row->allowed);
}

/* The text is changed, and ends with a NUL past its len bytes. */
static void
read_settings(struct making *k, char *text, size_t len)
{
	struct conf_tokens	tokens;
	struct conf_settings	settings = { 0 };
	struct err		e;

	if (conf_scan(text, len, &tokens, k->m) == 0) {
		conf_outline(text, &tokens, k->m);
		if (conf_parse(text, &settings, &e) == -1)
			conf_mistake(k->m, 0, "%s", e.text);
		for (size_t i = 0; i < settings.used; i++)
			apply(k, &settings.list[i]);
	}
	conf_settings_clear(&settings);
	conf_tokens_clear(&tokens);
}

/* The line of the one that was given, or of the later one if both were. */
static unsigned
later(const struct making *k, const char *a, const char *b)
{
	const struct conf_section	*greylist = &conf_sections[1];
	unsigned			 x, y;

	x = k->line[conf_row_find(greylist, a, strlen(a)) - conf_rows];
	y = k->line[conf_row_find(greylist, b, strlen(b)) - conf_rows];
	return x > y ? x : y;
}

static void
cross_check(struct making *k)
{
	const struct conf_greylist	*g = &k->conf->greylist;

	if (g->delay >= g->window)
		conf_mistake(k->m, later(k, "delay", "window"), "greylist.delay "
		    "is %llds and greylist.window %llds, so no retry could "
		    "pass; allowed is a delay shorter than the window",
		    (long long)g->delay, (long long)g->window);
}

/* The defaults of a section, written as a file would have them. */
static void
write_defaults(FILE *out, const struct conf_section *section)
{
	if (section->name[0] != '\0')
		fprintf(out, "%s {\n", section->name);
	for (size_t i = 0; i < CONF_ROWS; i++)
		if (conf_rows[i].section == section)
			fprintf(out, "%s = %s\n", conf_rows[i].name,
			    conf_rows[i].preset);
	if (section->name[0] != '\0')
		fprintf(out, "}\n");
}

static void
read_defaults(struct making *k)
{
	char	*text = NULL;
	size_t	 len = 0;
	FILE	*out = open_memstream(&text, &len);

	if (out == NULL) {
		conf_mistake(k->m, 0, "out of memory");
		return;
	}
	for (size_t i = 0; i < CONF_SECTIONS; i++)
		if (!conf_sections[i].titled)
			write_defaults(out, &conf_sections[i]);
	if (fclose(out) == 0)
		read_settings(k, text, len);
	else
		conf_mistake(k->m, 0, "out of memory");
	free(text);
	memset(k->line, 0, sizeof(k->line));
}

static int
make(struct making *k, const char *text, size_t len, const char *name)
{
	char	*copy = malloc(len + 1);

	k->conf = calloc(1, sizeof(*k->conf));
	if (copy == NULL || k->conf == NULL ||
	    (k->conf->file = strdup(name)) == NULL) {
		free(copy);
		return conf_mistake(k->m, 0, "out of memory");
	}
	memcpy(copy, text, len);
	copy[len] = '\0';
	read_defaults(k);
	read_settings(k, copy, len);
	cross_check(k);
	free(copy);
	return conf_mistakes_any(k->m) ? -1 : 0;
}

int
conf_read_text(const char *text, size_t len, const char *name,
    struct conf **out, conf_report_fn report, void *arg)
{
	struct making	k = { .m = conf_mistakes_new(name) };
	int		status;

	if (k.m == NULL) {
		report("out of memory while reading the configuration", arg);
		return -1;
	}
	status = make(&k, text, len, name);
	if (status == 0)
		*out = k.conf;
	else
		conf_free(&k.conf);
	conf_mistakes_tell(k.m, report, arg);
	conf_mistakes_free(&k.m);
	return status;
}

/* A file that cannot be read at all is a mistake without a line. */
static void
tell_unreadable(const char *file, const struct err *e, conf_report_fn report,
    void *arg)
{
	struct conf_mistakes	*m = conf_mistakes_new(file);

	if (m == NULL) {
		report(e->text, arg);
		return;
	}
	conf_mistake(m, 0, "%s", e->text);
	conf_mistakes_tell(m, report, arg);
	conf_mistakes_free(&m);
}

int
conf_read(const char *file, struct conf **out, conf_report_fn report, void *arg)
{
	struct err	 e;
	char		*text;
	size_t		 len;
	int		 status;

	if (file == NULL)
		return conf_read_text("", 0, "", out, report, arg);
	if (conf_file_read(file, &text, &len, &e) == -1) {
		tell_unreadable(file, &e, report, arg);
		return -1;
	}
	status = conf_read_text(text, len, file, out, report, arg);
	free(text);
	return status;
}

void
conf_each_row(conf_row_fn each, void *arg)
{
	char	full[80];

	for (size_t i = 0; i < CONF_ROWS; i++) {
		(void)snprintf(full, sizeof(full), "%s%s%s",
		    conf_rows[i].section->name,
		    conf_rows[i].section->name[0] ? "." : "",
		    conf_rows[i].name);
		each(full, conf_rows[i].preset, conf_rows[i].allowed, arg);
	}
}
