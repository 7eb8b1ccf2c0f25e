/* SPDX-License-Identifier: ISC
 * base/conf_names.c - what to say of a name that the option table lacks. */
#include "base/conf_names.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST = 40 };		/* a mistyped name worth a guess */

static unsigned
least(unsigned a, unsigned b, unsigned c)
{
	unsigned	low = a < b ? a : b;

	return low < c ? low : c;
}

/* How many letters to add, drop or change (Levenshtein), one row a letter. */
static unsigned
distance(const char *known, const char *name, size_t len)
{
	unsigned	row[LONGEST + 1], left, old;

	for (unsigned i = 0; i <= len; i++)
		row[i] = i;
	for (unsigned k = 0; known[k] != '\0'; k++) {
		left = row[0];
		row[0] = k + 1;
		for (size_t i = 1; i <= len; i++) {
			old = row[i];
			row[i] = least(row[i] + 1, row[i - 1] + 1,
			    left + (known[k] != name[i - 1]));
			left = old;
		}
	}
	return row[len];
}

/* The name that is nearest so far, and how near. */
struct guess {
	const char			*known;
	const struct conf_section	*section;
	unsigned			 distance;	/* a farther one is none */
};

static void
consider(struct guess *g, const struct conf_section *section,
    const char *known, const char *name, size_t len)
{
	unsigned	d = distance(known, name, len);

	if (d < g->distance && d < strlen(known))
		*g = (struct guess){ known, section, d };
}

static void
consider_section(struct guess *g, const struct conf_section *section,
    const char *name, size_t len)
{
	for (size_t i = 0; i < CONF_ROWS; i++)
		if (conf_rows[i].section == section)
			consider(g, section, conf_rows[i].name, name, len);
	for (size_t i = 1; i < CONF_SECTIONS; i++)
		if (conf_sections[i].parent == section)
			consider(g, section, conf_sections[i].name, name, len);
}

/* The known name that was perhaps meant, of the section itself if it is as
 * near there as elsewhere. known is NULL if none is near. */
static struct guess
guess(const struct conf_section *section, const char *name, size_t len)
{
	struct guess	g = { .distance = len < 4 ? 2 : len < 9 ? 3 : 4 };

	if (len > LONGEST)
		return g;
	consider_section(&g, section, name, len);
	for (size_t i = 0; i < CONF_SECTIONS; i++)
		consider_section(&g, &conf_sections[i], name, len);
	return g;
}

/* "in greylist", "outside of the sections". */
struct place {
	char	text[sizeof("in ") + sizeof(struct conf_name)];
};

static struct place
place_of(const struct conf_section *section)
{
	struct place	p = { "outside of the sections" };

	if (section->parent != NULL)
		(void)snprintf(p.text, sizeof(p.text), "in %s",
		    conf_section_name(section).text);
	return p;
}

/* "a, b, c": the names that a section knows. Cut to fit. */
static void
list_names(const struct conf_section *section, char *out, size_t size)
{
	size_t	used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < CONF_ROWS && used < size; i++)
		if (conf_rows[i].section == section)
			used += (size_t)snprintf(out + used, size - used,
			    "%s%s", used ? ", " : "", conf_rows[i].name);
	for (size_t i = 1; i < CONF_SECTIONS && used < size; i++)
		if (conf_sections[i].parent == section)
			used += (size_t)snprintf(out + used, size - used,
			    ", %s", conf_sections[i].name);
}

/* Whether a section knows the name, as a setting or as a section in it. */
static bool
knows(const struct conf_section *section, const char *name, size_t len)
{
	return conf_row_find(section, name, len) != NULL ||
	    conf_section_find(section, name, len) != NULL;
}

/* "in greylist or in recipients": where the name is known. Cut to fit. False:
 * nowhere. */
static bool
list_homes(const char *name, size_t len, char *out, size_t size)
{
	size_t	used = 0;

	for (size_t i = 0; i < CONF_SECTIONS && used < size; i++)
		if (knows(&conf_sections[i], name, len))
			used += (size_t)snprintf(out + used, size - used,
			    "%s%s", used ? " or " : "",
			    place_of(&conf_sections[i]).text);
	return used > 0;
}

void
conf_unknown(struct conf_mistakes *m, unsigned line,
    const struct conf_section *section, const char *name, size_t len)
{
	const struct conf_section	*top = &conf_sections[CONF_IN_TOP];
	struct guess			 g = guess(section, name, len);
	struct place			 here = place_of(section);
	int				 shown = len < 80 ? (int)len : 80;
	char				 known[512];

	if (conf_section_find(top, name, len) != NULL) {
		conf_mistake(m, line, "section %.*s %s, it stands by itself; "
		    "perhaps a } is missing before it", shown, name, here.text);
	} else if (list_homes(name, len, known, sizeof(known))) {
		conf_mistake(m, line, "unknown name \"%.*s\" %s, it belongs "
		    "%s", shown, name, here.text, known);
	} else if (g.known != NULL && g.section == section) {
		conf_mistake(m, line, "unknown name \"%.*s\" %s, did you mean "
		    "\"%s\"?", shown, name, here.text, g.known);
	} else if (g.known != NULL) {
		conf_mistake(m, line, "unknown name \"%.*s\" %s, did you mean "
		    "\"%s\" %s?", shown, name, here.text, g.known,
		    place_of(g.section).text);
	} else {
		list_names(section, known, sizeof(known));
		conf_mistake(m, line, "unknown name \"%.*s\" %s; allowed are "
		    "%s", shown, name, here.text, known);
	}
}
