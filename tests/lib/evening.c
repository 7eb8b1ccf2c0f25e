/* SPDX-License-Identifier: ISC
 * tests/lib/evening.c - starts the parts as milter/main.c does, and plays. */
#include "tests/lib/evening.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "control/ctl.h"
#include "journal/tally.h"
#include "policy/greylist.h"

static const char	settings[] =
    "local-domains = {\"example.com\"}\n"
    "local-networks = {\"127.0.0.0/8\"}\n"
    "journal = \"%s/journal.jsonl\"\n"
    "whitelist = {\"%s/whitelist\"}\n"
    "large-senders = \"\"\n"
    "recipients { file = \"%s/recipients\" }\n"
    "rule \"partner net\" { client = {\"60.0.1.0/24\"} action = accept }\n";

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "evening: %s\n", what);
	abort();
}

static int64_t
millis(void *arg)
{
	struct evening	*e = arg;

	return atomic_load(&e->now) * 1000;
}

static void
mistake(const char *sentence, void *arg)
{
	(void)arg;
	must(false, sentence);
}

static void
status(void *arg, struct json *object)
{
	(void)arg, (void)object;
}

static int
reload(void *arg, struct err *e)
{
	(void)arg, (void)e;
	return 0;
}

static FILE *
open_file(const struct evening *e, const char *name)
{
	char	path[128];
	FILE	*f;

	(void)snprintf(path, sizeof(path), "%s/%s", e->folder, name);
	f = fopen(path, "w");
	must(f != NULL, path);
	return f;
}

static void
write_files(const struct evening *e)
{
	FILE	*f = open_file(e, "recipients");

	for (int i = 0; i < WEEK_USERS; i++)
		(void)fprintf(f, "user%d@example.com\n", i);
	must(fclose(f) == 0, "recipients");
	f = open_file(e, "whitelist");
	(void)fputs("client 198.51.100.7\n", f);
	must(fclose(f) == 0, "whitelist");
}

static struct conf *
read_conf(const struct evening *e)
{
	struct conf	*conf;
	char		*text;
	int		 len = asprintf(&text, settings, e->folder, e->folder,
			     e->folder);

	must(len != -1, "memory");
	must(conf_read_text(text, (size_t)len, "", &conf, mistake, NULL) == 0,
	    "settings");
	free(text);
	return conf;
}

static void
open_policy(struct evening *e, struct prover *prover)
{
	struct conf			*conf = read_conf(e);
	struct recipients_sources	*sources;
	struct whitelist_files		*files;
	struct policy			*policy;
	struct policy_deps		 deps;
	struct err			 err = { "" };

	e->recipients = recipients_new(&(struct recipients_deps){
	    .store = e->store, .alarms = e->alarms,
	    .clock = { millis, e } });
	e->whitelist = whitelist_new(e->store);
	must(e->recipients != NULL && e->whitelist != NULL, "memory");
	must(recipients_read(e->recipients, conf, e->now, &sources, &err) == 0,
	    err.text);
	recipients_use(e->recipients, &sources);
	must(whitelist_read(conf, NULL, NULL, &files, &err) == 0, err.text);
	must(whitelist_use(e->whitelist, &files, e->now, &err) == 0, err.text);
	deps = (struct policy_deps){ .store = e->store, .crowd = e->crowd,
	    .alarms = e->alarms, .recipients = e->recipients,
	    .whitelist = e->whitelist, .prover = prover, .watch = e->watch };
	must(greylist_begin(&deps, &err) == 0, err.text);
	policy = policy_new(&conf, &deps);
	must(policy != NULL && (e->live = live_new(&policy)) != NULL,
	    "policy");
	e->first = live_ref(e->live);
}

static void
open_doors(struct evening *e)
{
	struct err		 err = { "" };
	struct control_deps	 deps = { .live = e->live, .store = e->store,
				     .journal = e->journal,
				     .alarms = e->alarms,
				     .recipients = e->recipients,
				     .whitelist = e->whitelist,
				     .watch = e->watch, .tally = e->tally,
				     .clock = { millis, e },
				     .first = policy_conf(e->first),
				     .started = WEEK_START, .arg = e,
				     .reload = reload, .status = status };

	must(keeper_start(&e->keeper, e->store, e->live, e->alarms, deps.clock,
	    &err) == 0, err.text);
	deps.keeper = e->keeper;
	must(control_open(&e->control, e->socket, &deps, &err) == 0, err.text);
	e->app = (struct app){ .live = e->live, .journal = e->journal,
	    .clock = deps.clock, .drain = drain_new(),
	    .counters = &e->counters, .alarms = e->alarms, .max_open = 1000,
	    .tally = e->tally };
}

struct evening *
evening_new(struct prover *prover)
{
	struct evening	*e = calloc(1, sizeof(*e));
	char		 state[80];
	struct store_conf sc = { .path = state };
	struct err	 err = { "" };

	must(e != NULL, "memory");
	(void)strcpy(e->folder, "/tmp/greygate-evening.XXXXXX");
	must(mkdtemp(e->folder) != NULL, "folder");
	(void)snprintf(e->socket, sizeof(e->socket), "%s/control.sock",
	    e->folder);
	(void)snprintf(e->journal_path, sizeof(e->journal_path),
	    "%s/journal.jsonl", e->folder);
	atomic_init(&e->now, WEEK_START);
	week_make(&e->week);
	write_files(e);
	e->alarms = alarms_new();
	e->crowd = crowd_new();
	e->watch = outbound_watch_new();
	(void)snprintf(state, sizeof(state), "%s/state", e->folder);
	must(mkdir(state, 0700) == 0, state);
	sc.alarms = e->alarms;
	must(store_open(&e->store, &sc, &err) == 0, err.text);
	must(journal_open(&e->journal, e->journal_path, e->alarms, &err) == 0,
	    err.text);
	e->tally = tally_new(e->store);
	must(e->tally != NULL, "memory");
	open_policy(e, prover);
	open_doors(e);
	return e;
}

void
evening_free(struct evening **out)
{
	struct evening	*e = *out;
	char		 command[96];

	control_close(&e->control);
	keeper_stop(&e->keeper);
	tally_free(&e->tally);
	journal_close(&e->journal);
	live_free(&e->live);
	recipients_free(&e->recipients);
	whitelist_free(&e->whitelist);
	outbound_watch_free(&e->watch);
	store_close(&e->store);
	policy_unref(&e->first);
	alarms_free(&e->alarms);
	crowd_free(&e->crowd);
	drain_free(&e->app.drain);
	week_free(&e->week);
	(void)snprintf(command, sizeof(command), "rm -r %s", e->folder);
	must(system(command) == 0, command);
	free(e->out);
	free(e->messages);
	free(e);
	*out = NULL;
}

/* SMTP up to the end of the message where it is let in. */
static struct answer
smtp(struct evening *e, const struct week_event *w)
{
	struct sockaddr_in	 sa = { .sin_family = AF_INET,
				     .sin_port = htons(25000),
				     .sin_addr.s_addr = htonl(w->client) };
	struct session_connect	 c = { .addr = (struct sockaddr *)&sa,
				     .client_name = "unknown" };
	struct session_mail	 m = { .path = w->sender, .auth = w->login };
	struct session_rcpt	 r = { .path = w->recipient, .queue = "4Xw1" };
	struct session		*s = session_new(&e->app);
	struct answer		 a;
	char			 name[SESSION_HEADER_SIZE];
	char			 value[SESSION_HEADER_SIZE];

	must(s != NULL, "memory");
	session_has_data(s, true);
	session_connect(s, &c);
	session_helo(s, "helo.example");
	session_mail(s, &m);
	a = session_rcpt(s, &r);
	if (a.kind == ANSWER_GO_ON) {
		a = session_data(s);
		session_header(s, "Subject", "a letter");
		(void)session_eom(s, "4Xw1", name, value);
	}
	session_free(&s);
	return a;
}

const char *
evening_try(struct evening *e, const struct week_event *w)
{
	static const char *const	words[] = {
		[ANSWER_GO_ON] = "pass", [ANSWER_DEFER] = "defer",
		[ANSWER_REJECT] = "reject",
	};

	return words[smtp(e, w).kind];
}

/* As logrotate does: each file one further, those behind the first compressed. */
static void
rotate(struct evening *e)
{
	char	command[512], from[128], to[128];

	journal_flush(e->journal);
	for (unsigned i = e->rotations; i > 0; i--) {
		(void)snprintf(from, sizeof(from), "%s.%u%s", e->journal_path,
		    i, i > 1 ? ".gz" : "");
		(void)snprintf(to, sizeof(to), "%s.%u%s", e->journal_path,
		    i + 1, i > 1 ? ".gz" : "");
		must(rename(from, to) == 0, from);
	}
	if (e->rotations > 0) {
		(void)snprintf(command, sizeof(command), "gzip %s.2",
		    e->journal_path);
		must(system(command) == 0, command);
	}
	(void)snprintf(to, sizeof(to), "%s.1", e->journal_path);
	must(rename(e->journal_path, to) == 0, "journal");
	must(journal_rotate(e->journal, NULL) == 0, "rotate");
	e->rotations++;
}

/* What the daemon's threads do meanwhile. */
static void
keep_house(struct evening *e, int64_t until)
{
	size_t	dropped;

	while (atomic_load(&e->now) / 3600 < until / 3600) {
		int64_t	hour = (atomic_load(&e->now) / 3600 + 1) * 3600;

		/* What was counted belongs to the hour that is over. */
		must(tally_flush(e->tally, hour - 1, NULL) == 0, "tally");
		atomic_store(&e->now, hour);
		must(keeper_sweep(e->keeper, &dropped, NULL) == 0, "sweep");
		journal_flush(e->journal);
		if (hour % 86400 == 0 && hour < WEEK_END)
			rotate(e);
	}
	atomic_store(&e->now, until);
}

void
evening_play(struct evening *e)
{
	for (size_t i = 0; i < e->week.n; i++) {
		const struct week_event	*w = &e->week.events[i];
		const char		*answer;

		keep_house(e, w->at);
		answer = evening_try(e, w);
		if (strncmp(w->word, answer, strlen(answer)) != 0 &&
		    e->wrong++ < 10)
			(void)fprintf(stderr, "%s to %s: %s, not %s\n",
			    w->sender, w->recipient, answer, w->word);
	}
	keep_house(e, WEEK_END);
	journal_flush(e->journal);
}

/* The next word of a command line, or NULL. */
static char *
next_word(char **rest)
{
	char	*word;

	if (*rest == NULL || **rest != '\'')
		return strsep(rest, " ");
	(*rest)++;
	word = strsep(rest, "'");
	if (*rest != NULL && **rest == ' ')
		(*rest)++;
	else
		*rest = NULL;
	return word;
}

int
evening_ask(struct evening *e, const char *line)
{
	char		*argv[40], *words = strdup(line), *rest = words;
	char		 name[] = "greyctl";
	int		 argc = 1, code;
	size_t		 len;
	struct ctl	 ctl = { .socket = e->socket,
			     .now = atomic_load(&e->now) };

	must(words != NULL, "memory");
	argv[0] = name;
	while (argc < 39 && (argv[argc] = next_word(&rest)) != NULL)
		argc++;
	argv[argc] = NULL;
	free(e->out);
	free(e->messages);
	ctl.out = open_memstream(&e->out, &len);
	ctl.messages = open_memstream(&e->messages, &len);
	must(ctl.out != NULL && ctl.messages != NULL, "memory");
	code = ctl_main(argc, argv, &ctl);
	(void)fclose(ctl.out);
	(void)fclose(ctl.messages);
	free(words);
	return code;
}

struct json *
evening_value(struct evening *e, const char *line)
{
	char	*whole;
	int	 code;

	must(asprintf(&whole, "--json %s", line) != -1, "memory");
	code = evening_ask(e, whole);
	free(whole);
	if (code != 0)
		(void)fprintf(stderr, "greyctl %s: exit %d: %s\n", line, code,
		    e->messages);
	return code != 0 ? NULL : json_parse(e->out, strlen(e->out), NULL);
}
