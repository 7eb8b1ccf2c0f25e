/* SPDX-License-Identifier: ISC
 * milter/reload.c - all of the new, or nothing. */
#include "milter/reload.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

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
tell_if_changed(const char *key, const char *was, const char *is)
{
	if (strcmp(was, is) != 0)
		log_warn("%s is now %s in the file: it takes effect at the "
		    "next start", key, is);
}

static void
tell_what_needs_a_start(const struct conf *was, const struct conf *is)
{
	tell_if_changed("listen", was->listen, is->listen);
	tell_if_changed("control", was->control, is->control);
	tell_if_changed("state", was->state, is->state);
	tell_if_changed("user", was->user, is->user);
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
	    m.n > 1 ? " (and more: see the log)" : "");
}

static int
swap(struct reload *r, struct conf **conf, struct err *e)
{
	struct recipients_sources	*sources = NULL;
	struct policy			*next;
	struct err			 why;

	if (r->deps.recipients != NULL && recipients_read(r->deps.recipients,
	    *conf, clock_seconds(&r->clock), &sources, &why) == -1)
		return err_set(e, "%s; the settings in force are kept",
		    why.text);
	if (journal_reopen(r->journal, (*conf)->journal, e) == -1) {
		recipients_drop(&sources);
		return -1;
	}
	tell_what_needs_a_start(policy_conf(r->first), *conf);
	next = policy_new(conf, &r->deps);
	if (next == NULL) {
		recipients_drop(&sources);
		return err_set(e, "out of memory; the settings in force are "
		    "kept");
	}
	live_swap(r->live, &next);
	if (sources != NULL)
		recipients_use(r->deps.recipients, &sources);
	return 0;
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
	log_info("reloaded %s", r->file->path);
	return 0;
}
