/* SPDX-License-Identifier: ISC
 * tests/contract/test_tls.c - whose certificate is believed, against a server
 * that has one for ldap.test.example and 127.0.0.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "recipient/reach.h"
#include "recipient/ldap_io.h"
#include "tests/lib/slapd_world.h"

static int
begin(void **state)
{
	*state = slapd_new();
	return 0;
}

static int
end(void **state)
{
	struct slapd	*s = *state;

	slapd_free(&s);
	return 0;
}

static struct tls *
certificates(const char *ca, bool verify)
{
	const struct tls_conf	conf = { .verify = verify, .ca_file = ca,
				    .cert_file = "", .key_file = "" };
	struct err		e;
	struct tls		*t = tls_new(&conf, &e);

	if (t == NULL)
		fail_msg("%s", e.text);
	return t;
}

/* Shakes hands with the server as if it were host; as tls_begin(). */
static int
greet(const struct slapd *s, const struct tls *t, const char *host,
    struct err *e)
{
	int64_t		deadline = clock_monotonic_micros() + 5000000;
	struct ldap_io	io = { .deadline = deadline,
			    .budget = 1024 * 1024 };
	int		answer;

	io.fd = reach_tcp("127.0.0.1", s->tls_port, deadline, e);
	assert_int_not_equal(io.fd, -1);
	answer = ldap_io_begin_tls(&io, t, host, e);
	if (answer == -1)
		assert_null(io.tls);
	ldap_io_close(&io);
	assert_int_equal(io.fd, -1);
	assert_null(io.tls);
	ldap_io_close(&io);
	return answer;
}

static void
name_that_was_dialled_has_to_be_in_the_certificate(void **state)
{
	static const char *const	right[] = { "ldap.test.example",
					    "LDAP.Test.Example", "127.0.0.1" };
	static const struct { const char *host, *says; } wrong[] = {
		{ "other.test.example", "hostname mismatch: is the name in uri "
		    "the one in the certificate?" },
		{ "test.example", "hostname mismatch" },
		{ "ldap.test.example.evil.example", "hostname mismatch" },
		{ "x.ldap.test.example", "hostname mismatch" },
		{ "ldap", "hostname mismatch" },
		{ "127.0.0.2", "IP address mismatch: is the name in uri" },
		{ "::1", "IP address mismatch" },
	};
	struct slapd			*s = *state;
	struct tls			*t = certificates(s->ca, true);
	struct err			 e;

	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		if (greet(s, t, right[i], &e) == -1)
			fail_msg("%s: %s", right[i], e.text);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (greet(s, t, wrong[i].host, &e) == 0)
			fail_msg("taken for %s", wrong[i].host);
		if (strstr(e.text, wrong[i].says) == NULL)
			fail_msg("%s: %s", wrong[i].host, e.text);
	}
	tls_free(&t);
	assert_null(t);
}

static void
certificate_of_another_authority_is_refused(void **state)
{
	struct slapd	*s = *state;
	struct tls	*t = certificates(s->wrong_ca, true);
	struct err	 e;

	assert_int_equal(greet(s, t, "ldap.test.example", &e), -1);
	assert_non_null(strstr(e.text, "is ca-file the CA that signed it?"));
	tls_free(&t);
	/* None of those that this system trusts signed it, either. */
	t = certificates("", true);
	assert_int_equal(greet(s, t, "ldap.test.example", &e), -1);
	assert_non_null(strstr(e.text, "If not, set ca-file"));
	tls_free(&t);
}

static void
any_certificate_will_do_where_that_is_asked_for(void **state)
{
	struct slapd	*s = *state;
	struct tls	*t = certificates(s->wrong_ca, false);
	struct err	 e;

	if (greet(s, t, "other.test.example", &e) == -1)
		fail_msg("%s", e.text);
	tls_free(&t);
}

static void
certificate_whose_time_is_over_is_refused(void **state)
{
	struct slapd	*s = *state;
	struct tls	*t = certificates(s->ca, true);
	struct err	 e;

	slapd_let_certificate_expire(s);
	assert_int_equal(greet(s, t, "ldap.test.example", &e), -1);
	if (strstr(e.text, "certificate has expired: it has to be renewed, "
	    "unless a clock is wrong") == NULL)
		fail_msg("%s", e.text);
	tls_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    name_that_was_dialled_has_to_be_in_the_certificate),
		cmocka_unit_test(certificate_of_another_authority_is_refused),
		cmocka_unit_test(
		    any_certificate_will_do_where_that_is_asked_for),
		cmocka_unit_test(certificate_whose_time_is_over_is_refused),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
