/* SPDX-License-Identifier: ISC
 * control/report_json.c - a report for programs. */
#include "control/report_page.h"

#include "base/json.h"
#include "control/item.h"

static void
add_delay(struct json *o, const char *key, const struct report_delay *d)
{
	struct json	*one = json_new_object();

	json_add_int(one, "n", (int64_t)d->n);
	json_add_int(one, "median", d->median);
	json_add_int(one, "p95", d->p95);
	json_add_int(one, "worst", d->worst);
	json_add(o, key, one);
}

/* Each way, and each kind of identity, whether it let something in or not. */
static void
add_delays(struct json *o, const struct report_summary *s)
{
	static const char *const	kinds[] = { "addr", "net", "name",
					    "spf" };
	const struct report_delay	none = { .n = 0 };
	struct json	*delays = json_new_object();

	add_delay(delays, "all", &s->all);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		add_delay(delays, kinds[i], &none);
	for (size_t i = 0; i < s->n_ways; i++)
		add_delay(delays, s->ways[i].name, &s->ways[i].delay);
	json_add(o, "delays", delays);
}

static void
add_counts(struct json *o, const char *key, const struct report_count *c,
    size_t n)
{
	struct json	*list = json_new_array();

	for (size_t i = 0; i < n; i++) {
		struct json *one = json_new_object();

		json_add_text(one, "name", c[i].name);
		json_add_int(one, "n", (int64_t)c[i].n);
		json_push(list, one);
	}
	json_add(o, key, list);
}

static void
add_senders(struct json *o, const struct report_summary *s)
{
	struct json	*list = json_new_array();

	for (size_t i = 0; i < s->n_senders; i++) {
		struct json *one = json_new_object();

		json_add_text(one, "sender", s->senders[i].sender);
		json_add_int(one, "n", (int64_t)s->senders[i].n);
		json_add_int(one, "total", s->senders[i].total);
		json_add_int(one, "worst", s->senders[i].worst);
		json_push(list, one);
	}
	json_add(o, "senders", list);
}

static void
add_slots(struct json *o, const struct report_summary *s)
{
	struct json	*list = json_new_array();

	for (size_t i = 0; i < s->n_slots; i++) {
		struct json *one = json_new_object();

		item_add_time(one, "from", s->slots[i].start);
		json_add_int(one, "pass", (int64_t)s->slots[i].pass);
		json_add_int(one, "defer", (int64_t)s->slots[i].defer);
		json_add_int(one, "reject", (int64_t)s->slots[i].reject);
		json_push(list, one);
	}
	json_add(o, "slots", list);
}

static struct json *
json_of(const struct report_summary *s)
{
	struct json	*o = json_new_object();
	int		 blocked = report_blocked(s);

	item_add_time(o, "since", s->from);
	item_add_time(o, "until", s->until);
	json_add_int(o, "pass", (int64_t)s->pass);
	json_add_int(o, "defer", (int64_t)s->defer);
	json_add_int(o, "reject", (int64_t)s->reject);
	json_add_int(o, "waited", (int64_t)s->waited);
	json_add_int(o, "came", (int64_t)s->came);
	json_add_int(o, "may_come", (int64_t)s->may_come);
	json_add_int(o, "never", (int64_t)s->never);
	json_add_int(o, "observed", (int64_t)s->observed);
	if (blocked == -1)
		json_add_null(o, "blocked");
	else
		json_add_int(o, "blocked", blocked);
	json_add_int(o, "unknown", (int64_t)s->unknown);
	json_add_int(o, "banned", (int64_t)s->banned);
	add_delays(o, s);
	add_counts(o, "reasons", s->reasons, s->n_reasons);
	json_add_int(o, "passed_at_once", (int64_t)s->passed_at_once);
	add_counts(o, "at_once", s->at_once, s->n_at_once);
	add_senders(o, s);
	add_counts(o, "rules", s->rules, s->n_rules);
	add_counts(o, "entries", s->entries, s->n_entries);
	add_slots(o, s);
	return o;
}

struct json *
report_json(const struct report_page *p)
{
	struct json	*o = json_of(p->now), *growth = json_new_array();

	for (size_t i = 0; i < p->n_growth; i++) {
		struct json *one = json_new_object();

		item_add_time(one, "at", p->growth[i].at);
		json_add_int(one, "records", (int64_t)p->growth[i].records);
		json_add_int(one, "bytes", (int64_t)p->growth[i].bytes);
		json_push(growth, one);
	}
	json_add(o, "growth", growth);
	json_add_text(o, "note", p->note);
	json_add(o, "before", json_of(p->before));
	return o;
}
