/* SPDX-License-Identifier: ISC
 * recipient/inquiry_look.c - a question that leaves no trace. */
#include "base/clock.h"
#include "recipient/inquiry.h"

static void
ask(const struct source *source, const struct address *a, int wait_ms,
    struct inquiry_answer *out)
{
	void	*seat = source->seat_new(source);
	bool	 down = false;
	int64_t	 before = clock_monotonic_micros(), took;

	if (seat == NULL) {
		(void)err_set(&out->why, "out of memory");
		return;
	}
	out->answer = source->ask(source, seat, a, &down, &out->why);
	took = clock_monotonic_micros() - before;
	source->seat_free(source, &seat);
	if (out->answer == -1)
		return;
	out->why.text[0] = '\0';
	out->micros = took;
	if (took < (int64_t)wait_ms * 1000)
		return;
	out->answer = -1;
	out->micros = -1;
	(void)err_set(&out->why, "no answer within %d ms", wait_ms);
}

void
inquiry_look(struct inquiry *q, const struct address *a, uint32_t mask,
    int wait_ms, struct inquiry_answer *answers)
{
	struct inquiry_stats	stats;

	for (unsigned i = 0; i < INQUIRY_SOURCES; i++) {
		struct inquiry_answer	*out = &answers[i];

		*out = (struct inquiry_answer){ .answer = -1, .micros = -1,
		    .asked = (mask >> i & 1) != 0 &&
		    inquiry_stats(q, i, &stats) == 0 };
		if (!out->asked)
			continue;
		if (stats.open)
			(void)err_set(&out->why, "held to be down: %s",
			    stats.trouble.text);
		else if (wait_ms <= 0)
			(void)err_set(&out->why, "it is asked for later");
		else
			ask(inquiry_source(q, i), a, wait_ms, out);
	}
}
