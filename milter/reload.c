/* SPDX-License-Identifier: ISC
 * milter/reload.c - all of the new, or nothing. */
#include "milter/reload.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/conf_start.h"
#include "base/log.h"

/* A default file that only cannot be looked at (its folder is closed to the
 * filter's user, say) is not one that is missing: reading it tells why. */
static bool
is_missing(const struct settings_file *file)
{
	return !file->named && access(file->path, F_OK) == -1 &&
	    errno == ENOENT;
}

int
settings_read(const struct settings_file *file, struct conf **out,
    conf_report_fn report, void *arg)
{
	return conf_read(is_missing(file) ? NULL : file->path, out, report,
	    arg);
}

struct mistakes {
	struct err	first;
	unsigned	n;
};

static void
note(const char *sentence, void *arg)
{
	struct mistakes	*m = arg;

	log_fail("%s", sentence);
	if (m->n++ == 0)
		(void)err_set(&m->first, "%s", sentence);
}

static void
tell_what_needs_a_start(const struct conf *was, const struct conf *is)
{
	struct conf_start	all[CONF_START_MAX];
	size_t			n = conf_start_diff(was, is, all);

	for (size_t i = 0; i < n; i++)
		log_warn("%s is now %s in the file: it takes effect at the "
		    "next start", all[i].name, all[i].value);
}

static int
read_again(struct reload *r, struct conf **out, struct err *e)
{
	struct mistakes	 m = { .n = 0 };
	struct policy	*running = live_ref(r->live);
	bool		 had_file = policy_conf(running)->file[0] != '\0';

	policy_unref(&running);
	/* In the middle of an editor's work, say: nobody asked for defaults. */
	if (had_file && is_missing(r->file))
		return err_set(e, "%s is gone; the settings in force are kept",
		    r->file->path);
	if (settings_read(r->file, out, note, &m) == 0)
		return 0;
	return err_set(e, "%s%s; the settings in force are kept", m.first.text,
	    m.n > 1 ? " (and more: greygate -t tells all)" : "");
}

struct launcher_resolvers
reload_resolvers(const struct conf *conf)
{
	struct launcher_resolvers	r = { .n = 0 };

	for (; r.n < conf->n_resolver && r.n < LAUNCHER_RESOLVERS; r.n++)
		(void)snprintf(r.at[r.n], sizeof(r.at[r.n]), "%s",
		    conf->resolver[r.n]);
	return r;
}

/* What was read and is not in force yet. */
struct news {
	struct recipients_sources *sources;
	struct whitelist_files	*files;
	struct policy		*policy;
};

static void
drop(struct news *n)
{
	recipients_drop(&n->sources);
	whitelist_drop(&n->files);
	policy_unref(&n->policy);
}

static int
read_lists(struct reload *r, struct conf *conf, struct news *n,
    struct err *e)
{
	struct err	why;

	if ((r->deps.recipients != NULL && recipients_read(r->deps.recipients,
	    conf, clock_seconds(&r->clock), &n->sources, &why) == -1) ||
	    (r->deps.whitelist != NULL && whitelist_read(conf, NULL, NULL,
	    &n->files, &why) == -1))
		return err_set(e, "%s; the settings in force are kept",
		    why.text);
	return 0;
}

/* Nothing here can fail half-way: the whitelist is the last that can. */
static int
put_in_force(struct reload *r, struct news *n, struct err *e)
{
	const struct conf		*conf = policy_conf(n->policy);
	struct launcher_resolvers	 resolvers = reload_resolvers(conf);

	if (n->files != NULL && whitelist_use(r->deps.whitelist, &n->files,
	    clock_seconds(&r->clock), e) == -1)
		return -1;
	tell_what_needs_a_start(policy_conf(r->first), conf);
	live_swap(r->live, &n->policy);
	if (n->sources != NULL)
		recipients_use(r->deps.recipients, &n->sources);
	if (r->deps.prover != NULL)
		prover_use(r->deps.prover, &resolvers);
	return 0;
}

static int
swap(struct reload *r, struct conf **conf, struct err *e)
{
	struct news	n = { NULL, NULL, NULL };
	int		done = -1;

	if (read_lists(r, *conf, &n, e) == -1)
		goto out;
	n.policy = policy_new(conf, &r->deps);
	if (n.policy == NULL) {
		(void)err_set(e, "out of memory; the settings in force are "
		    "kept");
		goto out;
	}
	if (journal_reopen(r->journal, policy_conf(n.policy)->journal, e) == 0)
		done = put_in_force(r, &n, e);
out:
	drop(&n);
	return done;
}

static int
reload_locked(struct reload *r, struct err *e)
{
	struct conf	*conf = NULL;
	int		 done;

	done = read_again(r, &conf, e);
	if (done == 0)
		done = swap(r, &conf, e);
	else
		/* It may be logrotate that calls: its part is done even so. */
		(void)journal_rotate(r->journal, NULL);
	conf_free(&conf);
	return done;
}

int
reload_now(struct reload *r, struct err *e)
{
	struct err	why;
	int		done;

	pthread_mutex_lock(&r->lock);
	done = reload_locked(r, &why);
	pthread_mutex_unlock(&r->lock);
	if (done == -1) {
		alarm_raise(r->deps.alarms, ALARM_RELOAD, clock_seconds(&r->clock),
		    why.text);
		return err_set(e, "%s", why.text);
	}
	alarm_clear(r->deps.alarms, ALARM_RELOAD);
	alarm_clear(r->deps.alarms, ALARM_WHITELIST);
	log_info("reloaded %s", r->file->path);
	return 0;
}
