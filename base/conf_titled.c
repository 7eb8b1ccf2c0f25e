/* SPDX-License-Identifier: ISC
 * base/conf_titled.c - the arrays of conf_titled.h, found by the offsets in the
 * table of sections. */
#include "base/conf_titled.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf_value.h"

/* The array is a pointer to one struct or another: its bytes are copied. */
static char *
array_of(const struct conf *c, const struct conf_section *section)
{
	char	*array;

	memcpy(&array, (const char *)c + section->array, sizeof(array));
	return array;
}

static void
set_array(struct conf *c, const struct conf_section *section, char *array)
{
	memcpy((char *)c + section->array, &array, sizeof(array));
}

static size_t *
count_of(struct conf *c, const struct conf_section *section)
{
	return (size_t *)(void *)((char *)c + section->count);
}

/* Each struct begins with its name. */
static char **
name_of(void *entry)
{
	return entry;
}

size_t
conf_titled_count(const struct conf *c, const struct conf_section *section)
{
	return *(const size_t *)(const void *)((const char *)c +
	    section->count);
}

void *
conf_titled_at(const struct conf *c, const struct conf_section *section,
    size_t i)
{
	return array_of(c, section) + i * section->size;
}

void *
conf_titled_add(struct conf *c, const struct conf_section *section,
    const char *name)
{
	size_t	*n = count_of(c, section);
	char	*grown, *entry, *copy = strdup(name);

	grown = reallocarray(array_of(c, section), *n + 1, section->size);
	if (grown != NULL)
		set_array(c, section, grown);
	if (grown == NULL || copy == NULL) {
		free(copy);
		return NULL;
	}
	entry = grown + *n * section->size;
	memset(entry, 0, section->size);
	*name_of(entry) = copy;
	++*n;
	return entry;
}

void
conf_titled_free(struct conf *c, const struct conf_section *section)
{
	for (size_t i = 0; i < *count_of(c, section); i++) {
		void	*entry = conf_titled_at(c, section, i);

		for (size_t k = 0; k < CONF_ROWS; k++)
			if (conf_rows[k].section == section)
				conf_value_free(&conf_rows[k], entry);
		free(*name_of(entry));
	}
	free(array_of(c, section));
	set_array(c, section, NULL);
	*count_of(c, section) = 0;
}
