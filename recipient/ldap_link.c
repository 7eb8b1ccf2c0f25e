/* SPDX-License-Identifier: ISC
 * recipient/ldap_link.c - libldap, given a socket of ours that knows deadlines.
 *
 * Left to itself libldap connects anew, without StartTLS or bind, where a
 * connection was lost. So the socket is connected here, each read and write of
 * it goes through recipient/ldap_io.h, and a link is closed after whatever
 * fails on it but a question. */
#include "recipient/ldap_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/time.h>

#include "base/clock.h"
#include "recipient/reach.h"
#include "recipient/secret.h"

enum { GOODBYE_MICROS = 50000 };

/* Where OpenLDAP's server listens on "ldapi:///". */
static const char	default_socket[] = "/var/run/slapd/ldapi";

static const struct ldap_advice	no_advice[] = { { 0, NULL } };

static const struct ldap_advice	bind_advice[] = {
	{ LDAP_INVALID_CREDENTIALS, "are bind-dn and password-file right?" },
	{ LDAP_STRONG_AUTH_REQUIRED, "use ldaps:// or start-tls = true" },
	{ LDAP_CONFIDENTIALITY_REQUIRED, "use ldaps:// or start-tls = true" },
	{ LDAP_AUTH_METHOD_NOT_SUPPORTED, "it does not take this kind of bind; "
	    "external wants ldapi:// or a cert-file" },
	{ LDAP_INAPPROPRIATE_AUTH, "it does not take this kind of bind; "
	    "external wants ldapi:// or a cert-file" },
	{ 0, NULL }
};

int
ldap_link_explain(const char *doing, int code, const char *said,
    const struct ldap_advice *advice, struct err *e)
{
	bool	has_said = said != NULL && said[0] != '\0';

	while (advice->text != NULL && advice->code != code)
		advice++;
	return err_set(e, "%s: %s%s%s%s%s%s", doing, ldap_err2string(code),
	    has_said ? " (" : "", has_said ? said : "", has_said ? ")" : "",
	    advice->text != NULL ? ": " : "",
	    advice->text != NULL ? advice->text : "");
}

int
ldap_link_explain_loss(struct ldap_link *l, const char *doing, struct err *e)
{
	int	code = LDAP_OTHER;

	if (l->io.overdue)
		return err_set(e, "%s: no answer in time; timeout is %lld s",
		    doing, (long long)l->to.conf->timeout);
	if (l->io.failure == ECONNRESET || l->io.failure == EPIPE)
		return err_set(e, "%s: it closed the connection", doing);
	if (l->io.failure != 0)
		return err_set(e, "%s: %s", doing, strerror(l->io.failure));
	(void)ldap_get_option(l->ld, LDAP_OPT_RESULT_CODE, &code);
	return ldap_link_explain(doing, code, NULL, no_advice, e);
}

/* --- what a handle is told --- */

static int
set_number(LDAP *ld, int option, int value)
{
	return ldap_set_option(ld, option, &value);
}

/* What the machine's ldap.conf(5) may have otherwise. */
static int
set_manners(LDAP *ld, struct err *e)
{
	int	failed = 0;

	failed |= set_number(ld, LDAP_OPT_PROTOCOL_VERSION, LDAP_VERSION3);
	failed |= set_number(ld, LDAP_OPT_DEREF, LDAP_DEREF_NEVER);
	failed |= ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
	failed |= ldap_set_option(ld, LDAP_OPT_RESTART, LDAP_OPT_ON);
	return failed == 0 ? 0 : err_set(e, "the LDAP library does not take "
	    "its settings");
}

/* --- connecting --- */

static bool
is_scheme(const LDAPURLDesc *url, const char *scheme)
{
	return strcasecmp(url->lud_scheme, scheme) == 0;
}

static bool
wants_tls(const struct conf_ldap *conf, const LDAPURLDesc *url)
{
	return !is_scheme(url, "ldapi") &&
	    (!is_scheme(url, "ldap") || conf->start_tls);
}

static int
dial(const LDAPURLDesc *url, int64_t deadline, struct err *e)
{
	const char	*host = url->lud_host != NULL ? url->lud_host : "";

	if (is_scheme(url, "ldapi"))
		return reach_unix(host[0] != '\0' ? host : default_socket,
		    deadline, e);
	return reach_tcp(host, url->lud_port, deadline, e);
}

/* Has the library take the socket. Where it cannot, memory is lost rather than
 * a handle without a socket touched. */
static int
adopt(struct ldap_link *l, struct err *e)
{
	LDAP		*ld;
	struct sockbuf	*sb = NULL;

	if (ldap_init_fd(l->io.fd, LDAP_PROTO_EXT, l->to.uri, &ld) !=
	    LDAP_SUCCESS ||
	    ldap_get_option(ld, LDAP_OPT_SOCKBUF, &sb) != LDAP_OPT_SUCCESS ||
	    ldap_io_attach(&l->io, sb) == -1)
		return err_set(e, "out of memory");
	l->ld = ld;
	return set_manners(ld, e);
}

int
ldap_link_receive(struct ldap_link *l, int id, LDAPMessage **answer)
{
	int64_t		left = l->io.deadline - clock_monotonic_micros();
	struct timeval	tv = { 0 };
	int		n;

	if (left > 0) {
		tv.tv_sec = left / 1000000;
		tv.tv_usec = left % 1000000;
	}
	n = ldap_result(l->ld, id, LDAP_MSG_ALL, &tv, answer);
	l->io.overdue = l->io.overdue || n == 0;
	return n > 0 ? 0 : -1;
}

/* Waits for the answer to a request of which only the result code matters; 0 if
 * that is success. sent: what the library said of sending it. */
static int
conclude(struct ldap_link *l, int sent, int id, const char *doing,
    const struct ldap_advice *advice, struct err *e)
{
	LDAPMessage	*answer;
	char		*said = NULL;
	int		 code, parsed;

	if (sent != LDAP_SUCCESS || ldap_link_receive(l, id, &answer) == -1)
		return ldap_link_explain_loss(l, doing, e);
	parsed = ldap_parse_result(l->ld, answer, &code, NULL, &said, NULL,
	    NULL, 1);
	if (parsed != LDAP_SUCCESS)
		code = parsed;
	if (code != LDAP_SUCCESS)
		(void)ldap_link_explain(doing, code, said, advice, e);
	ldap_memfree(said);
	return code == LDAP_SUCCESS ? 0 : -1;
}

static int
secure(struct ldap_link *l, const LDAPURLDesc *url, struct err *e)
{
	const char	*host = url->lud_host != NULL ? url->lud_host : "";
	int		 id = 0, sent;

	if (!wants_tls(l->to.conf, url))
		return 0;
	if (is_scheme(url, "ldap")) {
		sent = ldap_start_tls(l->ld, NULL, NULL, &id);
		if (conclude(l, sent, id, "it refuses StartTLS (does it have a "
		    "certificate?)", no_advice, e) == -1)
			return -1;
	}
	if (ldap_io_begin_tls(&l->io, l->to.tls, host, e) == 0)
		return 0;
	return l->io.overdue || l->io.failure != 0 ?
	    ldap_link_explain_loss(l, "TLS failed", e) : -1;
}

static int
bind_external(struct ldap_link *l, struct err *e)
{
	char		none[] = "";
	struct berval	nobody = { 0, none };
	int		id = 0, sent;

	sent = ldap_sasl_bind(l->ld, "", "EXTERNAL", &nobody, NULL, NULL, &id);
	return conclude(l, sent, id, "cannot bind (SASL EXTERNAL)",
	    bind_advice, e);
}

static int
bind_simple(struct ldap_link *l, struct err *e)
{
	const char	*dn = l->to.conf->bind_dn;
	struct secret	 password = { .len = 0 };
	struct berval	 credentials = { 0, password.bytes };
	int		 id = 0, sent;

	if (dn[0] != '\0') {
		if (secret_read(l->to.conf->password_file, &password, e) == -1)
			return -1;
		credentials.bv_len = password.len;
	}
	sent = ldap_sasl_bind(l->ld, dn, LDAP_SASL_SIMPLE, &credentials, NULL,
	    NULL, &id);
	secret_forget(&password);
	return conclude(l, sent, id, dn[0] != '\0' ? "cannot bind" :
	    "cannot bind as nobody", bind_advice, e);
}

static int
set_up(struct ldap_link *l, const LDAPURLDesc *url, struct err *e)
{
	l->io.fd = dial(url, l->io.deadline, e);
	if (l->io.fd == -1 || adopt(l, e) == -1 || secure(l, url, e) == -1)
		return -1;
	return l->to.conf->bind == CONF_BIND_EXTERNAL ? bind_external(l, e) :
	    bind_simple(l, e);
}

int
ldap_link_open(struct ldap_link **out, const struct ldap_server *to,
    int64_t deadline, struct err *e)
{
	struct ldap_link	*l = calloc(1, sizeof(*l));
	LDAPURLDesc		*url;
	int			 failed;

	if (l == NULL)
		return err_set(e, "out of memory");
	l->to = *to;
	l->io = (struct ldap_io){ .fd = -1, .deadline = deadline,
	    .budget = LDAP_LINK_ANSWER_MAX };
	if (ldap_url_parse(to->uri, &url) != LDAP_URL_SUCCESS) {
		free(l);
		return err_set(e, "not the URI of a server");
	}
	failed = set_up(l, url, e);
	ldap_free_urldesc(url);
	if (failed == -1)
		ldap_link_close(&l);
	else
		*out = l;
	return failed;
}

void
ldap_link_close(struct ldap_link **l)
{
	struct ldap_link	*old = *l;

	*l = NULL;
	if (old == NULL)
		return;
	old->io.deadline = clock_monotonic_micros() + GOODBYE_MICROS;
	if (old->ld != NULL)
		(void)ldap_unbind_ext(old->ld, NULL, NULL);
	ldap_io_close(&old->io);
	free(old);
}

int
ldap_link_check(const struct conf_ldap *conf, const char *uri, bool *tls,
    struct err *e)
{
	LDAPURLDesc	*url;
	LDAP		*ld;

	if (ldap_url_parse(uri, &url) != LDAP_URL_SUCCESS)
		return err_set(e, "%s is not the URI of a server", uri);
	*tls = wants_tls(conf, url);
	ldap_free_urldesc(url);
	if (ldap_initialize(&ld, uri) != LDAP_SUCCESS)
		return err_set(e, "the LDAP library does not take the URI %s",
		    uri);
	(void)ldap_unbind_ext(ld, NULL, NULL);
	return 0;
}
