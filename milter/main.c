/* SPDX-License-Identifier: ISC
 * milter/main.c - starts everything in order, serves, stops it in mirror
 * order. The only file that knows every folder. */
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/alarm.h"
#include "base/conf.h"
#include "base/json.h"
#include "base/log.h"
#include "base/version.h"
#include "control/control.h"
#include "control/metrics.h"
#include "db/store.h"
#include "journal/journal.h"
#include "journal/tally.h"
#include "milter/lists.h"
#include "milter/mlfi.h"
#include "milter/options.h"
#include "milter/privacy.h"
#include "milter/process.h"
#include "milter/reload.h"
#include "milter/status.h"
#include "policy/greylist.h"
#include "policy/keeper.h"
#include "policy/live.h"

#define HELPER		"greygate-spf"

enum {
	WANT_DESCRIPTORS = 65536,
	NEED_DESCRIPTORS = 256,
	SPARE_DESCRIPTORS = 64,		/* database, journal, sockets */
	DRAIN_SECONDS = 5
};

/* Everything that runs; opened from the top down, closed from the bottom up. */
struct daemon {
	struct alarms	*alarms;
	struct store	*store;
	struct crowd	*crowd;
	struct outbound_watch *watch;
	struct recipients *recipients;
	struct launcher	*launcher;
	struct err	 no_launcher;	/* why there is none, though wanted */
	struct prover	*prover;
	struct whitelist *whitelist;
	struct pseudonyms *pseudonyms;	/* NULL: none */
	struct journal	*journal;
	struct retention *retention;
	struct tally	*tally;
	struct live	*live;
	struct keeper	*keeper;
	struct control	*control;
	struct metrics	*metrics;
	struct drain	*drain;
	struct counters	 counters;
	struct reload	 reload;
	struct app	 app;
	char		*listen;	/* as at the start */
	pthread_t	 server;
	bool		 failed;	/* libmilter did */
};

static void
tell(const char *sentence, void *arg)
{
	(void)arg;
	(void)fprintf(stderr, "%s\n", sentence);
}

static int
fail(const struct err *e, int code)
{
	(void)fprintf(stderr, "greygate: %s\n", e->text);
	return code;
}

static int
reload(void *arg, struct err *e)
{
	struct daemon	*d = arg;

	return reload_now(&d->reload, e);
}

/*
 * The main thread waits for signals and sessions are served from another: the
 * kernel offers a signal to the main thread first, so that it comes here and
 * not to the thread in which libmilter waits for signals, too.
 */
static void *
serve_sessions(void *arg)
{
	struct daemon	*d = arg;

	d->failed = mlfi_run(&d->app) == -1;
	(void)kill(getpid(), SIGTERM);
	return NULL;
}

static void
own_signals(sigset_t *set)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGUSR1);
	(void)sigaddset(set, SIGTERM);
	(void)sigaddset(set, SIGINT);
	(void)sigaddset(set, SIGHUP);
}

/* SIGUSR1 reloads; SIGHUP stops, since that is what libmilter makes of it. */
static void
wait_for_stop(struct daemon *d)
{
	sigset_t	set;
	int		signal;

	own_signals(&set);
	while (sigwait(&set, &signal) == 0 && signal == SIGUSR1)
		(void)reload_now(&d->reload, NULL);
}

/* Before there are threads: none of them shall be ended by a signal. */
static void
block_signals(void)
{
	sigset_t	set;

	own_signals(&set);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

static void
add_status(void *arg, struct json *object)
{
	struct daemon	*d = arg;

	status_add(&d->app, object);
}

/* Each second, in the keeper's thread. */
static int
tend(void *arg, int64_t now, struct err *e)
{
	struct daemon	*d = arg;

	metrics_tend(d->metrics, now);
	return tally_flush(d->tally, now, e);
}

static uint64_t
spared(void *arg)
{
	struct daemon	*d = arg;

	return tally_records(d->tally);
}

static struct policy_deps
shared(const struct daemon *d)
{
	return (struct policy_deps){ .store = d->store, .crowd = d->crowd,
	    .alarms = d->alarms, .recipients = d->recipients,
	    .whitelist = d->whitelist, .prover = d->prover,
	    .watch = d->watch, .pseudonyms = d->pseudonyms };
}

/* While there are no threads and no right is given away. Without a helper there
 * is no SPF; mail flows. */
static void
start_launcher(struct daemon *d, const struct conf *conf)
{
	char			program[PATH_MAX + sizeof(HELPER)];
	struct launcher_conf	lc = { .program = program,
				    .user = conf->spf_user,
				    .fallback = conf->user };

	process_beside(HELPER, program, sizeof(program));
	if (conf->spf && launcher_new(&d->launcher, &lc, &d->no_launcher) ==
	    -1)
		(void)fprintf(stderr, "greygate: %s; goes on without SPF\n",
		    d->no_launcher.text);
}

/* Entries, and who asks the DNS. */
static int
open_whitelist(struct daemon *d, struct conf *conf, struct err *e)
{
	struct prover_conf	 pc = { .launcher = d->launcher,
				     .alarms = d->alarms,
				     .clock = clock_system(),
				     .resolvers = reload_resolvers(conf) };

	if (d->no_launcher.text[0] != '\0')
		alarm_raise(d->alarms, ALARM_HELPER, clock_seconds(&pc.clock),
		    d->no_launcher.text);
	if (d->launcher != NULL && prover_new(&d->prover, &pc, e) == -1)
		return -1;
	if (lists_open_whitelist(&d->whitelist, d->store, conf,
	    clock_seconds(&pc.clock), e) == -1)
		return -1;
	lists_tell_unreadable(d->whitelist, d->alarms,
	    clock_seconds(&pc.clock));
	return 0;
}

static int
open_policy(struct daemon *d, struct conf **conf, struct err *e)
{
	struct recipients_deps	 rd = { .store = d->store,
				     .alarms = d->alarms,
				     .clock = clock_system(),
				     .state = (*conf)->state,
				     .pseudonyms = d->pseudonyms };
	struct policy_deps	 deps;
	struct policy		*policy;

	if (lists_open_recipients(&d->recipients, &rd, *conf, e) == -1 ||
	    recipients_start(d->recipients, e) == -1 ||
	    open_whitelist(d, *conf, e) == -1)
		return -1;
	deps = shared(d);
	if (greylist_begin(&deps, e) == -1)
		return -1;
	policy = policy_new(conf, &deps);
	if (policy == NULL || (d->live = live_new(&policy)) == NULL) {
		policy_unref(&policy);
		return err_set(e, "out of memory");
	}
	return 0;
}

static int
open_state(struct daemon *d, struct conf **conf, struct err *e)
{
	struct store_conf	 sc = { .path = (*conf)->state };

	d->listen = strdup((*conf)->listen);
	d->alarms = alarms_new();
	d->drain = drain_new();
	d->crowd = crowd_new();
	d->watch = outbound_watch_new();
	if (d->listen == NULL || d->alarms == NULL || d->drain == NULL ||
	    d->crowd == NULL || d->watch == NULL)
		return err_set(e, "out of memory");
	sc.alarms = d->alarms;
	if (store_open(&d->store, &sc, e) == -1 ||
	    privacy_open(&d->pseudonyms, d->store, *conf, e) == -1)
		return -1;
	d->tally = tally_new(d->store);
	if (d->tally == NULL)
		return err_set(e, "out of memory");
	if (journal_open(&d->journal, (*conf)->journal, d->alarms, e) == -1 ||
	    open_policy(d, conf, e) == -1 ||
	    privacy_retain(&d->retention, d->journal, d->live, d->alarms, e) ==
	    -1)
		return -1;
	return keeper_start(&d->keeper, d->store, d->live, d->alarms,
	    clock_system(), e);
}

static int
open_doors(struct daemon *d, const struct options *o, struct err *e)
{
	struct policy		*policy = live_ref(d->live);
	const struct conf	*conf = policy_conf(policy);
	struct control_deps	 deps = {
		.live = d->live, .store = d->store, .journal = d->journal,
		.alarms = d->alarms, .keeper = d->keeper,
		.recipients = d->recipients,
		.whitelist = d->whitelist, .prover = d->prover,
		.tally = d->tally, .watch = d->watch,
		.pseudonyms = d->pseudonyms,
		.clock = clock_system(), .arg = d,
		.reload = reload, .status = add_status,
	};
	int			 done = -1;

	d->reload = (struct reload){ .file = &o->file, .live = d->live,
	    .first = live_ref(d->live), .deps = shared(d), .journal = d->journal,
	    .clock = clock_system(), .lock = PTHREAD_MUTEX_INITIALIZER };
	deps.started = clock_seconds(&deps.clock);
	deps.first = policy_conf(d->reload.first);
	if (control_open(&d->control, conf->control, &deps, e) == -1 ||
	    mlfi_open(conf->listen, e) == -1)
		goto out;
	d->metrics = metrics_new(conf->metrics, &deps);
	if (d->metrics == NULL) {
		(void)err_set(e, "out of memory");
		goto out;
	}
	keeper_attend(d->keeper, &(struct keeper_hook){ tend, spared, d });
	log_info("greygate " VERSION_TEXT " listens on %s, state in %s%s",
	    conf->listen, conf->state, conf->observe ?
	    ", observing: no mail is held up" : "");
	done = 0;
out:
	policy_unref(&policy);
	return done;
}

/*
 * Closes what has to be closed. A session may still get a callback until the
 * process ends: it finds the drain shut and leaves the store alone, but writes
 * its journal line; so journal, policy and alarms stay.
 */
static void
stop(struct daemon *d)
{
	const struct clock	clock = clock_system();
	bool			quiet = true;

	if (d->drain != NULL) {
		drain_stop(d->drain);
		quiet = drain_wait(d->drain, DRAIN_SECONDS);
	}
	metrics_stop(d->metrics);
	control_close(&d->control);
	retention_stop(&d->retention);
	keeper_stop(&d->keeper);
	metrics_free(&d->metrics);
	prover_free(&d->prover);
	launcher_free(&d->launcher);
	if (quiet) {
		if (d->whitelist != NULL)
			(void)whitelist_tend(d->whitelist,
			    clock_seconds(&clock), true, NULL);
		if (d->recipients != NULL)
			recipients_stop(d->recipients);
		if (d->tally != NULL)
			(void)tally_flush(d->tally, clock_seconds(&clock),
			    NULL);
		store_close(&d->store);
	} else
		log_warn("some sessions did not end within %d seconds: the "
		    "state is recovered at the next start", DRAIN_SECONDS);
	if (d->journal != NULL)
		journal_flush(d->journal);
}

static int
serve(struct daemon *d, const struct options *o, struct conf **conf,
    int *ready_fd)
{
	struct err	e;
	unsigned long	fds;

	if (process_raise_descriptors(WANT_DESCRIPTORS, NEED_DESCRIPTORS, &fds,
	    &e) == -1 || open_state(d, conf, &e) == -1)
		return fail(&e, EX_UNAVAILABLE);
	d->app = (struct app){ .live = d->live, .journal = d->journal,
	    .tally = d->tally, .clock = clock_system(), .drain = d->drain,
	    .counters = &d->counters, .alarms = d->alarms,
	    .log_decisions = true, .max_open = fds - SPARE_DESCRIPTORS };
	if (open_doors(d, o, &e) == -1)
		return fail(&e, EX_UNAVAILABLE);
	if (pthread_create(&d->server, NULL, serve_sessions, d) != 0)
		return fail(&(struct err){ "cannot start a thread" },
		    EX_UNAVAILABLE);
	process_ready(ready_fd);
	wait_for_stop(d);
	log_info("stopping");
	mlfi_stop(d->listen);
	(void)pthread_join(d->server, NULL);
	return d->failed ? EX_UNAVAILABLE : EX_OK;
}

int
main(int argc, char **argv)
{
	static struct daemon	d;
	struct options		o;
	struct conf		*conf = NULL;
	struct err		e;
	int			ready_fd = -1, code;

	if (options_read(argc, argv, &o) == -1)
		return EX_USAGE;
	if (settings_read(&o.file, &conf, tell, NULL) == -1)
		return EX_CONFIG;
	if (o.check) {
		code = lists_check(&o.file, conf);
		conf_free(&conf);
		return code;
	}
	start_launcher(&d, conf);
	code = EX_CONFIG;
	if (process_become(conf->user, &e) == -1)
		goto failed;
	code = EX_UNAVAILABLE;
	if (!o.foreground && process_detach(&ready_fd, &e) == -1)
		goto failed;
	log_open(o.foreground);
	block_signals();
	code = serve(&d, &o, &conf, &ready_fd);
	stop(&d);
	conf_free(&conf);
	return code;
failed:
	launcher_free(&d.launcher);
	conf_free(&conf);
	return fail(&e, code);
}
