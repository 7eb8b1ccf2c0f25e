/* SPDX-License-Identifier: ISC
 * base/conf_outline.c - the walk over names and braces of conf_outline.h. */
#include "base/conf_outline.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/conf_names.h"
#include "base/conf_table.h"

enum { TITLE_MAX = 64 };

/* Where a section's rows, or the sections themselves, were met; 0: not yet. */
struct seen {
	unsigned	row[CONF_ROWS], section[CONF_SECTIONS];
};

/* A titled section that was met. */
struct titled {
	const struct conf_section *section;
	const struct conf_token	*title;
};

struct outline {
	char			 *text;
	const struct conf_token	 *t;		/* the current one */
	const struct conf_token	 *top;		/* where its statement, outside
						 * of the sections, began */
	struct titled		 *titled;	/* so far */
	size_t			  n_titled, size;
	struct conf_mistakes	 *m;
};

static const char *
text_of(const struct outline *o, const struct conf_token *t)
{
	return o->text + t->word;
}

/* For "%.*s": a name too long to be one is cut. */
static int
shown(const struct conf_token *t)
{
	return t->len < 80 ? (int)t->len : 80;
}

static void
blank(struct outline *o, const struct conf_token *from,
    const struct conf_token *to)
{
	for (size_t i = from->start; i < to->start; i++)
		if (o->text[i] != '\n')
			o->text[i] = ' ';
}

static void
unknown(struct outline *o, const struct conf_section *section,
    const struct conf_token *name)
{
	conf_unknown(o->m, name->line, section, text_of(o, name), name->len);
}

/* Takes the tokens of "{ a, b }". -1: the list has no end. */
static int
pass_list(struct outline *o, bool *good)
{
	const struct conf_token	*open = o->t++;

	while (o->t->kind == 'w') {
		o->t++;
		if (o->t->kind == ',') {
			o->t++;
		} else if (o->t->kind == 'w') {
			conf_mistake(o->m, o->t->line, "no comma between two "
			    "entries of a list; allowed is {\"a\", \"b\"}");
			*good = false;
		}
	}
	if (o->t->kind == '}') {
		o->t++;
		return 0;
	}
	return conf_mistake(o->m, open->line, "the list that opens here is not "
	    "closed; allowed is {\"a\", \"b\"}");
}

/* The row an assignment is for, if it may be assigned here in this shape. */
static const struct conf_row *
check_assignment(struct outline *o, const struct conf_section *section,
    const struct conf_token *name)
{
	const struct conf_row	*row;
	const char		*text = text_of(o, name);
	bool			 list = name[2].kind == '{';

	row = conf_row_find(section, text, name->len);
	if (row == NULL && conf_section_find(section, text, name->len) != NULL)
		conf_mistake(o->m, name->line, "%.*s is a section; allowed is "
		    "%.*s { NAME = VALUE ... }", shown(name), text, shown(name),
		    text);
	else if (row == NULL)
		unknown(o, section, name);
	else if (name[1].kind == '+')
		conf_mistake(o->m, name->line, "%s: += is not known; allowed "
		    "is = with all of the value", conf_row_name(row).text);
	else if (list && !conf_row_is_list(row))
		conf_mistake(o->m, name->line, "%s: a list where one value "
		    "belongs; allowed: %s", conf_row_name(row).text,
		    row->allowed);
	else if (!list && conf_row_is_list(row) && !conf_row_is_loose(row))
		conf_mistake(o->m, name->line, "%s: one value where a list in "
		    "{ } belongs; allowed: %s", conf_row_name(row).text,
		    row->allowed);
	else if (list && row->preset[0] == '\0' && name[3].kind == '}')
		conf_mistake(o->m, name->line, "%s: the list is empty; allowed: "
		    "%s", conf_row_name(row).text, row->allowed);
	else
		return row;
	return NULL;
}

/* NAME = VALUE, NAME = { VALUE, ... } */
static int
assignment(struct outline *o, const struct conf_section *section,
    struct seen *seen)
{
	const struct conf_token	*name = o->t;
	const struct conf_row	*row, *met;
	bool			 good;

	o->t += 2;
	if (o->t->kind != 'w' && o->t->kind != '{')
		return conf_mistake(o->m, name->line, "no value after %.*s =",
		    shown(name), text_of(o, name));
	row = check_assignment(o, section, name);
	good = row != NULL;
	if (o->t->kind == 'w')
		o->t++;
	else if (pass_list(o, &good) == -1)
		return -1;
	met = conf_row_find(section, text_of(o, name), name->len);
	if (met != NULL && seen->row[met - conf_rows] != 0) {
		conf_mistake(o->m, name->line, "%s is given twice, first in "
		    "line %u; allowed is once", conf_row_name(met).text,
		    seen->row[met - conf_rows]);
		good = false;
	} else if (met != NULL) {
		seen->row[met - conf_rows] = name->line;
	}
	for (const struct conf_token *t = name; t < o->t; t++)
		good = good && !t->bad;
	if (!good)
		blank(o, name, o->t);
	return 0;
}

/* Everything up to the brace that closes what has just been opened. */
static int
pass_section(struct outline *o, const struct conf_token *name)
{
	size_t	depth = 1;

	for (; depth > 0; o->t++) {
		if (o->t->kind == 0)
			return conf_mistake(o->m, name->line, "the brace after "
			    "%.*s is not closed", shown(name),
			    text_of(o, name));
		depth += o->t->kind == '{';
		depth -= o->t->kind == '}';
	}
	return 0;
}

static bool
add_titled(struct outline *o, const struct conf_section *section,
    const struct conf_token *title)
{
	struct titled	*grown;
	size_t		 size;

	if (o->n_titled == o->size) {
		size = o->size ? o->size * 2 : 16;
		grown = reallocarray(o->titled, size, sizeof(*grown));
		if (grown == NULL) {
			conf_mistake(o->m, 0, "out of memory");
			return false;
		}
		o->titled = grown;
		o->size = size;
	}
	o->titled[o->n_titled++] = (struct titled){ section, title };
	return true;
}

/* Whether one more of these sections may stand here, under that title. */
static bool
check_others(struct outline *o, const struct conf_section *section,
    const struct conf_token *title)
{
	const char	*text = text_of(o, title);
	size_t		 asked = 0, same = 0;

	for (size_t i = 0; i < o->n_titled; i++) {
		const struct titled *t = &o->titled[i];

		asked += t->section->asked;
		same += t->section == section;
		if (t->section != section || t->title->len != title->len ||
		    memcmp(text_of(o, t->title), text, title->len) != 0)
			continue;
		conf_mistake(o->m, title->line, "a second %s \"%.*s\", the "
		    "first is in line %u; allowed are different names",
		    conf_section_name(section).text, shown(title), text,
		    t->title->line);
		return false;
	}
	if (section->most != 0 && same >= section->most) {
		conf_mistake(o->m, title->line, "%s \"%.*s\" is one too many; "
		    "allowed are %zu", conf_section_name(section).text,
		    shown(title), text, section->most);
		return false;
	}
	if (!section->asked || asked < CONF_ASKED_MAX)
		return true;
	conf_mistake(o->m, title->line, "%s \"%.*s\" is one too many; allowed "
	    "are %d sources that have to be asked (unix and ldap)",
	    conf_section_name(section).text, shown(title), text,
	    CONF_ASKED_MAX);
	return false;
}

/* The title is used in the log, and libconfuse would merge two of one name. */
static bool
check_title(struct outline *o, const struct conf_section *section,
    const struct conf_token *title)
{
	const char	*text = text_of(o, title);

	if (title->bad)
		return false;
	if (title->len == 0 || title->len > TITLE_MAX ||
	    memchr(text, '"', title->len) || memchr(text, '\\', title->len)) {
		conf_mistake(o->m, title->line, "not a name for a %s; allowed "
		    "are 1 to %d characters without \" and \\",
		    conf_section_name(section).text, TITLE_MAX);
		return false;
	}
	return check_others(o, section, title) &&
	    add_titled(o, section, title);
}

/* The section a brace opens, if it may be opened here in this shape. */
static const struct conf_section *
check_section(struct outline *o, const struct conf_section *outer,
    const struct conf_token *name)
{
	const char			*text = text_of(o, name);
	const struct conf_section	*section;
	const struct conf_row		*row;
	bool				 titled = name[1].kind == 'w';

	row = conf_row_find(outer, text, name->len);
	section = conf_section_find(outer, text, name->len);
	if (row != NULL)
		conf_mistake(o->m, name->line, "%s is not a section; allowed "
		    "is %s = VALUE, %s", conf_row_name(row).text, row->name,
		    row->allowed);
	else if (section == NULL)
		unknown(o, outer, name);
	else if (titled && !section->titled)
		conf_mistake(o->m, name->line, "%s takes no name; allowed is "
		    "%s { ... }", conf_section_name(section).text,
		    section->name);
	else if (!titled && section->titled)
		conf_mistake(o->m, name->line, "%s without a name; allowed is "
		    "%s \"NAME\" { ... }", conf_section_name(section).text,
		    section->name);
	return section;
}

static int	statements(struct outline *, const struct conf_section *,
		    struct seen *);

static void
check_required(struct outline *o, const struct conf_section *section,
    const struct seen *seen, const struct conf_token *name)
{
	for (size_t i = 0; i < CONF_ROWS; i++)
		if (conf_rows[i].section == section && conf_rows[i].required &&
		    seen->row[i] == 0)
			conf_mistake(o->m, name->line, "%s without %s; allowed: "
			    "%s", conf_section_name(section).text,
			    conf_rows[i].name,
			    conf_rows[i].allowed);
}

/* NAME { ... }, NAME "TITLE" { ... } */
static int
section(struct outline *o, const struct conf_section *outer, struct seen *seen)
{
	const struct conf_token		*name = o->t;
	const struct conf_section	*inner;
	struct seen			 within = { 0 };
	unsigned			*first;
	bool				 good, titled = name[1].kind == 'w';

	inner = check_section(o, outer, name);
	o->t += titled ? 3 : 2;
	if (inner == NULL) {
		if (pass_section(o, name) == -1)
			return -1;
		blank(o, name, o->t);
		return 0;
	}
	good = titled == inner->titled;
	if (titled && inner->titled && !check_title(o, inner, &name[1]))
		good = false;
	first = &seen->section[inner - conf_sections];
	if (!inner->titled && *first != 0) {
		conf_mistake(o->m, name->line, "a second %s section, the first "
		    "is in line %u; allowed is one", inner->name, *first);
		good = false;
	}
	*first = name->line;
	if (statements(o, inner, &within) == -1)
		return -1;
	if (o->t->kind == 0)
		return conf_mistake(o->m, name->line, "the brace after %s is "
		    "not closed", conf_section_name(inner).text);
	o->t++;
	check_required(o, inner, &within, name);
	if (!good)
		blank(o, name, o->t);
	return 0;
}

/* A name with neither = nor { after it: told, and left out. */
static void
stray(struct outline *o)
{
	const struct conf_token	*name = o->t++;
	bool			 value = o->t->kind == 'w' &&
				    o->t[1].kind != '=' && o->t[1].kind != '{';

	if (value)
		o->t++;
	conf_mistake(o->m, name->line, "no = after %.*s; allowed are NAME = "
	    "VALUE and NAME { ... }", shown(name), text_of(o, name));
	blank(o, name, o->t);
}

/* Up to the brace that closes the section, or the end of the file. */
static int
statements(struct outline *o, const struct conf_section *within,
    struct seen *seen)
{
	int	status = 0;

	while (status == 0 && o->t->kind == 'w') {
		if (within == &conf_sections[CONF_IN_TOP])
			o->top = o->t;
		if (o->t[1].kind == '(')
			status = conf_mistake(o->m, o->t->line, "%.*s( ): "
			    "nothing is called here and no file included; "
			    "allowed are NAME = VALUE and NAME { ... }",
			    shown(o->t), text_of(o, o->t));
		else if (o->t[1].kind == '=' || o->t[1].kind == '+')
			status = assignment(o, within, seen);
		else if (o->t[1].kind == '{' ||
		    (o->t[1].kind == 'w' && o->t[2].kind == '{'))
			status = section(o, within, seen);
		else
			stray(o);
	}
	if (status == 0 && o->t->kind != 0 && o->t->kind != '}') {
		if (within == &conf_sections[CONF_IN_TOP])
			o->top = o->t;
		return conf_mistake(o->m, o->t->line, "%c where a name belongs; "
		    "allowed are NAME = VALUE and NAME { ... }", o->t->kind);
	}
	return status;
}

void
conf_outline(char *text, const struct conf_tokens *tokens,
    struct conf_mistakes *m)
{
	struct outline	o = { .text = text, .t = tokens->list,
			    .top = tokens->list, .m = m };
	struct seen	seen = { 0 };
	int		status;

	status = statements(&o, &conf_sections[CONF_IN_TOP], &seen);
	if (status == 0 && o.t->kind == '}') {
		o.top = o.t;
		status = conf_mistake(m, o.t->line, "a brace that closes "
		    "nothing");
	}
	if (status == -1)
		blank(&o, o.top, &tokens->list[tokens->used - 1]);
	free(o.titled);
}
