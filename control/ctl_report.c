/* SPDX-License-Identifier: ISC
 * control/ctl_report.c - report: the journal of a period and of the one before it, read
 * once, and the size of the state from the counts by the hour. */
#include "control/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/pseudonym.h"
#include "control/ctl_journal.h"
#include "control/pager.h"
#include "control/report_page.h"
#include "control/tally_sum.h"
#include "policy/fold.h"

enum { HOUR = 3600, WEEK = 7 * 86400, TOP = 10 };

struct making {
	const struct ctl *ctl;
	const struct json *args;
	int64_t		 since, until;	/* seconds */
	struct ctl_journal journal;
	struct report_build *build[2];	/* this period, the one before */
	struct report_summary sum[2];
	struct tally_sum tally;
	bool		 no_memory;
	int64_t		 first;		/* second of the journal, of those asked
					 * for; 0: nothing */
	bool		 counted[2];	/* by whole hours, not by the journal */
	char		 note[320];
};

/* What is a pseudonym already is as the state has it. */
static char *
sender_of(const char *text)
{
	return pseudonym_is(text) ? strdup(text) : fold_sender(text);
}

static char *
recipient_of(const char *text)
{
	return pseudonym_is(text) ? strdup(text) : fold_recipient(text);
}

static bool
take(const struct journal_entry *e, void *arg)
{
	struct making	*m = arg;

	m->no_memory = report_take(m->build[0], e) == -1 ||
	    report_take(m->build[1], e) == -1;
	return !m->no_memory;
}

static int
begin(struct making *m, struct err *e)
{
	int64_t			length = m->until - m->since;
	struct report_conf	c = { .from = m->since, .until = m->until,
				    .now = m->ctl->now, .window = m->journal.window,
				    .fold_sender = sender_of,
				    .fold_recipient = recipient_of };

	m->build[0] = report_begin(&c);
	c.until = c.from;
	c.from -= length;
	m->build[1] = report_begin(&c);
	return m->build[0] != NULL && m->build[1] != NULL ? 0 :
	    err_set(e, "out of memory");
}

/* Lines from the period before on, to the end: what came later shows there. */
static int
open_journal(struct making *m, struct err *e)
{
	struct ctl_request	 r = { .now = m->ctl->now,
				     .args = json_new_object() };
	const char		*path = json_get_text(m->args, "journal");
	int			 rc;

	json_add_int(r.args, "since", 2 * m->since - m->until);
	if (path != NULL)
		json_add_text(r.args, "journal", path);
	rc = ctl_journal_open(&m->journal, m->ctl, &r, e);
	/* The path may be of the arguments. */
	if (rc == 0 && path != NULL)
		m->journal.path = path;
	json_free(&r.args);
	return rc;
}

static int
read_all(struct making *m, struct err *e)
{
	struct query_stats	stats;
	int			rc;

	if (begin(m, e) == -1)
		return -1;
	rc = query_run(m->journal.query, m->journal.path, take, m, &stats, e);
	if (rc == 0 && m->no_memory)
		rc = err_set(e, "out of memory: take a shorter period with "
		    "--since");
	if (rc == 0)
		ctl_journal_torn(m->ctl, &stats);
	for (int i = 0; i < 2 && m->build[i] != NULL; i++)
		if (report_end(&m->build[i], &m->sum[i]) == -1 && rc == 0)
			rc = err_set(e, "out of memory");
	m->first = m->sum[1].first;
	return rc;
}

/* What the journal no longer has of a period, by its counts in whole hours. Whether
 * it was so. */
static bool
fill_by_counts(struct making *m, const struct tally_sum *t,
    struct report_summary *s)
{
	struct err	e;

	if ((m->first != 0 && m->first <= s->from) ||
	    !tally_sum_is_older(t, m->first))
		return false;
	if (tally_sum_fill(t, s, &e) == 0)
		return true;
	(void)ctl_journal_failed(m->ctl, &e);
	return false;
}

/* Without the daemon there is a report all the same. */
static void
ask_for_counts(struct making *m)
{
	struct tally_sum	before;
	struct err		e;
	int64_t			start = 2 * m->since - m->until;
	int64_t			end = (m->since + HOUR - 1) / HOUR * HOUR;

	if (json_get_text(m->args, "journal") != NULL)
		return;
	if (tally_sum_ask(&m->tally, m->ctl, m->since / HOUR * HOUR, m->until,
	    &e) == -1) {
		(void)ctl_journal_failed(m->ctl, &e);
		return;
	}
	m->counted[0] = fill_by_counts(m, &m->tally, &m->sum[0]);
	if (m->first != 0 && m->first <= start)
		return;
	if (tally_sum_ask(&before, m->ctl, start, end - HOUR, &e) == -1) {
		(void)ctl_journal_failed(m->ctl, &e);
		return;
	}
	m->counted[1] = fill_by_counts(m, &before, &m->sum[1]);
	tally_sum_free(&before);
}

static void
note_what_is_missing(struct making *m)
{
	const char	*counted = m->counted[0] || m->counted[1] ? " Verdicts "
			    "and reasons of before are counts of whole hours; "
			    "all else is not known of that time." : "";
	char		 time[PRINT_TIME_SIZE];

	if (m->first == 0)
		(void)snprintf(m->note, sizeof(m->note), "The journal has "
		    "nothing of this time.%s", counted);
	else if (m->first > m->since && (m->counted[0] || m->tally.n_growth ==
	    0))
		(void)snprintf(m->note, sizeof(m->note), "The journal begins "
		    "at %s.%s", ctl_journal_time(m->first * 1000, true, time),
		    counted);
	else if (m->counted[1] || (m->tally.n_growth == 0 && m->first > 2 *
	    m->since - m->until + HOUR))
		(void)snprintf(m->note, sizeof(m->note), "The journal begins "
		    "at %s: the period before is not whole.%s",
		    ctl_journal_time(m->first * 1000, true, time), counted);
}

/* As any new file: whom mail came from and went to is not for everybody. */
static mode_t
mode_of_new(void)
{
	mode_t	mask = umask(0);

	(void)umask(mask);
	return 0666 & ~mask;
}

/* Whole, or as it was: to a new file beside it, then renamed. */
static int
write_html(const struct report_page *p, const char *path, struct err *e)
{
	char	*new;
	FILE	*out = NULL;
	int	 fd = -1, rc = -1;

	if (asprintf(&new, "%s.XXXXXX", path) == -1)
		return err_set(e, "out of memory");
	fd = mkstemp(new);
	if (fd != -1)
		out = fdopen(fd, "w");
	if (out != NULL) {
		report_print_html(out, p);
		rc = ferror(out) != 0 || fchmod(fd, mode_of_new()) == -1 ?
		    -1 : 0;
		if (fclose(out) == EOF)
			rc = -1;
	}
	if (rc == 0)
		rc = rename(new, path);
	if (rc == -1) {
		(void)err_set(e, "cannot write %s: %s", path, strerror(errno));
		(void)unlink(new);
	}
	free(new);
	return rc;
}

static int
print_json(const struct ctl *ctl, const struct report_page *p, struct err *e)
{
	struct json	*o = report_json(p);
	char		*text = json_dump(o, 2);

	json_free(&o);
	if (text == NULL)
		return err_set(e, "out of memory");
	(void)fprintf(ctl->out, "%s\n", text);
	free(text);
	return 0;
}

static int
page_text(const struct ctl *ctl, const struct report_page *p, struct err *e)
{
	struct pager	pager;

	report_print_text(pager_begin(&pager, ctl), p);
	return pager_end(&pager, CTL_DONE) == CTL_DONE ? 0 : err_set(e,
	    "cannot write the output");
}

static int
print_page(const struct making *m, struct err *e)
{
	const char		*html = json_get_text(m->args, "html");
	struct report_page	 p = {
		.now = &m->sum[0], .before = &m->sum[1],
		.growth = m->tally.growth, .n_growth = m->tally.n_growth,
		.top = json_has_int(m->args, "top") ?
		    (size_t)json_get_int(m->args, "top") : TOP,
		.made = m->ctl->now,
		.note = m->note[0] != '\0' ? m->note : NULL,
	};

	if (html != NULL && strcmp(html, "-") == 0) {
		report_print_html(m->ctl->out, &p);
		return 0;
	}
	if (html != NULL)
		return write_html(&p, html, e);
	return m->ctl->json ? print_json(m->ctl, &p, e) :
	    page_text(m->ctl, &p, e);
}

static int
read_period(struct making *m, struct err *e)
{
	bool	told = json_has_int(m->args, "until");
	int64_t	end = told ? json_get_int(m->args, "until") : m->ctl->now;

	m->since = json_has_int(m->args, "since") ?
	    json_get_int(m->args, "since") : end - WEEK;
	m->until = told ? end : end + 1;	/* this second as well */
	return m->since < m->until ? 0 : err_set(e, "nothing is before --until "
	    "and not before --since: the two may be the wrong way round");
}

int
ctl_report(const struct ctl *ctl, struct ctl_request *r)
{
	struct making	m = { .ctl = ctl, .args = r->args };
	struct err	e = { "" };
	int		rc = -1;

	if (read_period(&m, &e) == 0 && open_journal(&m, &e) == 0 &&
	    read_all(&m, &e) == 0) {
		ask_for_counts(&m);
		note_what_is_missing(&m);
		rc = print_page(&m, &e);
	}
	if (rc == 0 && fflush(ctl->out) == EOF)
		rc = err_set(&e, "cannot write the output");
	for (int i = 0; i < 2; i++)
		report_free(&m.sum[i]);
	tally_sum_free(&m.tally);
	ctl_journal_close(&m.journal);
	json_free(&r->args);
	return rc == 0 ? CTL_DONE : ctl_journal_failed(ctl, &e);
}
