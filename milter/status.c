/* SPDX-License-Identifier: ISC
 * milter/status.c - the counters, as JSON. */
#include "milter/status.h"

#include "milter/counters.h"

/* [limit in microseconds, decisions]; the last has no limit: null. */
static void
add_times(struct json *object, struct counters *c)
{
	struct json	*times = json_new_object();
	struct json	*buckets = json_new_array();

	for (unsigned i = 0; i < COUNTERS_TIMES; i++) {
		struct json *one = json_new_object();

		if (counters_limit(i) == INT64_MAX)
			json_add_null(one, "limit");
		else
			json_add_int(one, "limit", counters_limit(i));
		json_add_int(one, "count", (int64_t)atomic_load(&c->times[i]));
		json_push(buckets, one);
	}
	json_add(times, "buckets", buckets);
	json_add_int(times, "micros", (int64_t)atomic_load(&c->micros));
	json_add(object, "times", times);
	json_add_int(object, "blind", (int64_t)atomic_load(&c->blind));
}

void
status_add(const struct app *app, struct json *object)
{
	static const enum verdict verdicts[] =
	    { VERDICT_PASS, VERDICT_DEFER, VERDICT_REJECT };
	struct counters	*c = app->counters;
	struct json	*sessions = json_new_object();
	struct json	*decisions = json_new_object();

	json_add_int(sessions, "since_start",
	    (int64_t)atomic_load(&c->connections));
	json_add_int(sessions, "open", (int64_t)atomic_load(&c->open));
	json_add_int(sessions, "most", (int64_t)app->max_open);
	json_add_int(sessions, "messages",
	    (int64_t)atomic_load(&c->messages));
	json_add(object, "sessions", sessions);
	for (size_t v = 0; v < 3; v++) {
		struct json *by_reason = json_new_object();

		for (int r = 0; r < REASONS; r++) {
			unsigned long long n =
			    atomic_load(&c->decisions[v][r]);

			if (n > 0)
				json_add_int(by_reason,
				    reason_name((enum reason)r), (int64_t)n);
		}
		json_add(decisions, verdict_name(verdicts[v]), by_reason);
	}
	json_add(object, "decisions", decisions);
	add_times(object, c);
}
