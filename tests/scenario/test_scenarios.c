/* SPDX-License-Identifier: ISC
 * tests/scenario/test_scenarios.c - plays the stories below this folder
 * against the whole filter without libmilter, on a clock that it turns.
 *
 *   conf TEXT...             a line of configuration, before the first event;
 *                            $LIST is the path of a file
 *   list ADDRESS...          what is in it from now on; "gone": it is removed
 *   client ADDR [NAME RESOLVE [PORT]]   a new connection; "local": none
 *   mta TEXT | no-data       what the MTA says of itself, before client
 *   helo NAME | login USER | cert SUBJECT | ISSUER [| VERIFY]
 *   from PATH                MAIL FROM; "<>" is the null sender
 *   rcpt-addr TEXT           what the MTA makes of the next paths of `to`
 *   to PATH -> VERDICT REASON [TIME] [rule NAME] [would VERDICT REASON]
 *       [by IDENTITY or entry, to the end of the line]
 *   data -> go-on | defer    eom -> header | no-header | defer
 *   mail PATH PATH -> ...    from, to; and if it passes data and eom
 *   wait [-]TIME | rset | quit | sweep | stop
 *   reload TEXT...           a configuration of one line, put in force
 *   restart                  another process on the same store
 *   named                    the same, with pseudonyms = true from now on
 *   spf DOMAIN ADDR... [softfail | neutral] | withdrawn | silent
 *                            whom its record authorises
 *   listed ZONE ADDR...      whom a DNS list has
 *   answers held | given     of what is asked for without waiting
 *   waited N                 how often somebody has waited for the DNS so far
 *   entry ENTRY | unlist ENTRY | grace ADDR TIME    live entries
 *   daemon NAME              {daemon_name} of the clients to come
 *   header NAME: VALUE       queue ID     of this message; of those to come
 *   learned OUTSIDE OURS [letters N] [answers N] [user LOGIN] [queue ID]
 *       [by IDENTITY...]     what is stored of them; "by none"
 *   learned none | OUTSIDE none | count N
 *   told OUTSIDE learned | OUTSIDE WHY | nothing    in the journal at the last eom,
 *                            or else "nothing"
 *   bounces OURS ORGANISATION -> expected | unexpected
 *   tls on | off             macro {NAME} VALUE     of the MTA
 *   records N                how many the store holds
 *   alarm NAME on | off
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <glob.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/json.h"
#include "milter/session.h"
#include "policy/greylist.h"
#include "policy/keeper.h"
#include "policy/rename.h"
#include "tests/scenario/played_dns.h"
#include "tests/scenario/played_names.h"
#include "tests/scenario/told_learned.h"

enum { WORDS = 40, START = 1700000000 };

struct player {
	const char	*file;
	int		 line;
	char		 conf[8192];
	int64_t		 now;			/* seconds */
	struct store	*store;
	struct crowd	*crowd;
	struct recipients *recipients;
	struct whitelist *whitelist;
	struct prover	 prover;
	struct alarms	*alarms;
	struct live	*live;
	struct journal	*journal;
	char		 journal_path[64], list_path[64];
	long		 read_upto;
	struct counters	 counters;
	struct app	 app;
	struct session	*session;
	char		 mta[64], login[64], rcpt_addr[64];
	char		 daemon[64], queue[64];
	char		 told[8192];		/* by the last end of message */
	char		 cert[3][64];		/* subject, issuer, verify */
	char		 macro[2][64];		/* name, value */
	bool		 tls;
	bool		 no_data;
	struct pseudonyms *names;		/* NULL: none */
	char		 key_path[64];
	char		*words[WORDS];
	char		*named[WORDS];		/* to be freed */
	int		 n;
};

#define STORY_FAIL(p, ...) do {						\
	print_error("%s:%d: ", (p)->file, (p)->line);			\
	print_error(__VA_ARGS__);					\
	fail();								\
} while (0)

static int64_t
turned_clock(void *arg)
{
	return ((struct player *)arg)->now * 1000;
}

static void
report(const char *sentence, void *arg)
{
	struct player	*p = arg;

	print_error("%s:%d: %s\n", p->file, p->line, sentence);
}

/* The text with the list's path in the place of $LIST. */
static char *
with_paths(struct player *p, const char *text)
{
	const char	*at = strstr(text, "$LIST");
	char		*out = NULL;

	assert_int_not_equal(at == NULL ? asprintf(&out, "%s", text) :
	    asprintf(&out, "%.*s%s%s", (int)(at - text), text, p->list_path,
	    at + strlen("$LIST")), -1);
	return out;
}

static struct policy *
make_policy(struct player *p, const char *text)
{
	struct recipients_sources	*sources;
	struct conf			*conf = NULL;
	struct policy			*policy;
	struct err			 e;
	char				*full = with_paths(p, text);

	if (conf_read_text(full, strlen(full), "story", &conf, report, p) != 0)
		STORY_FAIL(p, "the configuration is not taken\n");
	free(full);
	if (recipients_read(p->recipients, conf, p->now, &sources, &e) == -1)
		STORY_FAIL(p, "%s\n", e.text);
	recipients_use(p->recipients, &sources);
	policy = policy_new(&conf, &(struct policy_deps){
	    .store = p->store, .crowd = p->crowd, .alarms = p->alarms,
	    .recipients = p->recipients, .whitelist = p->whitelist,
	    .prover = &p->prover, .pseudonyms = p->names });
	assert_non_null(policy);
	return policy;
}

static void
make_recipients(struct player *p)
{
	p->recipients = recipients_new(&(struct recipients_deps){
	    .store = p->store, .alarms = p->alarms,
	    .pseudonyms = p->names,
	    .clock = { .millis = turned_clock, .arg = p } });
	assert_non_null(p->recipients);
	assert_int_equal(harvest_begin(recipients_harvest(p->recipients),
	    p->now, NULL), 0);
}

/* Without files, so that those of this machine do not matter. */
static void
make_whitelist(struct player *p)
{
	static const char	 text[] = "whitelist = {} large-senders = \"\"";
	struct whitelist_files	*files;
	struct conf		*conf = NULL;

	assert_int_equal(conf_read_text(text, strlen(text), "story", &conf,
	    report, p), 0);
	p->whitelist = whitelist_new(p->store);
	assert_non_null(p->whitelist);
	assert_int_equal(whitelist_read(conf, NULL, NULL, &files, NULL), 0);
	assert_int_equal(whitelist_use(p->whitelist, &files, p->now, NULL),
	    0);
	whitelist_drop(&files);
	conf_free(&conf);
}

static void
begin(struct player *p)
{
	struct store_conf	sc = { .path = NULL };
	struct policy		*policy;

	if (p->live != NULL)
		return;
	assert_int_equal(store_open(&p->store, &sc, NULL), 0);
	p->alarms = alarms_new();
	p->crowd = crowd_new();
	make_recipients(p);
	make_whitelist(p);
	policy = make_policy(p, p->conf);
	p->live = live_new(&policy);
	(void)snprintf(p->journal_path, sizeof(p->journal_path),
	    "/tmp/greygate-story.%d", (int)getpid());
	(void)unlink(p->journal_path);
	assert_int_equal(journal_open(&p->journal, p->journal_path, p->alarms,
	    NULL), 0);
	p->app = (struct app){ .live = p->live, .journal = p->journal,
	    .clock = { .millis = turned_clock, .arg = p },
	    .drain = drain_new(), .counters = &p->counters,
	    .alarms = p->alarms, .max_open = 1000 };
}

static void
end(struct player *p)
{
	session_free(&p->session);
	journal_close(&p->journal);
	live_free(&p->live);
	recipients_free(&p->recipients);
	whitelist_free(&p->whitelist);
	played_dns_release(&p->prover);
	store_close(&p->store);
	alarms_free(&p->alarms);
	crowd_free(&p->crowd);
	drain_free(&p->app.drain);
	(void)unlink(p->journal_path);
	(void)unlink(p->list_path);
}

static int64_t
seconds(struct player *p, const char *text)
{
	int64_t	sum = 0, sign = 1, n;
	char	*unit;

	if (*text == '-')
		sign = -1, text++;
	while (*text != '\0') {
		n = strtoll(text, &unit, 10);
		if (unit == text)
			STORY_FAIL(p, "not a time: %s\n", text);
		switch (*unit) {
		case 'd':
			n *= 24;	/* fallthrough */
		case 'h':
			n *= 60;	/* fallthrough */
		case 'm':
			n *= 60;	/* fallthrough */
		case 's':
			break;
		default:
			STORY_FAIL(p, "not a unit: %s\n", unit);
		}
		sum += n;
		text = unit + 1;
	}
	return sign * sum;
}

static struct session *
session(struct player *p)
{
	if (p->session == NULL)
		STORY_FAIL(p, "no client has connected\n");
	return p->session;
}

static void
connect_client(struct player *p, bool local)
{
	struct sockaddr_storage	 sa = { 0 };
	struct sockaddr_in	*v4 = (struct sockaddr_in *)&sa;
	struct sockaddr_in6	*v6 = (struct sockaddr_in6 *)&sa;
	in_port_t		 port = htons(p->n > 4 ?
				     (uint16_t)atoi(p->words[4]) : 25000);
	struct session_connect	 c = { .addr = (struct sockaddr *)&sa };

	if (local)
		c.addr = NULL;
	else if (inet_pton(AF_INET, p->words[1], &v4->sin_addr) == 1) {
		sa.ss_family = AF_INET;
		v4->sin_port = port;
	} else if (inet_pton(AF_INET6, p->words[1], &v6->sin6_addr) == 1) {
		sa.ss_family = AF_INET6;
		v6->sin6_port = port;
	} else
		STORY_FAIL(p, "not an address: %s\n", p->words[1]);
	c.client_name = p->n > 2 ? p->words[2] : NULL;
	c.client_resolve = p->n > 3 ? p->words[3] : NULL;
	c.mta = p->mta[0] ? p->mta : NULL;
	c.daemon_name = p->daemon[0] ? p->daemon : NULL;
	session_free(&p->session);
	p->session = session_new(&p->app);
	session_has_data(p->session, !p->no_data);
	session_connect(p->session, &c);
	session_helo(p->session, "helo.example");
}

static void
mail_from(struct player *p, const char *path)
{
	struct session_mail	m = { .path = path,
	    .auth = p->login[0] ? p->login : NULL,
	    .cert_subject = p->cert[0][0] ? p->cert[0] : NULL,
	    .cert_issuer = p->cert[1][0] ? p->cert[1] : NULL,
	    .verify = p->cert[2][0] ? p->cert[2] : NULL,
	    .tls_version = p->tls ? "TLSv1.3" : NULL };

	session_mail(session(p), &m);
}

/* What the journal has got since the last look. */
static size_t
new_text(struct player *p, char text[8192])
{
	size_t	len;
	FILE	*f;

	journal_flush(p->journal);
	f = fopen(p->journal_path, "r");
	assert_non_null(f);
	assert_int_equal(fseek(f, p->read_upto, SEEK_SET), 0);
	len = fread(text, 1, 8191, f);
	text[len] = '\0';
	p->read_upto += (long)len;
	(void)fclose(f);
	return len;
}

/* The one line that it must have got. */
static struct json *
new_line(struct player *p)
{
	char		 text[8192];
	size_t		 len = new_text(p, text);
	struct json	*j;
	struct err	 e;

	if (len == 0 || memchr(text, '\n', len) != text + len - 1)
		STORY_FAIL(p, "not one line in the journal but %zu bytes\n",
		    len);
	j = json_parse(text, len, &e);
	if (j == NULL)
		STORY_FAIL(p, "%s\n", e.text);
	return j;
}

static void
expect(struct player *p, const char *what, const char *got, const char *want)
{
	if (got == NULL || strcmp(got, want) != 0)
		STORY_FAIL(p, "%s is %s, not %s\n", what, got ? got : "null",
		    want);
}

/* The rest of the line is an identity, or an entry and what proves it. */
static void
expect_by(struct player *p, const struct json *line, int from)
{
	const char	*reason = json_get_text(line, "reason");
	char		 by[512] = "", *name = NULL;

	/* Who wrote is named as the record has it; entries are not. */
	if (p->names != NULL && strcmp(reason, "correspondent") == 0)
		name = names_correspondent(p->names, p->words[from]);
	for (int i = from; i < p->n; i++) {
		size_t used = strlen(by);

		(void)snprintf(by + used, sizeof(by) - used, "%s%s",
		    i > from ? " " : "", name != NULL && i == from ? name :
		    p->words[i]);
	}
	free(name);
	expect(p, "by", json_get_text(line, "by"), by);
}

/* Compares the words from `at` on ("-> VERDICT REASON ...") with the journal. */
static void
expect_line(struct player *p, int at, struct answer told)
{
	struct json	*j = new_line(p);
	char		 would[64];
	int64_t		 time;

	if (at + 2 >= p->n || strcmp(p->words[at], "->") != 0)
		STORY_FAIL(p, "\"-> VERDICT REASON\" is missing\n");
	expect(p, "verdict", json_get_text(j, "verdict"), p->words[at + 1]);
	expect(p, "reason", json_get_text(j, "reason"), p->words[at + 2]);
	for (int i = at + 3; i < p->n; i++)
		if (strcmp(p->words[i], "by") == 0 && i + 1 < p->n) {
			expect_by(p, j, i + 1);
			break;
		} else if (strcmp(p->words[i], "rule") == 0 &&
		    i + 1 < p->n) {
			expect(p, "rule", json_get_text(j, "rule"),
			    p->words[++i]);
		} else if (strcmp(p->words[i], "would") == 0 &&
		    i + 2 < p->n) {
			(void)snprintf(would, sizeof(would), "%s %s",
			    p->words[i + 1], p->words[i + 2]);
			expect(p, "would", json_get_text(j, "would"), would);
			i += 2;
		} else {
			time = json_has_int(j, "wait") ?
			    json_get_int(j, "wait") :
			    json_get_int(j, "delayed");
			if (time != seconds(p, p->words[i]))
				STORY_FAIL(p, "wait or delayed is %d s, not "
				    "%s\n", (int)time, p->words[i]);
		}
	/* What the MTA was told agrees, but for a defer that is held. */
	expect(p, "answer", told.kind == ANSWER_GO_ON ? "pass" :
	    told.kind == ANSWER_DEFER ? "defer" : "reject",
	    strcmp(p->words[at + 2], "held") == 0 ? "pass" :
	    p->words[at + 1]);
	json_free(&j);
}

static const char *
macro_of(void *arg, const char *name)
{
	const struct player	*p = arg;

	return strcmp(name, p->macro[0]) == 0 ? p->macro[1] : NULL;
}

static struct answer
rcpt_to(struct player *p, const char *path, int arrow)
{
	struct session_rcpt	r = { .path = path,
	    .address = p->rcpt_addr[0] ? p->rcpt_addr : NULL,
	    .queue = p->queue[0] ? p->queue : NULL,
	    .macro = macro_of, .macro_arg = p };
	struct answer		a = session_rcpt(session(p), &r);

	expect_line(p, arrow, a);
	return a;
}

static void
expect_answer(struct player *p, struct answer a, const char *otherwise)
{
	const char	*want = p->n == 3 ? p->words[2] : "";

	expect(p, "answer", a.kind == ANSWER_GO_ON ? otherwise :
	    a.kind == ANSWER_DEFER ? "defer" : "reject", want);
}

static void
end_of_message(struct player *p, bool check)
{
	char		name[SESSION_HEADER_SIZE], value[SESSION_HEADER_SIZE];
	struct answer	a = session_eom(session(p), p->queue[0] ? p->queue :
			    NULL, name, value);

	(void)new_text(p, p->told);
	if (check)
		expect_answer(p, a, value[0] ? "header" : "no-header");
	session_end_message(p->session);
}

static void
sweep(struct player *p)
{
	struct keeper_stats	stats = { 0 };
	struct err		e;

	while (keeper_turn(p->store, p->live, p->alarms, p->now, &stats,
	    &e) == 1)
		continue;
}

static void
reload(struct player *p, const char *text)
{
	struct policy	*next = make_policy(p, text);

	live_swap(p->live, &next);
}

static void
restart(struct player *p)
{
	struct policy_deps	 deps = { .store = p->store };
	struct policy		*policy;

	session_free(&p->session);
	crowd_free(&p->crowd);
	deps.crowd = p->crowd = crowd_new();
	live_free(&p->live);
	recipients_free(&p->recipients);
	make_recipients(p);
	whitelist_free(&p->whitelist);
	make_whitelist(p);
	assert_int_equal(greylist_begin(&deps, NULL), 0);
	policy = make_policy(p, p->conf);
	p->live = live_new(&policy);
	p->app.live = p->live;
}

static void	make_names(struct player *p);

/* What is stored gets pseudonyms. */
static void
begin_names(struct player *p)
{
	struct renamed	done;
	struct err	e;

	if (p->names == NULL)
		make_names(p);
	if (rename_state(p->store, p->names, p->now, &done, &e) == -1)
		STORY_FAIL(p, "%s\n", e.text);
	restart(p);
}

/* The file of valid recipients as it is from now on, seen at once. */
static void
write_list(struct player *p)
{
	bool	 gone = p->n == 2 && strcmp(p->words[1], "gone") == 0;
	FILE	*f = fopen(p->list_path, "w");

	assert_non_null(f);
	for (int i = 1; i < p->n; i++)
		(void)fprintf(f, "%s\n", p->words[i]);
	(void)fclose(f);
	if (gone)
		(void)unlink(p->list_path);
	for (int i = 0; p->recipients != NULL && i < 2; i++)
		recipients_tend(p->recipients, p->now);
}

static void
expect_records(struct player *p)
{
	struct store_stats	stats;

	store_stats(p->store, &stats);
	if (stats.records != strtoull(p->words[1], NULL, 10))
		STORY_FAIL(p, "%llu records, not %s\n",
		    (unsigned long long)stats.records, p->words[1]);
}

static void
expect_alarm(struct player *p)
{
	int	kind = 0;

	while (kind < ALARM_KINDS &&
	    strcmp(alarm_name((enum alarm_kind)kind), p->words[1]) != 0)
		kind++;
	if (kind == ALARM_KINDS)
		STORY_FAIL(p, "no such alarm: %s\n", p->words[1]);
	expect(p, p->words[1], alarm_get(p->alarms,
	    (enum alarm_kind)kind).raised ? "on" : "off", p->words[2]);
}

/* "cert SUBJECT | ISSUER | VERIFY" */
static void
set_cert(struct player *p, const char *rest)
{
	memset(p->cert, 0, sizeof(p->cert));
	(void)sscanf(rest, "%63[^|]| %63[^|]| %63s", p->cert[0], p->cert[1],
	    p->cert[2]);
	for (int i = 0; i < 3; i++)
		for (size_t n = strlen(p->cert[i]); n > 0 &&
		    p->cert[i][n - 1] == ' '; n--)
			p->cert[i][n - 1] = '\0';
}

/* "entry ...", "unlist ...", "grace ADDR TIME" */
static bool
play_entry(struct player *p, const char *verb, const char *rest)
{
	char			text[200];
	bool			replaced;
	struct err		e = { "there is no such entry" };
	struct whitelist_add	add = { .text = rest, .note = "", .who = "story",
				    .expires = INT64_MAX };

	if (strcmp(verb, "unlist") == 0) {
		if (whitelist_remove(p->whitelist, rest, &e) != 1)
			STORY_FAIL(p, "%s\n", e.text);
		return true;
	}
	if (strcmp(verb, "grace") == 0) {
		(void)snprintf(text, sizeof(text), "grace %s", p->words[1]);
		add.text = text;
		add.expires = p->now + seconds(p, p->words[2]);
	} else if (strcmp(verb, "entry") != 0)
		return false;
	if (whitelist_add(p->whitelist, &add, p->now, &replaced, &e) == -1)
		STORY_FAIL(p, "%s\n", e.text);
	return true;
}

/* What others know of clients and domains. */
static bool
play_dns(struct player *p, const char *verb, const char *rest)
{
	if (strcmp(verb, "spf") == 0 || strcmp(verb, "listed") == 0)
		played_dns_tell(&p->prover, p->words, p->n);
	else if (strcmp(verb, "answers") != 0 && strcmp(verb, "waited") != 0)
		return false;
	else if (strcmp(verb, "waited") == 0) {
		if (p->prover.waited != strtoul(rest, NULL, 10))
			STORY_FAIL(p, "waited %u times, not %s\n",
			    p->prover.waited, rest);
	} else if (strcmp(rest, "held") == 0)
		p->prover.hold = true;
	else
		played_dns_release(&p->prover);
	return true;
}

/* The lines of the last end of message: is there one of this recipient, and what
 * does it say? */
static void
expect_told(struct player *p)
{
	const char	*says = "nothing";
	char		 copy[sizeof(p->told)], *save;
	struct json	*j;
	char		 event[64];

	if (strcmp(p->words[1], "nothing") == 0 && p->n == 2) {
		expect(p, "the journal", p->told, "");
		return;
	}
	memcpy(copy, p->told, sizeof(copy));
	for (char *line = strtok_r(copy, "\n", &save); line != NULL;
	    line = strtok_r(NULL, "\n", &save)) {
		j = json_parse(line, strlen(line), NULL);
		assert_non_null(j);
		if (strcmp(json_get_text(j, "recipient"), p->words[1]) == 0) {
			(void)snprintf(event, sizeof(event), "%s",
			    json_get_text(j, json_get_text(j, "why") != NULL ?
			    "why" : "event"));
			says = event;
		}
		json_free(&j);
	}
	expect(p, p->words[1], says, p->n == 3 ? p->words[2] : "");
}

/* What outbound mail has taught. */
static bool
play_learning(struct player *p, const char *verb, const char *rest)
{
	struct err	e;
	char		name[64];

	if (strcmp(verb, "daemon") == 0)
		(void)snprintf(p->daemon, sizeof(p->daemon), "%s", rest);
	else if (strcmp(verb, "queue") == 0)
		(void)snprintf(p->queue, sizeof(p->queue), "%s", rest);
	else if (strcmp(verb, "header") == 0 && strchr(rest, ':') != NULL) {
		(void)snprintf(name, sizeof(name), "%.*s",
		    (int)strcspn(rest, ":"), rest);
		session_header(session(p), name, strchr(rest, ':') + 1);
	} else if (strcmp(verb, "learned") == 0) {
		if (!told_learned(p->store, p->now, p->words, p->n, &e))
			STORY_FAIL(p, "%s\n", e.text);
	} else if (strcmp(verb, "bounces") == 0 && p->n == 5)
		expect(p, "a bounce", learned_expects_bounce(p->store,
		    p->words[1], p->words[2], p->now, NULL) == 1 ? "expected" :
		    "unexpected", p->words[4]);
	else if (strcmp(verb, "told") == 0)
		expect_told(p);
	else
		return false;
	return true;
}

static bool
play_setting(struct player *p, const char *verb, const char *rest)
{
	if (strcmp(verb, "login") == 0)
		(void)snprintf(p->login, sizeof(p->login), "%s", rest);
	else if (strcmp(verb, "rcpt-addr") == 0)
		(void)snprintf(p->rcpt_addr, sizeof(p->rcpt_addr), "%s", rest);
	else if (strcmp(verb, "cert") == 0)
		set_cert(p, rest);
	else if (strcmp(verb, "mta") == 0)
		(void)snprintf(p->mta, sizeof(p->mta), "%s", rest);
	else if (strcmp(verb, "tls") == 0)
		p->tls = strcmp(rest, "on") == 0;
	else if (strcmp(verb, "macro") == 0)
		(void)sscanf(rest, "%63s %63s", p->macro[0], p->macro[1]);
	else if (strcmp(verb, "no-data") == 0)
		p->no_data = true;
	else if (strcmp(verb, "wait") == 0)
		p->now += seconds(p, rest);
	else if (strcmp(verb, "sweep") == 0)
		sweep(p);
	else if (strcmp(verb, "reload") == 0)
		reload(p, rest);
	else if (strcmp(verb, "restart") == 0)
		restart(p);
	else if (strcmp(verb, "named") == 0)
		begin_names(p);
	else if (strcmp(verb, "stop") == 0)
		drain_stop(p->app.drain);
	else if (strcmp(verb, "records") == 0)
		expect_records(p);
	else if (strcmp(verb, "alarm") == 0)
		expect_alarm(p);
	else
		return false;
	return true;
}

static void
play_event(struct player *p, const char *verb, const char *rest)
{
	if (strcmp(verb, "client") == 0)
		connect_client(p, strcmp(p->words[1], "local") == 0);
	else if (strcmp(verb, "helo") == 0)
		session_helo(session(p), rest);
	else if (strcmp(verb, "from") == 0)
		mail_from(p, rest);
	else if (strcmp(verb, "to") == 0)
		(void)rcpt_to(p, p->words[1], 2);
	else if (strcmp(verb, "data") == 0)
		expect_answer(p, session_data(session(p)), "go-on");
	else if (strcmp(verb, "eom") == 0)
		end_of_message(p, true);
	else if (strcmp(verb, "rset") == 0)
		session_end_message(session(p));
	else if (strcmp(verb, "quit") == 0)
		session_free(&p->session);
	else if (strcmp(verb, "mail") == 0) {
		mail_from(p, p->words[1]);
		if (rcpt_to(p, p->words[2], 3).kind != ANSWER_GO_ON)
			session_end_message(session(p));
		else if (session_data(session(p)).kind == ANSWER_GO_ON)
			end_of_message(p, false);
	} else
		STORY_FAIL(p, "what is \"%s\"?\n", verb);
}

static void
play_line(struct player *p, char *line)
{
	char		 copy[1024];
	const char	*rest;

	line[strcspn(line, "\n")] = '\0';
	(void)snprintf(copy, sizeof(copy), "%s", line);
	p->n = 0;
	for (char *w = strtok(line, " \t"); w != NULL && p->n < WORDS;
	    w = strtok(NULL, " \t"))
		p->words[p->n++] = w;
	if (p->n == 0 || p->words[0][0] == '#')
		return;
	for (int i = 1; i < p->n && (strcmp(p->words[0], "learned") == 0 ||
	    strcmp(p->words[0], "told") == 0 ||
	    strcmp(p->words[0], "bounces") == 0); i++) {
		char *as = names_word(p->names, p->words[i],
		    strcmp(p->words[i - 1], "user") == 0);

		if (as != p->words[i])
			p->words[i] = p->named[i] = as;
	}
	rest = copy + strspn(copy, " \t") + strlen(p->words[0]);
	rest += strspn(rest, " \t");
	if (strcmp(p->words[0], "conf") == 0) {
		strncat(p->conf, rest, sizeof(p->conf) - strlen(p->conf) - 2);
		strcat(p->conf, "\n");
		return;
	}
	if (strcmp(p->words[0], "list") == 0) {
		write_list(p);
		return;
	}
	begin(p);
	if (!play_setting(p, p->words[0], rest) &&
	    !play_entry(p, p->words[0], rest) &&
	    !play_dns(p, p->words[0], rest) &&
	    !play_learning(p, p->words[0], rest))
		play_event(p, p->words[0], rest);
}

static void
make_names(struct player *p)
{
	static const char	key[] = "0123456789abcdef0123456789abcdef";
	struct err		e;
	int			fd;

	(void)snprintf(p->key_path, sizeof(p->key_path),
	    "/tmp/greygate-story-key.%d", (int)getpid());
	/* The same key each time: places in the state follow from names. */
	fd = open(p->key_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd == -1 || write(fd, key, sizeof(key) - 1) != sizeof(key) - 1 ||
	    close(fd) == -1 ||
	    pseudonyms_open(&p->names, p->key_path, &e) == -1)
		STORY_FAIL(p, "the key\n");
}

/* No local part in any record or line. */
static void
check_names(struct player *p)
{
	bool	kept = true;

	journal_flush(p->journal);
	assert_int_equal(store_walk(p->store, "", 0, names_check_record, &kept,
	    NULL), 0);
	if (!kept || !names_check_journal(p->journal_path))
		STORY_FAIL(p, "an address is kept\n");
}

static void
play_story(const char *file, bool named)
{
	struct player	p = { .file = file, .now = START };
	char		line[1024];
	FILE		*f = fopen(p.file, "r");

	assert_non_null(f);
	if (named)
		make_names(&p);
	(void)snprintf(p.list_path, sizeof(p.list_path),
	    "/tmp/greygate-story-list.%d", (int)getpid());
	for (p.line = 1; fgets(line, sizeof(line), f) != NULL; p.line++) {
		play_line(&p, line);
		for (int i = 0; i < WORDS; i++)
			free(p.named[i]);
		memset(p.named, 0, sizeof(p.named));
	}
	(void)fclose(f);
	if (p.live == NULL)
		STORY_FAIL(&p, "nothing happens in this story\n");
	if (named)
		check_names(&p);
	pseudonyms_free(&p.names);
	(void)unlink(p.key_path);
	end(&p);
}

static void
play(void **state)
{
	play_story(*state, false);
}

/* The same verdicts with pseudonyms = true. */
static void
play_named(void **state)
{
	play_story(*state, true);
}

int
main(void)
{
	struct CMUnitTest	*tests;
	glob_t			 found;
	int			 failed;

	if (glob("tests/scenario/*.txt", 0, NULL, &found) != 0)
		return 1;
	tests = calloc(2 * found.gl_pathc, sizeof(*tests));
	for (size_t i = 0; i < 2 * found.gl_pathc; i++)
		tests[i] = (struct CMUnitTest){
		    .name = found.gl_pathv[i % found.gl_pathc],
		    .test_func = i < found.gl_pathc ? play : play_named,
		    .initial_state = found.gl_pathv[i % found.gl_pathc] };
	failed = _cmocka_run_group_tests("scenarios", tests,
	    2 * found.gl_pathc, NULL, NULL);
	free(tests);
	globfree(&found);
	return failed;
}
