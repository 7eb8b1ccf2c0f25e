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
#include "base/conf_titled.h"
#include "base/conf_value.h"
#include "base/conf_whole.h"

/* A configuration in the making. */
struct making {
	struct conf		*conf;
	struct conf_settings	 presets;	/* the default of every row */
	struct conf_given	 given;
	void			*titled;	/* the titled section at hand;
						 * NULL: there is none */
	struct conf_mistakes	*m;
};

struct conf *
conf_ref(struct conf *c)
{
	(void)atomic_fetch_add(&c->refs, 1);
	return c;
}

void
conf_free(struct conf **c)
{
	struct conf	*old = *c;

	*c = NULL;
	if (old == NULL || atomic_fetch_sub(&old->refs, 1) != 1)
		return;
	for (size_t i = 0; i < CONF_SECTIONS; i++)
		if (conf_sections[i].titled)
			conf_titled_free(old, &conf_sections[i]);
	for (size_t i = 0; i < CONF_ROWS; i++)
		if (!conf_rows[i].section->titled)
			conf_value_free(&conf_rows[i], old);
	free(old->file);
	free(old);
}

/* base: the struct that the row's member is in. -1: a mistake. */
static int
set(struct making *k, const struct conf_setting *s, void *base)
{
	struct err	e;

	if (s->first && conf_value_clear(s->row, base, &e) == -1)
		return conf_mistake(k->m, s->line, "%s", e.text);
	if (s->text == NULL || conf_value_set(s->row, base, s->text, &e) == 0)
		return 0;
	conf_mistake(k->m, s->line, "%s: %s; allowed: %s",
	    conf_row_name(s->row).text, e.text, s->row->allowed);
	if (s->section->parent == NULL && s->row->type == CONF_DOMAINS)
		k->given.odd_domains = true;
	return -1;
}

/* A new struct for a titled section, with its defaults. */
static void
begin(struct making *k, const struct conf_setting *s)
{
	size_t	index = conf_titled_count(k->conf, s->section);

	k->titled = NULL;
	if (conf_given_add(&k->given, s->section, index) != NULL)
		k->titled = conf_titled_add(k->conf, s->section, s->text);
	if (k->titled == NULL) {
		conf_mistake(k->m, 0, "out of memory");
		return;
	}
	for (size_t i = 0; i < k->presets.used; i++)
		if (k->presets.list[i].section == s->section &&
		    k->presets.list[i].row != NULL)
			(void)set(k, &k->presets.list[i], k->titled);
}

static void
apply(struct making *k, const struct conf_setting *s)
{
	bool			 titled = s->section->titled;
	void			*base = titled ? k->titled : k->conf;
	struct conf_lines	*lines;

	if (s->row == NULL) {
		begin(k, s);
	} else if (base != NULL) {
		lines = &k->given.list[titled ? k->given.used - 1 : 0];
		lines->line[s->row - conf_rows] = s->line;
		if (set(k, s, base) == -1)
			lines->odd = true;
	}
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

/* The defaults of a section, and of those in it, written as a file would have
 * them: they take the way of any value. */
static void
write_defaults(FILE *out, const struct conf_section *section)
{
	if (section->parent != NULL)
		fprintf(out, "%s %s {\n", section->name,
		    section->titled ? "default" : "");
	for (size_t i = 0; i < CONF_ROWS; i++)
		if (conf_rows[i].section == section &&
		    conf_rows[i].preset[0] != '\0')
			fprintf(out, "%s = %s\n", conf_rows[i].name,
			    conf_rows[i].preset);
	for (size_t i = 0; i < CONF_SECTIONS; i++)
		if (conf_sections[i].parent == section)
			write_defaults(out, &conf_sections[i]);
	if (section->parent != NULL)
		fprintf(out, "}\n");
}

/* Those of titled sections wait until there is one. */
static void
read_defaults(struct making *k)
{
	char		*text = NULL;
	size_t		 len = 0;
	FILE		*out = open_memstream(&text, &len);
	struct err	 e;

	if (out != NULL)
		write_defaults(out, &conf_sections[CONF_IN_TOP]);
	if (out == NULL || fclose(out) != 0)
		conf_mistake(k->m, 0, "out of memory");
	else if (conf_parse(text, &k->presets, &e) == -1)
		conf_mistake(k->m, 0, "%s", e.text);
	free(text);
	for (size_t i = 0; i < k->presets.used; i++)
		if (!k->presets.list[i].section->titled)
			(void)set(k, &k->presets.list[i], k->conf);
}

static int
make(struct making *k, const char *text, size_t len, const char *name)
{
	char	*copy = malloc(len + 1);

	k->conf = calloc(1, sizeof(*k->conf));
	if (k->conf != NULL)
		atomic_init(&k->conf->refs, 1);
	if (copy == NULL || k->conf == NULL ||
	    (k->conf->file = strdup(name)) == NULL ||
	    conf_given_add(&k->given, NULL, 0) == NULL) {
		free(copy);
		return conf_mistake(k->m, 0, "out of memory");
	}
	memcpy(copy, text, len);
	copy[len] = '\0';
	read_defaults(k);
	read_settings(k, copy, len);
	conf_whole_check(k->conf, &k->given, k->m);
	conf_whole_settle(k->conf, &k->given, k->m);
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
	conf_given_clear(&k.given);
	conf_settings_clear(&k.presets);
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
	for (size_t i = 0; i < CONF_ROWS; i++)
		each(conf_row_name(&conf_rows[i]).text, conf_rows[i].preset,
		    conf_rows[i].allowed, arg);
}
