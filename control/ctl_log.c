/* SPDX-License-Identifier: ISC
 * control/ctl_log.c - greyctl log: the lines of the journal that are meant, as a
 * table, as they are, counted, or as they come. */
#include "control/ctl.h"

#include <string.h>

#include "control/ctl_follow.h"
#include "control/ctl_group.h"
#include "control/ctl_journal.h"
#include "control/ctl_tail.h"
#include "control/pager.h"
#include "control/table.h"

enum { TO_BEGIN_WITH = 10, WIDE = 110 };

/* One run of the command. */
struct log {
	const struct ctl *ctl;
	const struct json *args;
	struct ctl_journal journal;
	struct groups	*groups;	/* NULL: lines are printed */
	struct tail	 tail;		/* limit 0: none */
	struct table	 table;
	uint64_t	 shown;
	bool		 no_memory;
	bool		 asked;		/* whether to go on */
};

static const char *
address_of(const char *address)
{
	return address != NULL && address[0] == '\0' ? "<>" : address;
}

/* "new", "observed (defer new)", "not-learned: bulk". */
static void
reason_of(const struct journal_entry *e, char *out, size_t size)
{
	const char	*reason = e->event != NULL ? e->event :
			    e->line.reason;

	if (reason == NULL)
		reason = "-";
	if (e->event != NULL && e->why != NULL)
		(void)snprintf(out, size, "%s: %s", reason, e->why);
	else if (e->line.would != NULL)
		(void)snprintf(out, size, "%s (%s)", reason, e->line.would);
	else
		(void)snprintf(out, size, "%s", reason);
}

static void
print_row(struct log *l, const struct journal_entry *e)
{
	const bool	 year = l->ctl->columns == 0 ||
			    l->ctl->columns >= WIDE;
	char		 time[PRINT_TIME_SIZE], reason[200];
	const char	*texts[7];

	reason_of(e, reason, sizeof(reason));
	texts[0] = ctl_journal_time(e->line.time, year, time);
	texts[1] = e->event != NULL ? "event" : e->line.verdict;
	texts[2] = reason;
	texts[3] = ctl_journal_client(&e->line);
	texts[4] = address_of(e->line.sender);
	texts[5] = address_of(e->line.recipient);
	texts[6] = e->line.id;
	table_row(&l->table, texts);
}

static bool
print_entry(struct log *l, const struct journal_entry *e)
{
	l->shown++;
	if (!l->ctl->json)
		print_row(l, e);
	else
		(void)fprintf(l->ctl->out, "%.*s\n", (int)e->len, e->text);
	return !ferror(l->ctl->out);
}

static bool
take(const struct journal_entry *e, void *arg)
{
	struct log	*l = arg;

	if (l->groups != NULL)
		l->no_memory = groups_take(l->groups, e) == -1;
	else if (l->tail.limit > 0)
		l->no_memory = tail_push(&l->tail, e->text, e->len) == -1;
	else
		return print_entry(l, e);
	return !l->no_memory;
}

/* What was kept back is printed; what comes then is printed at once. */
static void
end_tail(struct log *l)
{
	struct journal_entry	e;
	const char		*line;

	for (size_t i = 0; i < l->tail.n; i++) {
		line = tail_at(&l->tail, i);
		if (journal_entry_read(&e, line, strlen(line)) == -1)
			continue;
		(void)print_entry(l, &e);
		journal_entry_clear(&e);
	}
	tail_free(&l->tail);
	l->tail.limit = 0;
}

/* Asked before the lines that are there are read, or when they were, and then
 * after each that came: goes on while somebody reads. */
static bool
go_on(void *arg)
{
	struct log	*l = arg;

	if (l->asked || l->tail.n > 0)
		end_tail(l);
	l->asked = true;
	return follow_has_reader(l->ctl->out);
}

/* At 80 columns all of the id and the beginning of the rest. */
static void
begin_table(struct log *l)
{
	static const struct table_column	columns[] = {
		{ .head = "TIME", .least = 14, .weight = 8, .most = 19 },
		{ .head = "VERDICT", .least = 7, .colour = table_verdict },
		{ .head = "REASON", .least = 8, .weight = 2, .most = 24 },
		{ .head = "CLIENT", .least = 8, .weight = 3 },
		{ .head = "SENDER", .least = 8, .weight = 4 },
		{ .head = "RECIPIENT", .least = 9, .weight = 3 },
		{ .head = "ID", .least = 20 },
	};

	table_new(&l->table, l->ctl, columns,
	    sizeof(columns) / sizeof(columns[0]));
}

static size_t
limit_of(const struct log *l)
{
	return (size_t)json_get_int(l->args, "limit");
}

static int
finish(struct log *l, struct err *e)
{
	long	groups;

	if (l->groups != NULL) {
		groups = groups_print(l->groups, l->ctl, limit_of(l));
		l->no_memory = groups == -1;
		l->shown = groups > 0;
	}
	end_tail(l);
	if (l->no_memory)
		return err_set(e, "out of memory: narrow it down with --since "
		    "or another filter");
	return 0;
}

static int
run_once(struct log *l, struct err *e)
{
	struct query_stats	stats = { 0 };
	struct err		trouble;
	int			rc;

	rc = query_run(l->journal.query, l->journal.path, take, l, &stats, e);
	if (rc == -1)
		trouble = *e;
	if (finish(l, e) == -1)
		return -1;
	ctl_journal_torn(l->ctl, &stats);
	if (rc == -1)
		*e = trouble;
	else if (l->shown == 0)
		(void)fputs("greyctl: no line of the journal matches\n",
		    l->ctl->messages);
	return rc;
}

static int
run_follow(struct log *l, struct err *e)
{
	int	rc = query_follow(l->journal.query, l->journal.path, take,
		    go_on, l, e);

	end_tail(l);
	return l->no_memory ? err_set(e, "out of memory") : rc;
}

static int
check(const struct ctl_request *r, struct err *e)
{
	if ((r->given & CTL_FOLLOW) == 0)
		return 0;
	if ((r->given & CTL_GROUP_BY) != 0)
		return err_set(e, "--follow never ends, so there is nothing "
		    "to count: leave out --follow or --group-by");
	if ((r->given & CTL_UNTIL) != 0)
		return err_set(e, "--follow shows what is still to come: "
		    "leave out --follow or --until");
	return 0;
}

/* A tail of what is there already, if not all of it was asked for. */
static int
prepare(struct log *l, const struct ctl_request *r, struct err *e)
{
	const char	*by = json_get_text(r->args, "group-by");

	if (by != NULL)
		return groups_new(&l->groups, by, e);
	l->tail.limit = limit_of(l);
	if ((r->given & CTL_FOLLOW) != 0 &&
	    (r->given & (CTL_LIMIT | CTL_SINCE)) == 0)
		l->tail.limit = TO_BEGIN_WITH;
	return 0;
}

/* Prints through a pager, but for what has no end. */
static int
print_all(struct log *l, const struct ctl *ctl, bool follow, struct err *e)
{
	struct pager	pager;
	int		code;

	l->ctl = follow ? ctl : pager_begin(&pager, ctl);
	begin_table(l);
	code = (follow ? run_follow(l, e) : run_once(l, e)) == -1 ?
	    CTL_FAILED : CTL_DONE;
	return follow ? code : pager_end(&pager, code);
}

int
ctl_log(const struct ctl *ctl, struct ctl_request *r)
{
	struct log	l = { .ctl = ctl, .args = r->args };
	struct err	e = { "" };
	int		code = CTL_FAILED;

	if (check(r, &e) == 0 && prepare(&l, r, &e) == 0 &&
	    ctl_journal_open(&l.journal, ctl, r, &e) == 0)
		code = print_all(&l, ctl, (r->given & CTL_FOLLOW) != 0, &e);
	if (code == CTL_FAILED)
		(void)ctl_journal_failed(ctl, e.text[0] != '\0' ? &e :
		    &(struct err){ "cannot write the output" });
	ctl_journal_close(&l.journal);
	groups_free(&l.groups);
	tail_free(&l.tail);
	json_free(&r->args);
	return code;
}
