/* SPDX-License-Identifier: ISC
 * control/ctl_status.c - status for people. */
#include "control/ctl.h"

#include <inttypes.h>

#include "control/print.h"
#include "policy/automatic.h"
#include "policy/reason.h"

static const char *
text_of(const struct json *object, const char *key)
{
	const char	*text = json_get_text(object, key);

	return text == NULL || text[0] == '\0' ? "none" : text;
}

static void
print_alarms(FILE *out, const struct json *alarms)
{
	char	since[PRINT_TIME_SIZE];

	for (size_t i = 0; i < json_length(alarms); i++) {
		const struct json *a = json_at(alarms, i);

		(void)fputs("ALARM ", out);
		(void)print_text(out, text_of(a, "alarm"));
		(void)fprintf(out, " since %s: ",
		    print_local(json_get_text(a, "since"), since));
		(void)print_text(out, text_of(a, "sentence"));
		(void)fputc('\n', out);
	}
}

static void
print_daemon(FILE *out, const struct json *item)
{
	const char	*file = json_get_text(item, "file");
	char		 since[PRINT_TIME_SIZE], up[PRINT_SPAN_SIZE];

	print_label(out, "greygate");
	(void)print_text(out, text_of(item, "version"));
	(void)fprintf(out, ", running since %s (%s)\n",
	    print_local(json_get_text(item, "started"), since),
	    print_span(json_get_int(item, "uptime"), up));
	print_label(out, "configuration");
	(void)print_text(out, file == NULL || file[0] == '\0' ?
	    "the defaults" : file);
	(void)fputc('\n', out);
	print_label(out, "listening");
	(void)print_text(out, text_of(item, "listen"));
	(void)fputc('\n', out);
	print_label(out, "mode");
	(void)fputs(json_get_bool(item, "observe") ?
	    "observe: verdicts are logged, none is enforced\n" :
	    "verdicts are enforced\n", out);
}

static void
print_sessions(FILE *out, const struct json *s)
{
	print_label(out, "sessions");
	(void)fprintf(out, "%" PRId64 " open (room for %" PRId64 "), %" PRId64
	    " since the start, %" PRId64 " messages\n",
	    json_get_int(s, "open"), json_get_int(s, "most"),
	    json_get_int(s, "since_start"), json_get_int(s, "messages"));
}

/* One line per verdict: "defer  4: new 3, early 1". */
static void
print_verdict(FILE *out, const char *verdict, const struct json *by_reason)
{
	const char	*sep = "";
	uint64_t	 sum = 0;
	int64_t		 n;

	for (int r = 0; r < REASONS; r++)
		sum += (uint64_t)json_get_int(by_reason,
		    reason_name((enum reason)r));
	print_label(out, verdict);
	(void)fprintf(out, "%" PRIu64, sum);
	for (int r = 0; r < REASONS; r++) {
		const char *name = reason_name((enum reason)r);

		n = json_get_int(by_reason, name);
		if (n == 0)
			continue;
		(void)fprintf(out, "%s%s %" PRId64, sep[0] == '\0' ? ": " :
		    sep, name, n);
		sep = ", ";
	}
	(void)fputc('\n', out);
}

static void
print_store(FILE *out, const struct json *s)
{
	char	size[PRINT_SPAN_SIZE];

	print_label(out, "store");
	(void)print_text(out, text_of(s, "engine"));
	(void)fprintf(out, ": %" PRId64 " records, %s on disk\n",
	    json_get_int(s, "records"),
	    print_size(json_get_int(s, "bytes_on_disk"), size));
	print_label(out, "");
	(void)fprintf(out, "%" PRId64 " steps, %" PRId64 " repeated, %" PRId64
	    " failed; reopened %" PRId64 " times\n",
	    json_get_int(s, "steps"), json_get_int(s, "repeats"),
	    json_get_int(s, "failures"), json_get_int(s, "reopened"));
}

static void
print_journal(FILE *out, const struct json *j)
{
	print_label(out, "journal");
	(void)print_text(out, text_of(j, "file"));
	(void)fprintf(out, ": %" PRId64 " lines, %" PRId64 " dropped\n",
	    json_get_int(j, "lines"), json_get_int(j, "dropped"));
}

static void
print_recipients(FILE *out, const struct json *r)
{
	int64_t	n = json_get_int(r, "sources");
	int64_t	bad = json_get_int(r, "trouble");

	print_label(out, "recipients");
	if (n == 0)
		(void)fputs("no source: none is checked\n", out);
	else
		(void)fprintf(out, "%" PRId64 " source%s, %" PRId64
		    " in trouble%s\n", n, n == 1 ? "" : "s", bad, bad == 0 ?
		    "" : ": see greyctl recipient stats");
}

static void
print_harvest(FILE *out, const struct json *h)
{
	print_label(out, "harvest");
	(void)fprintf(out, "%" PRId64 " banned\n",
	    json_get_int(h, "banned"));
}

static void
print_whitelist(FILE *out, const struct json *w)
{
	print_label(out, "whitelist");
	(void)fprintf(out, "%" PRId64 " own entries, %" PRId64 " of them live; "
	    "%" PRId64 " shipped; %" PRId64 " unsafe\n",
	    json_get_int(w, "own"), json_get_int(w, "live"),
	    json_get_int(w, "shipped"), json_get_int(w, "unsafe"));
}

/* Who answers, or why nobody does. */
static void
print_helper(FILE *out, const struct json *s)
{
	const char	*trouble = json_get_text(s, "trouble");

	if (json_has_int(s, "helper"))
		(void)fprintf(out, "helper %" PRId64, json_get_int(s,
		    "helper"));
	else
		(void)fputs(trouble == NULL ? "no helper was needed yet" :
		    "no helper runs", out);
	(void)fprintf(out, ", restarted %" PRId64 " times%s\n",
	    json_get_int(s, "restarts"), json_get_bool(s, "open") ?
	    "; the DNS does not answer: nobody waits for it" : "");
	if (trouble == NULL)
		return;
	print_label(out, "");
	(void)fputs("latest trouble: ", out);
	(void)print_text(out, trouble);
	(void)fputc('\n', out);
}

static void
print_spf(FILE *out, const struct json *s)
{
	print_label(out, "spf");
	if (s == NULL || !json_has_int(s, "asked")) {
		(void)fputs("not looked at\n", out);
		return;
	}
	print_helper(out, s);
	print_label(out, "");
	(void)fprintf(out, "%" PRId64 " asked: %" PRId64 " proven, %" PRId64
	    " not, %" PRId64 " failed, %" PRId64 " dropped, %" PRId64
	    " overdue; %" PRId64 " under way, %" PRId64 " waited for\n",
	    json_get_int(s, "asked"), json_get_int(s, "proven"),
	    json_get_int(s, "not_proven"), json_get_int(s, "failed"),
	    json_get_int(s, "dropped"), json_get_int(s, "overdue"),
	    json_get_int(s, "under_way"), json_get_int(s, "waiting"));
}

static void
print_warnings(FILE *out, const struct json *list)
{
	for (size_t i = 0; i < json_length(list); i++) {
		print_label(out, "WARNING");
		(void)print_text(out, json_text(json_at(list, i)));
		(void)fputc('\n', out);
	}
}

static void
print_outbound(FILE *out, const struct json *o)
{
	const struct json	*unlearned = json_get(o, "unlearned");

	print_label(out, "outbound");
	if (!json_get_bool(o, "enabled")) {
		(void)fputs("nothing is learned\n", out);
		return;
	}
	(void)fprintf(out, "%" PRId64 " messages, %" PRId64 " recipients "
	    "learned", json_get_int(o, "messages"), json_get_int(o, "learned"));
	for (int i = 1; i < UNLEARNED_KINDS; i++) {
		const char *why = unlearned_name((enum unlearned)i);

		if (json_has_int(unlearned, why))
			(void)fprintf(out, ", %" PRId64 " %s not",
			    json_get_int(unlearned, why), why);
	}
	(void)fprintf(out, "; scope %s, proof %s%s\n",
	    json_get_text(o, "scope"), json_get_text(o, "proof"),
	    json_get_bool(o, "logins_only") ? "; only of users who log in, "
	    "since local-domains is empty" : "");
}

static void
print_sweep(FILE *out, const struct json *s)
{
	char	last[PRINT_TIME_SIZE];

	print_label(out, "last sweep");
	(void)fprintf(out, "%s; since the start %" PRId64 " expired, %" PRId64
	    " evicted\n", print_local(json_get_text(s, "last"), last),
	    json_get_int(s, "swept"), json_get_int(s, "evicted"));
}

void
ctl_show_status(const struct ctl *ctl, const struct json *item, size_t nth)
{
	const struct json	*decisions = json_get(item, "decisions");

	(void)nth;
	print_alarms(ctl->out, json_get(item, "alarms"));
	print_warnings(ctl->out, json_get(json_get(item, "outbound"),
	    "warnings"));
	print_daemon(ctl->out, item);
	print_sessions(ctl->out, json_get(item, "sessions"));
	for (int v = VERDICT_PASS; v <= VERDICT_REJECT; v++) {
		const char *name = verdict_name((enum verdict)v);

		print_verdict(ctl->out, name, json_get(decisions, name));
	}
	print_recipients(ctl->out, json_get(item, "recipients"));
	print_harvest(ctl->out, json_get(item, "harvest"));
	print_whitelist(ctl->out, json_get(item, "whitelist"));
	print_spf(ctl->out, json_get(item, "spf"));
	print_outbound(ctl->out, json_get(item, "outbound"));
	print_store(ctl->out, json_get(item, "store"));
	print_journal(ctl->out, json_get(item, "journal"));
	print_sweep(ctl->out, json_get(item, "sweep"));
}
