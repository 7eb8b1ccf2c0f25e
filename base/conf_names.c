/* SPDX-License-Identifier: ISC
 * base/conf_names.c - what to say of a name that the option table lacks. */
#include "base/conf_names.h"

#include <stdbool.h>
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

static void
consider(const char *known, const char *name, size_t len, unsigned *best,
    const char **nearest)
{
	unsigned	d = distance(known, name, len);

	if (d < *best && d < strlen(known)) {
		*best = d;
		*nearest = known;
	}
}

/* NULL: none is near. At the top level sections are known names too. */
static const char *
nearest_name(const struct conf_section *section, const char *name, size_t len)
{
	const char	*nearest = NULL;
	unsigned	 best = len < 5 ? 2 : 4;	/* one to three letters */

	if (len > LONGEST)
		return NULL;
	for (size_t i = 0; i < CONF_ROWS; i++)
		if (conf_rows[i].section == section)
			consider(conf_rows[i].name, name, len, &best, &nearest);
	if (section == &conf_sections[0])
		for (size_t i = 1; i < CONF_SECTIONS; i++)
			consider(conf_sections[i].name, name, len, &best,
			    &nearest);
	return nearest;
}

static const char *
where(const struct conf_section *section)
{
	return section->name[0] == '\0' ? "outside of the sections" :
	    section->name;
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
	if (section != &conf_sections[0])
		return;
	for (size_t i = 1; i < CONF_SECTIONS && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, ", %s",
		    conf_sections[i].name);
}

/* The section in which the name would be known; NULL: none. */
static const struct conf_section *
home(const char *name, size_t len)
{
	for (size_t i = 0; i < CONF_SECTIONS; i++)
		if (conf_row_find(&conf_sections[i], name, len) != NULL)
			return &conf_sections[i];
	return NULL;
}

/* "did you mean ...?" with a name of that section or, failing that, of another;
 * false: nothing is near. */
static bool
suggest(struct conf_mistakes *m, unsigned line,
    const struct conf_section *section, const char *name, size_t len)
{
	const char	*in = section->name[0] ? "in " : "";
	const char	*near = nearest_name(section, name, len);

	if (near != NULL) {
		conf_mistake(m, line, "unknown name \"%.*s\" %s%s, did you "
		    "mean \"%s\"?", (int)len, name, in, where(section), near);
		return true;
	}
	for (size_t i = 0; i < CONF_SECTIONS; i++) {
		near = nearest_name(&conf_sections[i], name, len);
		if (near == NULL)
			continue;
		conf_mistake(m, line, "unknown name \"%.*s\" %s%s, did you "
		    "mean \"%s\" %s%s?", (int)len, name, in, where(section),
		    near, i ? "in " : "", where(&conf_sections[i]));
		return true;
	}
	return false;
}

void
conf_unknown(struct conf_mistakes *m, unsigned line,
    const struct conf_section *section, const char *name, size_t len)
{
	const struct conf_section	*other = home(name, len);
	const char			*in = section->name[0] ? "in " : "";
	int				 shown = len < 80 ? (int)len : 80;
	char				 known[512];

	if (other != NULL) {
		conf_mistake(m, line, "unknown name \"%.*s\" %s%s, it belongs "
		    "%s%s", shown, name, in, where(section),
		    other->name[0] ? "in " : "", where(other));
	} else if (conf_section_find(name, len) != NULL) {
		conf_mistake(m, line, "section %.*s %s%s, it stands by itself; "
		    "perhaps a } is missing before it", shown, name, in,
		    where(section));
	} else if (!suggest(m, line, section, name, len)) {
		list_names(section, known, sizeof(known));
		conf_mistake(m, line, "unknown name \"%.*s\" %s%s; allowed "
		    "are %s", shown, name, in, where(section), known);
	}
}
