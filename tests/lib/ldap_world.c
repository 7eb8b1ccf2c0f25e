/* SPDX-License-Identifier: ISC
 * tests/lib/ldap_world.c - the directory of ldap_world.h. */
#include "tests/lib/ldap_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"

int
ldap_world_begin(void **state)
{
	struct slapd	*s = slapd_new();

	/* What ldap.conf(5) can do to those who do not look out. */
	if (setenv("LDAPTLS_REQCERT", "never", 1) == -1 ||
	    setenv("LDAPTLS_REQSAN", "never", 1) == -1 ||
	    setenv("LDAPTLS_CACERT", s->wrong_ca, 1) == -1 ||
	    setenv("LDAPTLS", "hard", 1) == -1 ||
	    setenv("LDAPSIZELIMIT", "1", 1) == -1 ||
	    setenv("LDAPDEREF", "always", 1) == -1 ||
	    setenv("LDAPBASE", "dc=nowhere", 1) == -1 ||
	    setenv("LDAPURI", "ldap://127.0.0.1:1", 1) == -1 ||
	    setenv("LDAPREFERRALS", "on", 1) == -1)
		return -1;
	/* And the CAs that this system trusts, for those who name none. */
	if (setenv("SSL_CERT_FILE", s->ca, 1) == -1)
		return -1;
	*state = s;
	return 0;
}

int
ldap_world_end(void **state)
{
	struct slapd	*s = *state;

	slapd_free(&s);
	return 0;
}

static char	none[] = "";


int
ldap_world_each(void **state)
{
	struct ldap_world	*w = calloc(1, sizeof(*w));
	static char		 name[] = "office", base[] = TEST_BASE,
				 reader[] = TEST_READER, filter[] =
				 "(|(mail=%s)(mailAlternateAddress=%s))";

	assert_non_null(w);
	w->slapd = *state;
	if (w->slapd->pid == 0)		/* a test failed half-way */
		slapd_start(w->slapd);
	slapd_thaw(w->slapd);
	w->conf = (struct conf_ldap){
		.name = name, .uri = w->slapd->ldaps, .base = base,
		.filter = filter, .scope = CONF_SCOPE_SUB,
		.bind = CONF_BIND_SIMPLE, .bind_dn = reader,
		.password_file = w->slapd->password, .start_tls = true,
		.verify_certificate = true, .ca_file = w->slapd->ca,
		.cert_file = none, .key_file = none, .timeout = 1,
		.connections = 4, .export_filter = none,
		.export_attributes = none,
	};
	*state = w;
	return 0;
}

static void
drop(struct ldap_world *w)
{
	if (w->source == NULL)
		return;
	w->source->seat_free(w->source, &w->seat);
	assert_null(w->seat);
	w->source->free(&w->source);
	assert_null(w->source);
}

int
ldap_world_each_end(void **state)
{
	struct ldap_world	*w = *state;

	drop(w);
	*state = w->slapd;
	free(w);
	return 0;
}

void
ldap_world_as_ad(struct ldap_world *w)
{
	static char	base[] = AD_BASE, reader[] = AD_READER,
			filter[] = "(proxyAddresses=smtp:%s)";

	w->conf.base = base;
	w->conf.bind_dn = reader;
	w->conf.filter = filter;
}

void
ldap_world_renew(struct ldap_world *w)
{
	struct err	e;

	drop(w);
	if (ldap_source_new(&w->conf, &w->source, &e) == -1)
		fail_msg("no source: %s", e.text);
	w->seat = w->source->seat_new(w->source);
	assert_non_null(w->seat);
}

void
ldap_world_asks_of(struct ldap_world *w, const char *fmt, ...)
{
	va_list	args;

	va_start(args, fmt);
	(void)vsnprintf(w->uris, sizeof(w->uris), fmt, args);
	va_end(args);
	w->conf.uri = w->uris;
	ldap_world_renew(w);
}

/* Takes an address apart at its last "@" and its first "+". */
static void
make(struct address *a, const char *address)
{
	const char	*at = strrchr(address, '@');
	size_t		 local = at == NULL ? strlen(address) :
			    (size_t)(at - address);
	const char	*plus = memchr(address, '+', local);

	*a = (struct address){ .domain = "" };
	(void)strcpy(a->whole, address);
	memcpy(a->local, address, local);
	if (at != NULL)
		a->domain = a->whole + local + 1;
	if (plus == NULL || plus == address)
		return;
	memcpy(a->base_local, address, (size_t)(plus - address));
	(void)snprintf(a->base, sizeof(a->base), "%s%s", a->base_local,
	    at == NULL ? "" : at);
}

int
ldap_world_ask(struct ldap_world *w, const char *address)
{
	struct address	a;
	int64_t		begun;
	int		answer;

	if (w->source == NULL)
		ldap_world_renew(w);
	make(&a, address);
	w->down = false;
	w->why.text[0] = '\0';
	begun = clock_monotonic_micros();
	answer = w->source->ask(w->source, w->seat, &a, &w->down, &w->why);
	w->millis = (clock_monotonic_micros() - begun) / 1000;
	return answer;
}

void
ldap_world_says(struct ldap_world *w, const char *address, int answer)
{
	int	got = ldap_world_ask(w, address);

	if (got != answer)
		fail_msg("\"%s\": %d, not %d: %s", address, got, answer,
		    w->why.text);
}

void
ldap_world_fails(struct ldap_world *w, const char *address, bool down,
    const char *says)
{
	int	got = ldap_world_ask(w, address);

	if (got != -1)
		fail_msg("\"%s\": %d", address, got);
	if (strncmp(w->why.text, "ldap:office: ldap", 17) != 0 ||
	    strstr(w->why.text, says) == NULL)
		fail_msg("\"%s\" is not in: %s", says, w->why.text);
	if (strstr(w->why.text, "r3ader") != NULL)
		fail_msg("a password is in: %s", w->why.text);
	if (w->down != down)
		fail_msg("down is %d: %s", w->down, w->why.text);
}

void
ldap_world_refuses(struct ldap_world *w, const char *says)
{
	struct err	e;

	drop(w);
	if (ldap_source_new(&w->conf, &w->source, &e) != -1)
		fail_msg("taken; should be refused for: %s", says);
	if (strncmp(e.text, "ldap:office: ", 13) != 0 ||
	    strstr(e.text, says) == NULL)
		fail_msg("\"%s\" is not in: %s", says, e.text);
}

void
ldap_world_add(struct ldap_world *w, const char *uid, const char *attribute)
{
	char	ldif[800];

	(void)snprintf(ldif, sizeof(ldif), "dn: uid=%s,ou=people," TEST_BASE
	    "\nobjectClass: inetOrgPerson\nobjectClass: mailUser\ncn: %s\n"
	    "sn: %s\n%s\n", uid, uid, uid, attribute);
	slapd_change(w->slapd, "ldapadd", TEST_BASE, ldif);
}
