/* SPDX-License-Identifier: ISC
 * tests/contract/test_spf_suite.c - spf_check() held to the public test suite of
 * RFC 7208, a YAML file of scenarios: each a zone and cases.
 *
 * Only results are compared: explanations are never fetched (identity/spf.h).
 * The file is the one that SPF_SUITE names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <yaml.h>

#include "identity/spf.h"
#include "tests/lib/zone.h"

enum { CASES = 203, STRINGS = 64, STRING = 255 };

/* Cases whose result we do not share, each with its reason. */
static const struct { const char *name, *reason; } exceptions[] = {
	{ NULL, NULL },
};

struct tally {
	unsigned	run, right, excepted;
};

static const char *
text(const yaml_node_t *n)
{
	if (n == NULL || n->type != YAML_SCALAR_NODE)
		fail_msg("a value is missing, or not a text");
	return (const char *)n->data.scalar.value;
}

/* NULL: it has no such key. */
static yaml_node_t *
value(yaml_document_t *doc, const yaml_node_t *map, const char *key)
{
	assert_int_equal(map->type, YAML_MAPPING_NODE);
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start;
	    p < map->data.mapping.pairs.top; p++)
		if (strcmp(text(yaml_document_get_node(doc, p->key)), key) == 0)
			return yaml_document_get_node(doc, p->value);
	return NULL;
}

static size_t
length(const yaml_node_t *list)
{
	assert_int_equal(list->type, YAML_SEQUENCE_NODE);
	return (size_t)(list->data.sequence.items.top -
	    list->data.sequence.items.start);
}

static yaml_node_t *
item(yaml_document_t *doc, const yaml_node_t *list, size_t i)
{
	return yaml_document_get_node(doc, list->data.sequence.items.start[i]);
}

/* The strings of a record, none longer than they may be in the DNS. */
static size_t
cut(const yaml_node_t *n, struct dns_rdata *out, size_t used)
{
	size_t	len = n->data.scalar.length, at = 0;

	do {
		size_t	part = len - at < STRING ? len - at : STRING;

		assert_true(used < STRINGS);
		out[used++] = (struct dns_rdata){
		    n->data.scalar.value + at, part };
		at += part;
	} while (at < len);
	return used;
}

static void
add_text(struct zone *z, const char *name, yaml_document_t *doc,
    const yaml_node_t *v)
{
	struct dns_rdata	string[STRINGS];
	size_t			n = 0;

	if (v->type == YAML_SCALAR_NODE)
		n = cut(v, string, 0);
	else
		for (size_t i = 0; i < length(v); i++)
			n = cut(item(doc, v, i), string, n);
	zone_add_strings(z, name, string, n);
}

/* One "type: value" of a name. */
static void
add_record(struct zone *z, const char *name, yaml_document_t *doc,
    const yaml_node_pair_t *p, bool has_txt)
{
	const char		*type = text(yaml_document_get_node(doc,
				    p->key));
	const yaml_node_t	*v = yaml_document_get_node(doc, p->value);
	char			 exchanger[300];

	if (strcmp(type, "SPF") == 0) {
		if (!has_txt)
			add_text(z, name, doc, v);
		return;
	}
	if (strcmp(type, "TXT") == 0) {
		if (v->type != YAML_SCALAR_NODE || strcmp(text(v), "NONE") != 0)
			add_text(z, name, doc, v);
		return;
	}
	if (strcmp(type, "MX") == 0) {
		(void)snprintf(exchanger, sizeof(exchanger), "%s %s",
		    text(item(doc, v, 0)), text(item(doc, v, 1)));
		zone_add(z, name, type, exchanger);
		return;
	}
	zone_add(z, name, type, strcmp(text(v), "TIMEOUT") == 0 ? "FAIL" :
	    text(v));
}

/* SPF records are served as TXT where the name has no TXT of its own. */
static void
add_name(struct zone *z, const char *name, yaml_document_t *doc,
    const yaml_node_t *records)
{
	bool	has_txt = false;

	for (size_t i = 0; i < length(records); i++) {
		const yaml_node_t *r = item(doc, records, i);

		has_txt = has_txt || (r->type == YAML_MAPPING_NODE &&
		    value(doc, r, "TXT") != NULL);
	}
	for (size_t i = 0; i < length(records); i++) {
		const yaml_node_t *r = item(doc, records, i);

		if (r->type == YAML_MAPPING_NODE) {
			add_record(z, name, doc, r->data.mapping.pairs.start,
			    has_txt);
			continue;
		}
		assert_string_equal(text(r), "TIMEOUT");
		zone_add(z, name, "FAIL", "");
	}
}

static struct zone *
zone_of(yaml_document_t *doc, const yaml_node_t *scenario)
{
	struct zone	*z = zone_new();
	yaml_node_t	*names = value(doc, scenario, "zonedata");

	assert_non_null(names);
	for (yaml_node_pair_t *p = names->data.mapping.pairs.start;
	    p < names->data.mapping.pairs.top; p++)
		add_name(z, text(yaml_document_get_node(doc, p->key)), doc,
		    yaml_document_get_node(doc, p->value));
	return z;
}

/* Whether a result is the wanted one, or one of them. */
static bool
is_wanted(yaml_document_t *doc, const yaml_node_t *wanted, enum spf_result r)
{
	if (wanted->type == YAML_SCALAR_NODE)
		return strcmp(text(wanted), spf_name(r)) == 0;
	for (size_t i = 0; i < length(wanted); i++)
		if (strcmp(text(item(doc, wanted, i)), spf_name(r)) == 0)
			return true;
	return false;
}

static const char *
reason_of(const char *name)
{
	for (size_t i = 0; exceptions[i].name != NULL; i++)
		if (strcmp(exceptions[i].name, name) == 0)
			return exceptions[i].reason;
	return NULL;
}

static void
run_case(struct tally *t, struct zone *z, yaml_document_t *doc,
    const yaml_node_pair_t *p)
{
	const yaml_node_t	*c = yaml_document_get_node(doc, p->value);
	const char		*name = text(yaml_document_get_node(doc,
				    p->key));
	struct spf_query	 q = { .helo = text(value(doc, c, "helo")),
				    .sender = text(value(doc, c,
				    "mailfrom")) };
	struct dns		 dns = zone_dns(z);
	struct spf_answer	 a;
	struct err		 e;

	t->run++;
	if (reason_of(name) != NULL) {
		print_message("left out: %s: %s\n", name, reason_of(name));
		t->excepted++;
		return;
	}
	if (ip_parse(text(value(doc, c, "host")), &q.client, &e) == -1)
		fail_msg("%s: %s", name, e.text);
	spf_check(&q, &dns, &a);
	assert_int_equal(zone_held(z), 0);
	if (is_wanted(doc, value(doc, c, "result"), a.result) &&
	    a.why.text[0] != '\0')
		t->right++;
	else
		print_message("wrong: %s is %s: \"%s\"\n", name,
		    spf_name(a.result), a.why.text);
}

static void
run_scenario(struct tally *t, yaml_document_t *doc)
{
	yaml_node_t	*scenario = yaml_document_get_root_node(doc);
	yaml_node_t	*tests = value(doc, scenario, "tests");
	struct zone	*z = zone_of(doc, scenario);

	assert_non_null(tests);
	for (yaml_node_pair_t *p = tests->data.mapping.pairs.start;
	    p < tests->data.mapping.pairs.top; p++)
		run_case(t, z, doc, p);
	zone_free(&z);
}

/* Its documents, one after the other; an empty one ends them. */
static void
run_file(struct tally *t, FILE *f)
{
	yaml_parser_t	parser;
	yaml_document_t	doc;
	bool		more = true;

	assert_true(yaml_parser_initialize(&parser));
	yaml_parser_set_input_file(&parser, f);
	while (more) {
		if (!yaml_parser_load(&parser, &doc))
			fail_msg("line %zu: %s", parser.problem_mark.line + 1,
			    parser.problem);
		more = yaml_document_get_root_node(&doc) != NULL;
		if (more)
			run_scenario(t, &doc);
		yaml_document_delete(&doc);
	}
	yaml_parser_delete(&parser);
}

static void
results_are_those_of_the_public_suite(void **state)
{
	const char	*path = getenv("SPF_SUITE");
	struct tally	 t = { .run = 0 };
	FILE		*f;

	(void)state;
	if (path == NULL)
		path = "../shared/data/rfc7208-tests.yml";
	f = fopen(path, "re");
	if (f == NULL)
		fail_msg("the test suite of RFC 7208 is not at %s; have "
		    "SPF_SUITE name its file rfc7208-tests.yml", path);
	run_file(&t, f);
	(void)fclose(f);
	print_message("%u of %u cases as the suite says\n", t.right, t.run);
	assert_int_equal(t.right + t.excepted, t.run);
	assert_true(t.run >= CASES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_are_those_of_the_public_suite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
