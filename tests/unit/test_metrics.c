/* SPDX-License-Identifier: ISC
 * tests/unit/test_metrics.c - what /metrics and /healthz say, what is made of
 * it under etc/, and that each alarm is in all places. Runs in the project's
 * root. */
#include <arpa/inet.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include <yaml.h>

#include "base/endpoint.h"
#include "control/http.h"
#include "control/metrics.h"
#include "identity/prover.h"
#include "tests/lib/control_fixture.h"

enum { TEXT_MAX = 524288 };

#define SOURCE	"local-domains = {\"example.com\"}\n"			\
	"recipients { file = \"~/users\" }\n"

static int64_t	blind;			/* what status tells */

static void
status(void *arg, struct json *object)
{
	static const int	limits[] = { 100, 5000, -1 };
	struct json		*times = json_new_object();
	struct json		*buckets = json_new_array(), *one;
	struct json		*decisions = json_new_object();
	struct json		*defer = json_new_object();

	(void)arg;
	for (int i = 0; i < 3; i++) {
		one = json_new_object();
		if (limits[i] == -1)
			json_add_null(one, "limit");
		else
			json_add_int(one, "limit", limits[i]);
		json_add_int(one, "count", i + 1);
		json_push(buckets, one);
	}
	json_add(times, "buckets", buckets);
	json_add_int(times, "micros", 12345678);
	json_add(object, "times", times);
	json_add_int(defer, "new", 3);
	json_add(decisions, "defer", defer);
	json_add(object, "decisions", decisions);
	json_add_int(object, "blind", blind);
}

/* The fixture with what else a daemon has. */
struct scene {
	struct fixture	*f;
	struct prover	*prover;
	struct control_deps deps;
};

static int
set_up(void **state)
{
	struct scene		*s = calloc(1, sizeof(*s));
	struct prover_conf	 pc = { .launcher = NULL };

	s->f = fixture_new();
	pc.clock = s->f->deps.clock;
	pc.alarms = s->f->alarms;
	blind = 0;
	s->deps = s->f->deps;
	s->deps.status = status;
	*state = s;
	if (prover_new(&s->prover, &pc, NULL) == -1)
		return -1;
	s->deps.prover = s->prover;
	fixture_write(s->f, "users", "bob@example.com\n");
	fixture_configure(s->f, SOURCE);
	return 0;
}

static int
tear_down(void **state)
{
	struct scene	*s = *state;

	prover_free(&s->prover);
	fixture_free(&s->f);
	free(s);
	return 0;
}

static char *
text_of(struct scene *s)
{
	size_t	len;
	char	*text = metrics_text(&s->deps, s->f->now, &len);

	assert_non_null(text);
	assert_int_equal(strlen(text), len);
	return text;
}

static void
has(const char *text, const char *line)
{
	char	whole[300];

	(void)snprintf(whole, sizeof(whole), "\n%s\n", line);
	if (strstr(text, whole) == NULL)
		fail_msg("no line \"%s\" in: %s", line, text);
}

static char *
slurp(const char *file)
{
	FILE	*in = fopen(file, "r");
	char	*text = calloc(1, TEXT_MAX);

	if (in == NULL || text == NULL)
		fail_msg("%s: not there; run in the project's root", file);
	assert_in_range(fread(text, 1, TEXT_MAX - 1, in), 1, TEXT_MAX - 2);
	(void)fclose(in);
	return text;
}

static void
facts_become_lines(void **state)
{
	static const char *const lines[] = {
		"greygate_decisions_total{verdict=\"defer\",reason=\"new\"} 3",
		"greygate_decisions_total{verdict=\"pass\",reason=\"retried\"} 0",
		"greygate_decision_seconds_bucket{le=\"0.000100\"} 1",
		"greygate_decision_seconds_bucket{le=\"0.005000\"} 3",
		"greygate_decision_seconds_bucket{le=\"+Inf\"} 6",
		"greygate_decision_seconds_sum 12.345678",
		"greygate_decision_seconds_count 6",
		"greygate_store_records_limit 20000000",
		"greygate_dns_up 1",
		"greygate_alarm{kind=\"journal\"} 1",
		"greygate_alarm_times{kind=\"journal\"} 2",
		"greygate_alarm{kind=\"store\"} 0",
		"greygate_source_up{source=\"list:file\"} 1",
	};
	struct scene	*s = *state;
	char		*text;

	alarm_raise(s->f->alarms, ALARM_JOURNAL, s->f->now, "a disk");
	alarm_raise(s->f->alarms, ALARM_JOURNAL, s->f->now, "a disk");
	text = text_of(s);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		has(text, lines[i]);
	assert_null(strstr(text, "store-error\"} -"));
	free(text);
}

static void
names_of_sources_cannot_end_their_label(void **state)
{
	struct scene	*s = *state;
	char		*text;

	fixture_configure(s->f, "local-domains = {\"example.com\"}\n"
	    "recipients { list \"a} \xc3\xa9\" { file = \"~/users\" } }\n");
	text = text_of(s);
	has(text, "greygate_source_up{source=\"list:a} \\\\xc3\\\\xa9\"} 1");
	free(text);
}

static void
each_alarm_is_in_the_manual_the_metrics_and_the_rules(void **state)
{
	struct scene	*s = *state;
	char		*text = text_of(s), *manual = slurp("man/greygate.8");
	char		*rules = slurp("etc/prometheus-rules.yml");
	char		*from = strstr(manual, "\n.Sh ALARMS"), *to;
	char		 part[100];

	assert_non_null(from);
	to = strstr(from + 1, "\n.Sh ");
	assert_non_null(to);
	*to = '\0';
	for (int k = 0; k < ALARM_KINDS; k++) {
		const char *name = alarm_name((enum alarm_kind)k);

		assert_non_null(name);
		(void)snprintf(part, sizeof(part), "\n.It Sy %s\n", name);
		if (strstr(from, part) == NULL)
			fail_msg("greygate(8), ALARMS, lacks %s", name);
		(void)snprintf(part, sizeof(part),
		    "\ngreygate_alarm{kind=\"%s\"} 0\n", name);
		if (strstr(text, part) == NULL)
			fail_msg("/metrics lacks %s", name);
		(void)snprintf(part, sizeof(part),
		    " greygate_alarm{kind=\"%s\"} == 1\n", name);
		if (strstr(rules, part) == NULL)
			fail_msg("etc/prometheus-rules.yml lacks %s", name);
	}
	free(rules);
	free(manual);
	free(text);
}

/* Every name of ours in an expression is one that is told; how many. */
static size_t
names_exist(const char *expr, const char *text, const char *where)
{
	regex_t		re;
	regmatch_t	m;
	char		name[100];
	size_t		n = 0;

	assert_int_equal(regcomp(&re, "greygate_[a-z_]*", REG_EXTENDED), 0);
	for (; regexec(&re, expr, 1, &m, 0) == 0; expr += m.rm_eo, n++) {
		(void)snprintf(name, sizeof(name), "\n%.*s",
		    (int)(m.rm_eo - m.rm_so), expr + m.rm_so);
		for (const char *at = text; ; at++) {
			at = strstr(at, name);
			if (at == NULL)
				fail_msg("%s: nothing is called%s", where,
				    name);
			if (strchr(" {", at[strlen(name)]) != NULL)
				break;
		}
	}
	regfree(&re);
	return n;
}

static const char *
scalar(const yaml_node_t *n)
{
	return n != NULL && n->type == YAML_SCALAR_NODE ?
	    (const char *)n->data.scalar.value : NULL;
}

static const yaml_node_t *
member(yaml_document_t *doc, const yaml_node_t *map, const char *key)
{
	assert_int_equal(map->type, YAML_MAPPING_NODE);
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start;
	    p < map->data.mapping.pairs.top; p++)
		if (strcmp(scalar(yaml_document_get_node(doc, p->key)), key)
		    == 0)
			return yaml_document_get_node(doc, p->value);
	return NULL;
}

static void
check_rule(yaml_document_t *doc, const yaml_node_t *rule, const char *text)
{
	const char	*alert = scalar(member(doc, rule, "alert"));
	const char	*expr = scalar(member(doc, rule, "expr"));
	const yaml_node_t *notes = member(doc, rule, "annotations");
	const yaml_node_t *labels = member(doc, rule, "labels");

	assert_non_null(alert);
	if (expr == NULL || notes == NULL || labels == NULL ||
	    scalar(member(doc, notes, "summary")) == NULL ||
	    scalar(member(doc, notes, "description")) == NULL ||
	    scalar(member(doc, labels, "severity")) == NULL)
		fail_msg("%s: no expression, or nothing to read", alert);
	assert_true(names_exist(expr, text, alert) > 0);
}

static void
rules_ask_for_what_is_told(void **state)
{
	struct scene	*s = *state;
	char		*text = text_of(s);
	FILE		*in = fopen("etc/prometheus-rules.yml", "r");
	const yaml_node_t *groups, *rules;
	yaml_parser_t	 parser;
	yaml_document_t	 doc;
	int		 n = 0;

	assert_non_null(in);
	assert_true(yaml_parser_initialize(&parser));
	yaml_parser_set_input_file(&parser, in);
	if (!yaml_parser_load(&parser, &doc))
		fail_msg("line %zu: %s", parser.problem_mark.line + 1,
		    parser.problem);
	groups = member(&doc, yaml_document_get_root_node(&doc), "groups");
	for (yaml_node_item_t *g = groups->data.sequence.items.start;
	    g < groups->data.sequence.items.top; g++) {
		rules = member(&doc, yaml_document_get_node(&doc, *g),
		    "rules");
		for (yaml_node_item_t *r = rules->data.sequence.items.start;
		    r < rules->data.sequence.items.top; r++, n++)
			check_rule(&doc, yaml_document_get_node(&doc, *r),
			    text);
	}
	assert_in_range(n, ALARM_KINDS + 7, 200);
	yaml_document_delete(&doc);
	yaml_parser_delete(&parser);
	(void)fclose(in);
	free(text);
}

static void
dashboard_shows_what_is_told(void **state)
{
	struct scene		*s = *state;
	char			*text = text_of(s);
	char			*file = slurp("etc/grafana-dashboard.json");
	struct err		 e = { "" };
	struct json		*o = json_parse(file, strlen(file), &e);
	const struct json	*panels = json_get(o, "panels");

	if (o == NULL)
		fail_msg("%s", e.text);
	assert_in_range(json_length(panels), 8, 100);
	for (size_t i = 0; i < json_length(panels); i++) {
		const struct json *p = json_at(panels, i);
		const struct json *targets = json_get(p, "targets");

		assert_true(json_length(targets) > 0);
		for (size_t t = 0; t < json_length(targets); t++)
			assert_true(names_exist(json_get_text(json_at(targets,
			    t), "expr"), text, json_get_text(p, "title")) > 0);
	}
	json_free(&o);
	free(file);
	free(text);
}

static void
expect_health(struct scene *s, bool want_red, const char *says)
{
	bool	red = !want_red;
	size_t	len;
	char	*text = metrics_health(&s->deps, s->f->now, &red, &len);

	assert_non_null(text);
	if (red != want_red || strstr(text, says) == NULL)
		fail_msg("red %d: %s", red, text);
	free(text);
}

static void
health_is_red_only_when_mail_is_not_judged(void **state)
{
	struct scene	*s = *state;
	int64_t		 now = s->f->now;

	expect_health(s, false, "ok\n");
	for (int k = 0; k < ALARM_KINDS; k++)
		if (k != ALARM_STORE)
			alarm_raise(s->f->alarms, (enum alarm_kind)k, now,
			    "something");
	expect_health(s, false, "ok\n");
	fixture_configure(s->f, "recipients { on-directory-failure = pass }\n");
	expect_health(s, false, "ok\n");
	alarm_raise(s->f->alarms, ALARM_DIRECTORY, now, "something");
	expect_health(s, true, "recipients pass unchecked "
	    "(on-directory-failure = pass): something\n");
	alarm_clear(s->f->alarms, ALARM_DIRECTORY);
	expect_health(s, false, "ok\n");
	alarm_raise(s->f->alarms, ALARM_STORE, now, "a full disk");
	expect_health(s, true, "passes unjudged (on-error = pass), the state "
	    "is not usable: a full disk\n");
	fixture_configure(s->f, "on-error = defer\n");
	expect_health(s, true, "deferred unjudged (on-error = defer), the "
	    "state is not usable: a full disk\n");
	alarm_clear(s->f->alarms, ALARM_STORE);
	blind = now - 59;
	expect_health(s, true, "within the last minute");
	blind = now - 60;
	expect_health(s, false, "ok\n");
}

static void
endpoints_are_addresses_with_a_port(void **state)
{
	static const struct { const char *text, *says; } rows[] = {
		{ "127.0.0.1:9117", NULL }, { "[::1]:1", NULL }, { "", NULL },
		{ "192.0.2.1:65535", NULL },
		{ "127.0.0.1", "neither" }, { "::1:80", "port" },
		{ "[::1]", "neither" }, { "127.0.0.1:0", "port" },
		{ "127.0.0.1:65536", "port" }, { "127.0.0.1:+1", "port" },
		{ "127.0.0.1:9117x", "port" }, { "127.0.0.1:", "port" },
		{ "localhost:9117", "no IPv4 address" },
		{ "[127.0.0.1]:9117", "no IPv6 address" },
		{ "0.0.0.0:9117", "name one" }, { "[::]:9117", "name one" },
		{ "127.0.0.1:99999999999999999999", "port" },
	};
	struct endpoint	ep;
	struct err	e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int rc = endpoint_parse(rows[i].text, &ep, &e);

		if ((rc == 0) != (rows[i].says == NULL) || (rc == -1 &&
		    strstr(e.text, rows[i].says) == NULL))
			fail_msg("%s: %d %s", rows[i].text, rc,
			    rc == -1 ? e.text : "");
	}
	assert_int_equal(endpoint_parse("", &ep, &e), 0);
	assert_int_equal(ep.len, 0);
}

/* A socket that listens on a free port; where it is. */
static int
take_port(char where[40], struct sockaddr_in *sin)
{
	socklen_t	len = sizeof(*sin);
	int		fd = socket(AF_INET, SOCK_STREAM, 0);

	*sin = (struct sockaddr_in){ .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	assert_int_equal(bind(fd, (struct sockaddr *)sin, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)sin, &len), 0);
	(void)snprintf(where, 40, "127.0.0.1:%d", ntohs(sin->sin_port));
	return fd;
}

static int
dial(const struct sockaddr_in *sin)
{
	int	fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (const struct sockaddr *)sin,
	    sizeof(*sin)), 0);
	return fd;
}

/* What is answered to a request; the status line and all that follows. */
static void
get(const struct sockaddr_in *sin, const char *request, char *out, size_t size)
{
	int	fd = dial(sin);
	size_t	used = 0;
	ssize_t	n;

	assert_int_equal(write(fd, request, strlen(request)),
	    strlen(request));
	while (used < size - 1 && (n = read(fd, out + used, size - 1 - used)) >
	    0)
		used += (size_t)n;
	out[used] = '\0';
	(void)close(fd);
}

static void
port_that_is_taken_is_an_alarm_until_it_is_free(void **state)
{
	struct scene		*s = *state;
	char			 where[40], reply[65536];
	struct sockaddr_in	 sin;
	int			 fd = take_port(where, &sin);
	struct metrics		*m = metrics_new(where, &s->deps);
	struct alarm_state	 a;

	assert_non_null(m);
	metrics_tend(m, s->f->now);
	a = alarm_get(s->f->alarms, ALARM_METRICS);
	assert_true(a.raised);
	assert_non_null(strstr(a.sentence.text, where));
	(void)close(fd);
	metrics_tend(m, s->f->now + 1);
	assert_true(alarm_get(s->f->alarms, ALARM_METRICS).raised);
	metrics_tend(m, s->f->now + 30);
	assert_false(alarm_get(s->f->alarms, ALARM_METRICS).raised);
	get(&sin, "GET /healthz HTTP/1.0\r\n\r\n", reply, sizeof(reply));
	fixture_has(reply, "200 OK");
	fixture_has(reply, "\r\n\r\nok\n");
	metrics_free(&m);
}

static void
only_two_pages_are_there_and_only_to_be_read(void **state)
{
	static const struct { const char *request, *status; } rows[] = {
		{ "GET /metrics HTTP/1.0\r\n\r\n", " 200 " },
		{ "HEAD /metrics HTTP/1.0\r\n\r\n", " 200 " },
		{ "GET /metrics?x=1 HTTP/1.0\r\n\r\n", " 200 " },
		{ "GET / HTTP/1.0\r\n\r\n", " 404 " },
		{ "GET /metrics/ HTTP/1.0\r\n\r\n", " 404 " },
		{ "GET /../metrics HTTP/1.0\r\n\r\n", " 404 " },
		{ "POST /metrics HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc",
		    " 404 " },
		{ "DELETE /healthz HTTP/1.0\r\n\r\n", " 404 " },
		{ "\r\n\r\n\x16\x03\x01 nonsense\r\n\r\n", "400" },
	};
	struct scene		*s = *state;
	char			 where[40], reply[65536];
	struct sockaddr_in	 sin;
	struct metrics		*m;

	(void)close(take_port(where, &sin));
	m = metrics_new(where, &s->deps);
	metrics_tend(m, s->f->now);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		get(&sin, rows[i].request, reply, sizeof(reply));
		if (strstr(reply, rows[i].status) == NULL)
			fail_msg("%s: %s", rows[i].request, reply);
	}
	get(&sin, "GET /metrics HTTP/1.0\r\n\r\n", reply, sizeof(reply));
	fixture_has(reply, "Content-Type: text/plain; version=0.0.4");
	metrics_free(&m);
}

static void
end_does_not_wait_for_clients_that_say_nothing(void **state)
{
	struct scene		*s = *state;
	char			 where[40];
	struct sockaddr_in	 sin;
	struct metrics		*m;
	int			 mute[HTTP_CLIENTS + 4];
	int64_t			 before;

	(void)close(take_port(where, &sin));
	m = metrics_new(where, &s->deps);
	metrics_tend(m, s->f->now);
	for (int i = 0; i < HTTP_CLIENTS + 4; i++)
		mute[i] = dial(&sin);
	before = clock_monotonic_micros();
	metrics_free(&m);
	assert_true(clock_monotonic_micros() - before < 2000000);
	for (int i = 0; i < HTTP_CLIENTS + 4; i++)
		(void)close(mute[i]);
}

static void
nothing_is_opened_after_the_end_or_without_the_setting(void **state)
{
	struct scene		*s = *state;
	char			 where[40];
	struct sockaddr_in	 sin;
	struct metrics		*m;
	int			 fd;

	(void)close(take_port(where, &sin));
	m = metrics_new(where, &s->deps);
	metrics_stop(m);
	metrics_tend(m, s->f->now);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&sin, sizeof(sin)),
	    -1);
	(void)close(fd);
	metrics_free(&m);
	m = metrics_new("", &s->deps);
	metrics_tend(m, s->f->now);
	assert_false(alarm_get(s->f->alarms, ALARM_METRICS).raised);
	metrics_free(&m);
}

#define WITH(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(facts_become_lines),
		WITH(names_of_sources_cannot_end_their_label),
		WITH(each_alarm_is_in_the_manual_the_metrics_and_the_rules),
		WITH(rules_ask_for_what_is_told),
		WITH(dashboard_shows_what_is_told),
		WITH(health_is_red_only_when_mail_is_not_judged),
		cmocka_unit_test(endpoints_are_addresses_with_a_port),
		WITH(port_that_is_taken_is_an_alarm_until_it_is_free),
		WITH(only_two_pages_are_there_and_only_to_be_read),
		WITH(end_does_not_wait_for_clients_that_say_nothing),
		WITH(nothing_is_opened_after_the_end_or_without_the_setting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
