/* SPDX-License-Identifier: ISC
 * control/serve_status.c - status: what the daemon is and how it fares. */
#include "control/serve.h"

#include "base/version.h"
#include "control/item.h"
#include "control/outbound_item.h"
#include "identity/prover.h"
#include "recipient/recipients.h"

static void
add_configuration(struct json *o, const struct conf *conf,
    const struct conf *first)
{
	json_add_text(o, "file", conf->file);
	json_add_text(o, "listen", first->listen);
	json_add_bool(o, "observe", conf->observe);
}

static void
add_alarms(struct json *o, struct alarms *alarms)
{
	struct json	*list = json_new_array();

	for (int k = 0; k < ALARM_KINDS; k++) {
		struct alarm_state s = alarm_get(alarms, (enum alarm_kind)k);
		struct json *one;

		if (!s.raised)
			continue;
		one = json_new_object();
		json_add_text(one, "alarm", alarm_name((enum alarm_kind)k));
		item_add_time(one, "since", s.since);
		json_add_int(one, "count", (int64_t)s.count);
		json_add_text(one, "sentence", s.sentence.text);
		json_push(list, one);
	}
	json_add(o, "alarms", list);
}

static void
add_store(struct json *o, struct store *store, const struct conf *conf)
{
	struct json		*s = json_new_object();
	struct store_stats	 n;

	store_stats(store, &n);
	json_add_text(s, "engine", n.engine);
	json_add_text(s, "folder", conf->state);
	json_add_int(s, "records", (int64_t)n.records);
	json_add_int(s, "bytes_on_disk", (int64_t)n.bytes_on_disk);
	json_add_int(s, "steps", (int64_t)n.steps);
	json_add_int(s, "repeats", (int64_t)n.repeats);
	json_add_int(s, "failures", (int64_t)n.failures);
	json_add_int(s, "reopened", (int64_t)n.reopened);
	json_add(o, "store", s);
}

static void
add_journal(struct json *o, struct journal *journal, const struct conf *conf)
{
	struct json		*j = json_new_object();
	struct journal_stats	 n;

	journal_stats(journal, &n);
	json_add_text(j, "file", conf->journal);
	json_add_int(j, "lines", (int64_t)n.lines);
	json_add_int(j, "dropped", (int64_t)n.dropped);
	json_add(o, "journal", j);
}

static void
add_sweep(struct json *o, struct keeper *keeper)
{
	struct json		*s = json_new_object();
	struct keeper_stats	 n;

	keeper_stats(keeper, &n);
	item_add_time(s, "last", n.last_sweep);
	json_add_int(s, "swept", (int64_t)n.swept);
	json_add_int(s, "evicted", (int64_t)n.evicted);
	json_add(o, "sweep", s);
}

struct health {
	int64_t	sources, trouble;
};

static bool
count_source(const struct recipient_source_stats *s, void *arg)
{
	struct health	*h = arg;

	h->sources++;
	if (s->doubt.text[0] != '\0' || (s->is_list ?
	    s->list.trouble.text[0] != '\0' : s->live.open))
		h->trouble++;
	return true;
}

static void
add_recipients(struct json *o, struct recipients *recipients, int64_t now)
{
	struct json		*r = json_new_object();
	struct json		*h = json_new_object();
	struct health		 health = { 0, 0 };
	struct harvest_stats	 n;

	recipients_each_source(recipients, count_source, &health);
	json_add_int(r, "sources", health.sources);
	json_add_int(r, "trouble", health.trouble);
	json_add(o, "recipients", r);
	harvest_stats(recipients_harvest(recipients), now, &n);
	json_add_int(h, "banned", n.banned);
	json_add(o, "harvest", h);
}

static void
add_whitelist(struct json *o, struct whitelist *w, int64_t now)
{
	struct whitelist_guard	 g;
	const struct view	*v;
	struct json		*s = json_new_object();
	int64_t			 live = 0, file = 0, shipped = 0, unsafe = 0;
	size_t			 n;

	v = w == NULL ? NULL : whitelist_enter(w, &g);
	n = v == NULL ? 0 : view_count(v);
	for (size_t i = 0; i < n; i++) {
		const struct listed *l = view_at(v, i);

		if (l->expires <= now)
			continue;
		live += l->origin == ENTRY_LIVE;
		file += l->origin == ENTRY_FILE;
		shipped += l->origin == ENTRY_SHIPPED;
		unsafe += l->entry.unsafe;
	}
	if (v != NULL)
		whitelist_leave(w, &g);
	json_add_int(s, "own", live + file);
	json_add_int(s, "live", live);
	json_add_int(s, "shipped", shipped);
	json_add_int(s, "unsafe", unsafe);
	json_add(o, "whitelist", s);
}

/* null: SPF is not looked at. */
static void
add_spf(struct json *o, struct prover *prover, const struct conf *conf)
{
	struct json		*s;
	struct prover_stats	 n;

	if (prover == NULL || !conf->spf) {
		json_add_null(o, "spf");
		return;
	}
	prover_stats(prover, &n);
	s = json_new_object();
	if (n.helper == 0)
		json_add_null(s, "helper");
	else
		json_add_int(s, "helper", n.helper);
	json_add_int(s, "asked", (int64_t)n.asked);
	json_add_int(s, "proven", (int64_t)n.proven);
	json_add_int(s, "not_proven", (int64_t)n.not_proven);
	json_add_int(s, "failed", (int64_t)n.failed);
	json_add_int(s, "dropped", (int64_t)n.dropped);
	json_add_int(s, "overdue", (int64_t)n.overdue);
	json_add_int(s, "restarts", (int64_t)n.restarts);
	json_add_int(s, "under_way", n.under_way);
	json_add_int(s, "waiting", n.waiting);
	json_add_bool(s, "open", n.open);
	json_add_text(s, "trouble", n.trouble.text[0] == '\0' ? NULL :
	    n.trouble.text);
	json_add(o, "spf", s);
}

int
serve_status(struct call *c, struct err *e)
{
	const struct control_deps	*d = c->deps;
	struct policy			*policy = live_ref(d->live);
	const struct conf		*conf = policy_conf(policy);
	struct json			*o = json_new_object();

	json_add_text(o, "version", VERSION_TEXT);
	item_add_time(o, "started", d->started);
	json_add_int(o, "uptime", c->now - d->started);
	add_configuration(o, conf, d->first);
	add_alarms(o, d->alarms);
	d->status(d->arg, o);
	add_recipients(o, d->recipients, c->now);
	add_whitelist(o, d->whitelist, c->now);
	add_spf(o, d->prover, conf);
	json_add(o, "outbound", outbound_item(conf, d->watch,
	    c->now - d->started));
	add_store(o, d->store, d->first);
	add_journal(o, d->journal, conf);
	add_sweep(o, d->keeper);
	policy_unref(&policy);
	return wire_put_item(c->wire, &o, e) == 0 ? CALL_DONE : CALL_FAILED;
}
