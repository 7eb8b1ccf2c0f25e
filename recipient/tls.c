/* SPDX-License-Identifier: ISC
 * recipient/tls.c - TLS by OpenSSL. The wire waits, so that OpenSSL never has
 * to be called again for want of bytes. */
#include "recipient/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct tls {
	SSL_CTX		*context;
	BIO_METHOD	*method;
	bool		 own_authorities;	/* ca-file is set */
};

struct tls_session {
	SSL		*ssl;
	struct tls_wire	 wire;
	bool		 broken;	/* no good-bye */
};

/* --- the wire, as OpenSSL sees it --- */

static int
wire_read(BIO *bio, char *bytes, int len)
{
	struct tls_session	*s = BIO_get_data(bio);
	ssize_t			 n = s->wire.read(s->wire.arg, bytes,
				    (size_t)len);

	s->broken = s->broken || n <= 0;
	return (int)n;
}

static int
wire_write(BIO *bio, const char *bytes, int len)
{
	struct tls_session	*s = BIO_get_data(bio);
	ssize_t			 n = s->wire.write(s->wire.arg, bytes,
				    (size_t)len);

	s->broken = s->broken || n <= 0;
	return (int)n;
}

static long
wire_control(BIO *bio, int command, long number, void *arg)
{
	(void)bio;
	(void)number;
	(void)arg;
	return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *
wire_method(void)
{
	BIO_METHOD	*m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "wire");

	if (m == NULL || !BIO_meth_set_read(m, wire_read) ||
	    !BIO_meth_set_write(m, wire_write) ||
	    !BIO_meth_set_ctrl(m, wire_control)) {
		BIO_meth_free(m);
		return NULL;
	}
	return m;
}

/* --- certificates --- */

/* What OpenSSL says last; its queue is left empty. */
static const char *
reason(void)
{
	const char	*text = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return text != NULL ? text : "no reason is given";
}

/* A key that wants a pass phrase is refused; nobody is there to ask. */
static int
no_phrase(char *out, int size, int writing, void *arg)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static int
check_readable(const char *path, struct err *e)
{
	return access(path, R_OK) == 0 ? 0 : err_set(e, "%s cannot be read: %s",
	    path, strerror(errno));
}

static int
load_authorities(SSL_CTX *context, const struct tls_conf *conf, struct err *e)
{
	if (conf->ca_file[0] == '\0')
		return SSL_CTX_set_default_verify_paths(context) == 1 ? 0 :
		    err_set(e, "the CAs of the system cannot be read: %s",
		    reason());
	if (check_readable(conf->ca_file, e) == -1)
		return -1;
	return SSL_CTX_load_verify_locations(context, conf->ca_file, NULL) ==
	    1 ? 0 : err_set(e, "%s has no CA certificate in PEM form: %s",
	    conf->ca_file, reason());
}

static int
load_certificate(SSL_CTX *context, const struct tls_conf *conf, struct err *e)
{
	if (conf->cert_file[0] == '\0')
		return 0;
	if (check_readable(conf->cert_file, e) == -1 ||
	    check_readable(conf->key_file, e) == -1)
		return -1;
	SSL_CTX_set_default_passwd_cb(context, no_phrase);
	if (SSL_CTX_use_certificate_chain_file(context, conf->cert_file) != 1)
		return err_set(e, "%s has no certificate in PEM form: %s",
		    conf->cert_file, reason());
	if (SSL_CTX_use_PrivateKey_file(context, conf->key_file,
	    SSL_FILETYPE_PEM) != 1)
		return err_set(e, "%s has no key in PEM form, without a pass "
		    "phrase, of the certificate in %s: %s", conf->key_file,
		    conf->cert_file, reason());
	return 0;
}

struct tls *
tls_new(const struct tls_conf *conf, struct err *e)
{
	struct tls	*t = calloc(1, sizeof(*t));

	if (t == NULL || (t->context = SSL_CTX_new(TLS_client_method())) ==
	    NULL || (t->method = wire_method()) == NULL ||
	    !SSL_CTX_set_min_proto_version(t->context, TLS1_2_VERSION)) {
		(void)err_set(e, "no TLS: %s", t == NULL ? "out of memory" :
		    reason());
		tls_free(&t);
		return NULL;
	}
	t->own_authorities = conf->ca_file[0] != '\0';
	SSL_CTX_set_read_ahead(t->context, 1);
	(void)SSL_CTX_set_session_cache_mode(t->context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(t->context, conf->verify ? SSL_VERIFY_PEER :
	    SSL_VERIFY_NONE, NULL);
	if ((conf->verify && load_authorities(t->context, conf, e) == -1) ||
	    load_certificate(t->context, conf, e) == -1)
		tls_free(&t);
	return t;
}

void
tls_free(struct tls **t)
{
	struct tls	*old = *t;

	*t = NULL;
	if (old == NULL)
		return;
	SSL_CTX_free(old->context);
	BIO_meth_free(old->method);
	free(old);
}

/* --- a session --- */

/* Whose certificate is wanted (RFC 6125): an address has to be in it as one. */
static bool
expect_host(SSL *ssl, const char *host)
{
	unsigned char	address[16];
	char		name[NI_MAXHOST];

	if (strlen(host) >= sizeof(name))
		return false;
	if (inet_pton(AF_INET, host, address) == 1 ||
	    inet_pton(AF_INET6, host, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl),
		    host) == 1;
	(void)strcpy(name, host);	/* OpenSSL's macro casts const away */
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, host) == 1 &&
	    SSL_set_tlsext_host_name(ssl, name) == 1;
}

/* What to do about a certificate that is refused. */
static const char *
advice(const struct tls *t, long verdict)
{
	switch (verdict) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return "is the name in uri the one in the certificate?";
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return "it has to be renewed, unless a clock is wrong";
	default:
		return t->own_authorities ? "is ca-file the CA that signed "
		    "it?" : "is it signed by a CA that this system trusts? If "
		    "not, set ca-file";
	}
}

static int
explain(const struct tls_session *s, const struct tls *t, struct err *e)
{
	long	verdict = SSL_get_verify_result(s->ssl);

	if (SSL_get_verify_mode(s->ssl) == SSL_VERIFY_NONE ||
	    verdict == X509_V_OK)
		return err_set(e, "TLS failed: %s", reason());
	ERR_clear_error();
	return err_set(e, "TLS failed: its certificate is refused: %s: %s",
	    X509_verify_cert_error_string(verdict), advice(t, verdict));
}

static struct tls_session *
session_new(const struct tls *t, const char *host,
    const struct tls_wire *wire)
{
	struct tls_session	*s = calloc(1, sizeof(*s));
	BIO			*bio;

	if (s == NULL)
		return NULL;
	s->wire = *wire;
	s->ssl = SSL_new(t->context);
	bio = BIO_new(t->method);
	if (s->ssl == NULL || bio == NULL || !expect_host(s->ssl, host)) {
		BIO_free(bio);
		SSL_free(s->ssl);
		free(s);
		return NULL;
	}
	BIO_set_data(bio, s);
	BIO_set_init(bio, 1);
	SSL_set_bio(s->ssl, bio, bio);
	return s;
}

int
tls_begin(struct tls_session **out, const struct tls *t, const char *host,
    const struct tls_wire *wire, struct err *e)
{
	struct tls_session	*s = session_new(t, host, wire);

	ERR_clear_error();
	if (s == NULL)
		return err_set(e, "no TLS with %s: out of memory, or no name "
		    "of a host", host);
	if (SSL_connect(s->ssl) == 1) {
		*out = s;
		return 0;
	}
	(void)explain(s, t, e);
	s->broken = true;
	tls_end(&s);
	return -1;
}

static int
at_most(size_t len)
{
	return len > INT_MAX ? INT_MAX : (int)len;
}

ssize_t
tls_read(struct tls_session *s, void *bytes, size_t len)
{
	int	n = SSL_read(s->ssl, bytes, at_most(len));

	if (n > 0)
		return n;
	s->broken = true;
	ERR_clear_error();
	return -1;
}

ssize_t
tls_write(struct tls_session *s, const void *bytes, size_t len)
{
	int	n = SSL_write(s->ssl, bytes, at_most(len));

	if (n > 0)
		return n;
	s->broken = true;
	ERR_clear_error();
	return -1;
}

bool
tls_pending(const struct tls_session *s)
{
	return SSL_has_pending(s->ssl) == 1;
}

void
tls_end(struct tls_session **s)
{
	struct tls_session	*old = *s;

	*s = NULL;
	if (old == NULL)
		return;
	if (!old->broken)
		(void)SSL_shutdown(old->ssl);
	ERR_clear_error();
	SSL_free(old->ssl);
	free(old);
}
