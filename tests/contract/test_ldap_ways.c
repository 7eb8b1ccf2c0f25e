/* SPDX-License-Identifier: ISC
 * tests/contract/test_ldap_ways.c - the ways to come to a directory, and what
 * is said of those that do not lead there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/ldap_world.h"

#define AT	"@test.example"

static char	none[] = "";

/* One way to come in; what is NULL is as it was. */
struct way {
	char		*uri, *bind_dn, *password, *ca, *cert, *key;
	enum conf_bind	 bind;
	bool		 start_tls, verify;
	const char	*refused;	/* NULL: alice is found */
};

static void
try_way(struct ldap_world *w, const struct way *way)
{
	struct conf_ldap	before = w->conf;

	w->conf.uri = way->uri;
	w->conf.bind = way->bind;
	w->conf.start_tls = way->start_tls;
	w->conf.verify_certificate = way->verify;
	if (way->bind_dn != NULL)
		w->conf.bind_dn = way->bind_dn;
	if (way->password != NULL)
		w->conf.password_file = way->password;
	if (way->ca != NULL)
		w->conf.ca_file = way->ca;
	if (way->cert != NULL)
		w->conf.cert_file = way->cert;
	if (way->key != NULL)
		w->conf.key_file = way->key;
	ldap_world_renew(w);
	if (way->refused == NULL) {
		ldap_world_says(w, "alice" AT, 1);
		ldap_world_says(w, "nobody" AT, 0);
	} else
		ldap_world_fails(w, "alice" AT, true, way->refused);
	w->conf = before;
}

static void
each_safe_way_in_works(void **state)
{
	struct ldap_world	*w = *state;
	struct slapd		*s = w->slapd;
	const struct way	 ways[] = {
		{ .uri = s->ldaps, .verify = true },
		{ .uri = s->ldaps, .verify = true, .start_tls = true },
		{ .uri = s->ldap, .verify = true, .start_tls = true },
		{ .uri = s->ldapi, .verify = true, .start_tls = true },
		{ .uri = s->ldapi, .bind = CONF_BIND_EXTERNAL,
		    .bind_dn = none, .password = none },
		{ .uri = s->ldaps, .bind = CONF_BIND_EXTERNAL, .verify = true,
		    .bind_dn = none, .password = none, .cert = s->cert,
		    .key = s->key },
		{ .uri = s->ldap, .bind = CONF_BIND_EXTERNAL, .verify = true,
		    .bind_dn = none, .password = none, .cert = s->cert,
		    .key = s->key, .start_tls = true },
		{ .uri = w->uris, .verify = true },
		/* One that the system trusts: ldap_world_begin(). */
		{ .uri = s->ldaps, .verify = true, .ca = none },
	};

	(void)snprintf(w->uris, sizeof(w->uris), "LDAPS%s",
	    s->ldaps + strlen("ldaps"));
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		try_way(w, &ways[i]);
}

static void
each_less_safe_way_in_works_where_it_is_asked_for(void **state)
{
	struct ldap_world	*w = *state;
	struct slapd		*s = w->slapd;
	const struct way	 ways[] = {
		{ .uri = s->ldap },
		{ .uri = s->ldaps, .ca = s->wrong_ca },
		{ .uri = s->misnamed },
		{ .uri = s->misnamed, .ca = none },
		{ .uri = s->ldap, .start_tls = true, .ca = s->wrong_ca },
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		try_way(w, &ways[i]);
}

static void
what_is_not_right_is_refused_with_what_to_do(void **state)
{
	struct ldap_world	*w = *state;
	struct slapd		*s = w->slapd;
	struct mute_server	 bare = mute_start(MUTE_NO_START_TLS);
	static char		 nobody[] = "cn=nobody," TEST_BASE;
	char			 refusing[SLAPD_TEXT], bare_uri[SLAPD_TEXT],
				 six[SLAPD_TEXT];
	const struct way	 ways[] = {
		{ .uri = s->ldaps, .verify = true,
		    .password = s->wrong_password,
		    .refused = "Invalid credentials: are bind-dn and "
		    "password-file right?" },
		{ .uri = s->ldaps, .verify = true, .bind_dn = nobody,
		    .refused = "Invalid credentials" },
		{ .uri = s->ldaps, .verify = true, .ca = s->wrong_ca,
		    .refused = "TLS failed: its certificate is refused: "
		    "self-signed certificate in certificate chain: is ca-file "
		    "the CA that signed it?" },
		{ .uri = s->ldap, .start_tls = true, .verify = true,
		    .ca = s->wrong_ca, .refused = "is ca-file the CA" },
		{ .uri = s->misnamed, .verify = true,
		    .refused = "TLS failed: its certificate is refused: IP "
		    "address mismatch: is the name in uri the one in the "
		    "certificate?" },
		{ .uri = bare_uri, .start_tls = true, .verify = true,
		    .refused = "refuses StartTLS (does it have a "
		    "certificate?): Protocol error" },
		{ .uri = s->ldaps, .bind = CONF_BIND_EXTERNAL, .verify = true,
		    .bind_dn = none, .password = none,
		    .refused = "cannot bind (SASL EXTERNAL)" },
		{ .uri = refusing, .verify = true,
		    .refused = "Connection refused" },
		{ .uri = six, .verify = true, .refused = "cannot connect: " },
		{ .uri = w->uris, .verify = true,
		    .refused = "cannot connect to /nonexistent/ldapi" },
	};

	(void)strcpy(w->uris, "ldapi://%2Fnonexistent%2Fldapi");
	(void)snprintf(refusing, sizeof(refusing), "ldaps://127.0.0.1:%d",
	    free_port());
	(void)snprintf(six, sizeof(six), "ldaps://[::1]:%d", free_port());
	(void)snprintf(bare_uri, sizeof(bare_uri), "ldap://127.0.0.1:%d",
	    bare.port);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		try_way(w, &ways[i]);
	mute_stop(&bare);
}

static void
mistakes_are_found_before_anything_is_asked(void **state)
{
	struct ldap_world	*w = *state;
	struct conf_ldap	 before = w->conf;
	static char		 missing[] = "/nonexistent/file",
				 http[] = "http://127.0.0.1", spaces[] = "  ",
				 percent[] = "(mail=%x)";

	w->conf.password_file = w->slapd->empty_password;
	ldap_world_refuses(w, "empty-password is empty: write the password");
	w->conf.password_file = missing;
	ldap_world_refuses(w, "/nonexistent/file cannot be opened");
	w->conf.password_file = none;
	ldap_world_refuses(w, "bind-dn without password-file");
	w->conf = before;
	w->conf.ca_file = missing;
	ldap_world_refuses(w, "/nonexistent/file cannot be read");
	w->conf.ca_file = w->slapd->password;
	ldap_world_refuses(w, "password has no CA certificate in PEM form");
	w->conf = before;
	w->conf.cert_file = w->conf.key_file = missing;
	ldap_world_refuses(w, "/nonexistent/file cannot be read");
	w->conf.cert_file = w->conf.key_file = w->slapd->key;
	ldap_world_refuses(w, "client.key has no certificate in PEM form");
	w->conf.cert_file = w->slapd->cert;
	w->conf.key_file = w->slapd->wrong_key;
	ldap_world_refuses(w, "wrong-ca.key has no key in PEM form, without a "
	    "pass phrase, of the certificate in");
	w->conf = before;
	w->conf.uri = http;
	ldap_world_refuses(w, "http://127.0.0.1 is not the URI of a server");
	w->conf.uri = spaces;
	ldap_world_refuses(w, "uri names no server");
	w->conf = before;
	w->conf.filter = percent;
	ldap_world_refuses(w, "\"(mail=%x)\"");
	w->conf = before;
	w->conf.base = percent;
	ldap_world_refuses(w, "\"(mail=%x)\"");
}

static void
emptied_password_file_never_becomes_a_bind_without_one(void **state)
{
	struct ldap_world	*w = *state;
	static char		 copy[SLAPD_TEXT];

	(void)snprintf(copy, sizeof(copy), "%s/copy", w->slapd->top);
	slapd_write(w->slapd, "copy", "r3ader, with = signs\r\n");
	w->conf.password_file = copy;
	ldap_world_says(w, "alice" AT, 1);
	ldap_world_renew(w);
	slapd_write(w->slapd, "copy", "\n");
	ldap_world_fails(w, "alice" AT, true, "copy is empty");
	slapd_write(w->slapd, "copy", "r3ader, with = signs");
	ldap_world_says(w, "alice" AT, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, ldap_world_each, \
	    ldap_world_each_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_safe_way_in_works),
		TEST(each_less_safe_way_in_works_where_it_is_asked_for),
		TEST(what_is_not_right_is_refused_with_what_to_do),
		TEST(mistakes_are_found_before_anything_is_asked),
		TEST(emptied_password_file_never_becomes_a_bind_without_one),
	};

	return cmocka_run_group_tests(tests, ldap_world_begin, ldap_world_end);
}
