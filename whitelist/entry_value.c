/* SPDX-License-Identifier: ISC
 * whitelist/entry_value.c - checking the values of entries, and what was
 * probably meant where one is wrong. */
#include "whitelist/entry_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mailaddr.h"
#include "base/netset.h"

/* A mailbox: a quoted string, or without what divides addresses; "*" alone is
 * somebody's wish for all of them. */
static bool
is_local(const char *text, size_t len)
{
	if (len == 0)
		return false;
	if (len == 1 && *text == '*')
		return false;
	if (*text != '"') {
		for (size_t i = 0; i < len; i++)
			if (strchr("\"()<>,;:\\@ \t", text[i]) != NULL)
				return false;
		return true;
	}
	for (size_t i = 1; i < len; i++) {
		if (text[i] == '"')
			return i + 1 == len;
		if (text[i] == '\\')
			i++;
	}
	return false;
}

/* Which halves of an address may be missing. */
enum { NO_USER = 1, NO_DOMAIN = 2 };

/* "user@dom"; or "@dom", "user@" where allowed. */
static bool
clean_address(const char *text, int may_lack, char clean[ENTRY_TEXT_SIZE])
{
	const char	*domain = mailaddr_domain(text);
	char		 host[DOMAIN_SIZE] = "";
	size_t		 len = (size_t)(domain - text);	/* with the @ */

	if (len == 0 || domain[-1] != '@' || len + sizeof(host) >
	    ENTRY_TEXT_SIZE)
		return false;
	if (len == 1 ? !(may_lack & NO_USER) : !is_local(text, len - 1))
		return false;
	if (*domain == '\0' && (!(may_lack & NO_DOMAIN) || len == 1))
		return false;
	if (*domain != '\0' && domain_clean(domain, host) == 0)
		return false;
	(void)snprintf(clean, ENTRY_TEXT_SIZE, "%.*s%s", (int)len, text, host);
	return true;
}

static bool
is_domain(const char *text)
{
	char	clean[DOMAIN_SIZE];

	return domain_clean(text, clean) > 0;
}

int
entry_value_network(const char *text, struct ip *net, unsigned *bits,
    struct err *e)
{
	struct netset	*check = netset_new();
	const char	*slash = strchr(text, '/');
	char		 address[64];
	int		 status;

	if (check == NULL)
		return err_set(e, "out of memory at %s", text);
	status = netset_add(check, text, e);
	netset_free(&check);
	if (status == -1)
		return -1;
	/* It fits, or it were no network. */
	(void)snprintf(address, sizeof(address), "%.*s", slash == NULL ?
	    (int)strlen(text) : (int)(slash - text), text);
	if (ip_parse(address, net, e) == -1)
		return -1;
	*bits = slash != NULL ? (unsigned)strtoul(slash + 1, NULL, 10) :
	    ip_is_v4(net) ? 32 : 128;
	return 0;
}

static int
read_client(const char *text, char clean[ENTRY_TEXT_SIZE], struct err *e)
{
	struct ip	net;
	unsigned	bits;

	if (entry_value_network(text, &net, &bits, e) == -1)
		return -1;
	if (bits == (ip_is_v4(&net) ? 32 : 128))
		ip_format(&net, clean);
	else
		ip_format_network(&net, bits, clean);
	return 0;
}

static int
read_name(const char *text, char clean[ENTRY_TEXT_SIZE], struct err *e)
{
	bool	below = strncmp(text, "*.", 2) == 0;
	char	host[DOMAIN_SIZE];

	if (domain_clean(text + (below ? 2 : 0), host) > 0) {
		(void)snprintf(clean, ENTRY_TEXT_SIZE, "%s%s", below ? "*." :
		    "", host);
		return 0;
	}
	if (*text == '.' && is_domain(text + 1))
		return err_set(e, "not a host name: %s; all hosts below it "
		    "are \"name *%s\"", text, text);
	return err_set(e, "not a host name: %s; allowed are "
	    "\"mx.example.net\" and \"*.example.net\"", text);
}

/* Whether an address stands in angle brackets; bare: without them. */
static bool
is_bracketed(const char *text, char bare[ENTRY_TEXT_SIZE])
{
	size_t	len = strlen(text);
	char	clean[ENTRY_TEXT_SIZE];

	if (len < 3 || len >= ENTRY_TEXT_SIZE || text[0] != '<' ||
	    text[len - 1] != '>')
		return false;
	memcpy(bare, text + 1, len - 2);
	bare[len - 2] = '\0';
	return clean_address(bare, NO_USER | NO_DOMAIN, clean);
}

static int
refuse_brackets(const char *kind, const char *bare, struct err *e)
{
	return err_set(e, "an address goes without angle brackets here: "
	    "\"%s %s\"", kind, bare);
}

static int
read_sender(const char *text, char clean[ENTRY_TEXT_SIZE], struct err *e)
{
	const char	*domain = text + (*text == '*');
	char		 bare[ENTRY_TEXT_SIZE];

	domain += *domain == '@';
	if (clean_address(text, 0, clean))
		return 0;
	if (is_bracketed(text, bare))
		return refuse_brackets("sender", bare, e);
	if (strcmp(text, "<>") == 0)
		return err_set(e, "no entry is for the null sender: whitelist "
		    "its clients, by client or name");
	if (is_domain(domain))
		return err_set(e, "not a sender: %s; all senders of a domain "
		    "are \"domain %s\"", text, domain);
	return err_set(e, "not a sender: %s; allowed is an address with its "
	    "domain: \"partner@example.org\"", text);
}

static int
read_domain(const char *text, char clean[ENTRY_TEXT_SIZE], struct err *e)
{
	const char	*bare = text + strspn(text, "*@");

	if (is_domain(text)) {
		(void)domain_clean(text, clean);
		return 0;
	}
	bare += *bare == '.';
	if (bare > text && is_domain(bare))
		return err_set(e, "not a domain: %s; \"domain %s\" is it and "
		    "all below it", text, bare);
	if (clean_address(text, 0, clean))
		return err_set(e, "not a domain: %s; one address of it is "
		    "\"sender %s\"", text, text);
	return err_set(e, "not a domain: %s; allowed is \"example.org\", which "
	    "is it and all below it", text);
}

static int
read_recipient(const char *text, char clean[ENTRY_TEXT_SIZE], struct err *e)
{
	char	bare[ENTRY_TEXT_SIZE];

	if (clean_address(text, NO_USER | NO_DOMAIN, clean))
		return 0;
	if (is_bracketed(text, bare))
		return refuse_brackets("recipient", bare, e);
	if (strncmp(text, "*@", 2) == 0 && is_domain(text + 2))
		return err_set(e, "not a recipient: %s; all of a domain are "
		    "\"recipient %s\"", text, text + 1);
	if (is_domain(text) && strchr(text, '.') == NULL)
		return err_set(e, "not a recipient: %s; this mailbox in every "
		    "domain is \"recipient %s@\", all of a domain are "
		    "\"recipient @%s\"", text, text, text);
	if (is_domain(text))
		return err_set(e, "not a recipient: %s; all of a domain are "
		    "\"recipient @%s\"", text, text);
	return err_set(e, "not a recipient: %s; allowed are "
	    "\"bob@example.com\", \"@example.com\" and \"abuse@\"", text);
}

static int
read_grace(const char *text, char clean[ENTRY_TEXT_SIZE], struct err *e)
{
	char	bare[ENTRY_TEXT_SIZE];

	if (clean_address(text, 0, clean))
		return 0;
	if (is_bracketed(text, bare))
		return refuse_brackets("grace", bare, e);
	return err_set(e, "not a mailbox: %s; allowed is \"bob@example.com\"",
	    text);
}

int
entry_value(enum entry_kind kind, const char *text,
    char clean[ENTRY_TEXT_SIZE], struct err *e)
{
	switch (kind) {
	case ENTRY_CLIENT:
		return read_client(text, clean, e);
	case ENTRY_NAME:
		return read_name(text, clean, e);
	case ENTRY_SENDER:
		return read_sender(text, clean, e);
	case ENTRY_DOMAIN:
		return read_domain(text, clean, e);
	case ENTRY_RECIPIENT:
		return read_recipient(text, clean, e);
	case ENTRY_GRACE:
		return read_grace(text, clean, e);
	default:
		return err_set(e, "no value of this kind: %s", text);
	}
}

int
entry_value_to(const char *text, char clean[ENTRY_TEXT_SIZE], struct err *e)
{
	if (clean_address(text, NO_USER, clean))
		return 0;
	return err_set(e, "%s%s: allowed after \"to\" are \"bob@example.com\" "
	    "and \"@example.com\"", *text == '\0' ? "no recipient" :
	    "not a recipient: ", text);
}
