/* SPDX-License-Identifier: ISC
 * base/conf_parse.c - libconfuse, told to read each value as text with its
 * line; what the text means is left to conf_value.c. */
#include "base/conf_parse.h"

#include <confuse.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* What libconfuse keeps for us as a value. */
struct noted {
	unsigned	line;
	char		text[];
};

/* The option arrays that libconfuse wants, each ended by an empty one. */
struct options {
	cfg_opt_t	within[CONF_SECTIONS][CONF_ROWS + CONF_SECTIONS + 1];
};

/* libconfuse's hook for reading a value: notes it with its line. */
static int
note(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	size_t		 len = strlen(value) + 1;
	struct noted	*n = malloc(sizeof(*n) + len);

	(void)opt;
	if (n == NULL)
		return -1;
	n->line = (unsigned)cfg->line;
	memcpy(n->text, value, len);
	*(void **)result = n;
	return 0;
}

/* libconfuse would print to stderr; the outline has told what was wrong. */
static void
silence(cfg_t *cfg, const char *fmt, va_list ap)
{
	(void)cfg;
	(void)fmt;
	(void)ap;
}

static cfg_opt_t
option(const struct conf_row *row)
{
	return (cfg_opt_t){ .name = row->name, .type = CFGT_PTR,
	    .flags = CFGF_NODEFAULT | (conf_row_is_list(row) ? CFGF_LIST : 0),
	    .parsecb = note, .freecb = free };
}

static void
fill(struct options *o, const struct conf_section *section)
{
	cfg_opt_t	*out = o->within[section - conf_sections];

	for (size_t i = 0; i < CONF_ROWS; i++)
		if (conf_rows[i].section == section)
			*out++ = option(&conf_rows[i]);
	for (size_t i = 1; i < CONF_SECTIONS; i++)
		if (conf_sections[i].parent == section)
			*out++ = (cfg_opt_t){ .name = conf_sections[i].name,
			    .type = CFGT_SEC, .subopts = o->within[i],
			    .flags = conf_sections[i].titled ?
			    CFGF_MULTI | CFGF_TITLE : CFGF_NONE };
}

static int
add(struct conf_settings *out, struct conf_setting s, const char *text)
{
	struct conf_setting	*grown;
	size_t			 size;

	if (out->used == out->size) {
		size = out->size ? out->size * 2 : 64;
		grown = reallocarray(out->list, size, sizeof(*grown));
		if (grown == NULL)
			return -1;
		out->list = grown;
		out->size = size;
	}
	if (text != NULL && (s.text = strdup(text)) == NULL)
		return -1;
	out->list[out->used++] = s;
	return 0;
}

static int
collect_row(cfg_t *cfg, const struct conf_row *row, struct conf_settings *out)
{
	cfg_opt_t		*opt = cfg_getopt(cfg, row->name);
	struct conf_setting	 s = { .section = row->section, .row = row,
				    .first = true };
	unsigned		 n = cfg_opt_size(opt);
	const struct noted	*noted;

	if ((opt->flags & CFGF_MODIFIED) == 0)
		return 0;
	if (n == 0)
		return add(out, s, NULL);
	for (unsigned i = 0; i < n; i++) {
		noted = cfg_opt_getnptr(opt, i);
		s.first = i == 0;
		s.line = noted->line;
		if (add(out, s, noted->text) == -1)
			return -1;
	}
	return 0;
}

/* A section's own settings, then those of the sections within it. */
static int
collect(cfg_t *cfg, const struct conf_section *section,
    struct conf_settings *out)
{
	const char	*name;

	if (section->titled && add(out, (struct conf_setting){
	    .section = section }, cfg_title(cfg)) == -1)
		return -1;
	for (size_t i = 0; i < CONF_ROWS; i++)
		if (conf_rows[i].section == section &&
		    collect_row(cfg, &conf_rows[i], out) == -1)
			return -1;
	for (size_t i = 1; i < CONF_SECTIONS; i++) {
		name = conf_sections[i].name;
		if (conf_sections[i].parent != section)
			continue;
		for (unsigned k = 0; k < cfg_size(cfg, name); k++)
			if (collect(cfg_getnsec(cfg, name, k),
			    &conf_sections[i], out) == -1)
				return -1;
	}
	return 0;
}

int
conf_parse(const char *text, struct conf_settings *out, struct err *e)
{
	struct options	*options = calloc(1, sizeof(*options));
	cfg_t		*cfg = NULL;
	int		 status = -1;

	*out = (struct conf_settings){ 0 };
	if (options == NULL)
		return err_set(e, "out of memory");
	for (size_t i = 0; i < CONF_SECTIONS; i++)
		fill(options, &conf_sections[i]);
	cfg = cfg_init(options->within[CONF_IN_TOP], CFGF_NONE);
	if (cfg != NULL)
		(void)cfg_set_error_function(cfg, silence);
	if (cfg == NULL)
		err_set(e, "out of memory");
	else if (cfg_parse_buf(cfg, text) != CFG_SUCCESS)
		err_set(e, "libconfuse cannot read line %d or is out of memory",
		    cfg->line);
	else if (collect(cfg, &conf_sections[CONF_IN_TOP], out) == -1)
		err_set(e, "out of memory");
	else
		status = 0;
	if (cfg != NULL)
		(void)cfg_free(cfg);
	free(options);
	return status;
}

void
conf_settings_clear(struct conf_settings *s)
{
	for (size_t i = 0; i < s->used; i++)
		free(s->list[i].text);
	free(s->list);
	*s = (struct conf_settings){ 0 };
}
