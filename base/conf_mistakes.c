/* SPDX-License-Identifier: ISC
 * base/conf_mistakes.c - the list that conf_mistakes.h describes. */
#include "base/conf_mistakes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct mistake {
	unsigned	 line;
	size_t		 turn;		/* as added, which keeps a sort stable */
	char		*sentence;
};

struct conf_mistakes {
	const char	*file;
	struct mistake	*list;
	size_t		 used, size;
	bool		 lost;		/* one or more, to lack of memory */
};

struct conf_mistakes *
conf_mistakes_new(const char *file)
{
	struct conf_mistakes	*m = calloc(1, sizeof(*m));

	if (m != NULL)
		m->file = file;
	return m;
}

void
conf_mistakes_free(struct conf_mistakes **m)
{
	if (*m == NULL)
		return;
	for (size_t i = 0; i < (*m)->used; i++)
		free((*m)->list[i].sentence);
	free((*m)->list);
	free(*m);
	*m = NULL;
}

/* Takes over the sentence. */
static void
add(struct conf_mistakes *m, unsigned line, char **sentence)
{
	struct mistake	*grown;
	size_t		 size;

	if (m->used == m->size) {
		size = m->size ? m->size * 2 : 16;
		grown = reallocarray(m->list, size, sizeof(*grown));
		if (grown == NULL) {
			free(*sentence);
			*sentence = NULL;
			m->lost = true;
			return;
		}
		m->list = grown;
		m->size = size;
	}
	m->list[m->used] = (struct mistake){ line, m->used, *sentence };
	m->used++;
	*sentence = NULL;
}

int
conf_mistake(struct conf_mistakes *m, unsigned line, const char *fmt, ...)
{
	char	*what = NULL, *sentence = NULL;
	va_list	 ap;
	int	 n;

	va_start(ap, fmt);
	n = vasprintf(&what, fmt, ap);
	va_end(ap);
	if (n == -1) {
		m->lost = true;
		return -1;
	}
	if (line == 0)
		n = asprintf(&sentence, "%s: %s", m->file, what);
	else
		n = asprintf(&sentence, "%s:%u: %s", m->file, line, what);
	free(what);
	if (n == -1)
		m->lost = true;
	else
		add(m, line, &sentence);
	return -1;
}

bool
conf_mistakes_any(const struct conf_mistakes *m)
{
	return m->used > 0 || m->lost;
}

static int
compare(const void *a, const void *b)
{
	const struct mistake	*x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->turn < y->turn ? -1 : x->turn > y->turn;
}

void
conf_mistakes_tell(struct conf_mistakes *m, conf_report_fn report, void *arg)
{
	if (m->used > 0)
		qsort(m->list, m->used, sizeof(*m->list), compare);
	for (size_t i = 0; i < m->used; i++)
		report(m->list[i].sentence, arg);
	if (m->lost)
		report("out of memory while reading the configuration", arg);
}
