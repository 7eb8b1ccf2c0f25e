/* SPDX-License-Identifier: ISC
 * tests/fuzz/fuzz_journal.c - a line of a journal, of which strangers wrote parts and a
 * full disk may have left half: read, matched, counted, shown. What is chosen by the
 * bytes is what the facts say. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/query.h"
#include "journal/report.h"

int	LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
choose(const struct query_wish *w, const char *line, size_t len, bool must)
{
	struct journal_entry	 e;
	struct query		*q;

	if (query_new(&q, w, NULL) == -1)
		abort();
	if (query_match(q, line, len, &e))
		journal_entry_clear(&e);
	else
		assert(!must);
	query_free(&q);
}

static void
count(const struct journal_entry *e)
{
	const struct report_conf c = { .from = 1767225600,
				    .until = 1767312000, .now = 1767312000,
				    .window = 86400 };
	struct report_build	*b = report_begin(&c);
	struct report_summary	 s;

	if (b == NULL || report_take(b, e) == -1 || report_end(&b, &s) == -1)
		abort();
	assert(s.waited == s.came + s.may_come + s.never);
	report_free(&s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char		*line = (const char *)bytes;
	struct query_wish	 all = { .span = { INT64_MIN, INT64_MAX } }, own;
	struct journal_entry	 e;

	if (journal_entry_read(&e, line, len) == -1) {
		choose(&all, line, len, false);
		return 0;
	}
	choose(&all, line, len, true);
	own = all;
	own.id = e.line.id;
	own.sender = e.line.sender;
	choose(&own, line, len, false);
	count(&e);
	journal_entry_clear(&e);
	return 0;
}
