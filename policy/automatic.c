/* SPDX-License-Identifier: ISC
 * policy/automatic.c - the header fields by which programs are known. */
#include "policy/automatic.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define LENGTH(a)	(sizeof(a) / sizeof((a)[0]))

static const char *const names[UNLEARNED_KINDS] = {
	[UNLEARNED_NOTHING] = "",
	[UNLEARNED_NULL_SENDER] = "null-sender",
	[UNLEARNED_AUTO_SUBMITTED] = "auto-submitted",
	[UNLEARNED_PRECEDENCE] = "precedence",
	[UNLEARNED_LIST] = "list",
	[UNLEARNED_SUPPRESS] = "suppress",
	[UNLEARNED_REPORT] = "report",
	[UNLEARNED_ROLE_SENDER] = "role-sender",
	[UNLEARNED_MAX_RECIPIENTS] = "max-recipients",
	[UNLEARNED_REFUSED] = "refused",
	[UNLEARNED_ROLE] = "role",
	[UNLEARNED_MAX_PER_HOUR] = "max-per-hour",
	[UNLEARNED_STORE] = "store",
};

const char *
unlearned_name(enum unlearned why)
{
	return names[why];
}

/* Behind a comment, which may hold others (RFC 5322, 3.2.2). */
static const char *
skip_comment(const char *at)
{
	unsigned	depth = 0;

	do {
		if (*at == '(')
			depth++;
		else if (*at == ')')
			depth--;
		else if (*at == '\\' && at[1] != '\0')
			at++;
		at++;
	} while (depth > 0 && *at != '\0');
	return at;
}

/* To the next word of a value. */
static const char *
skip(const char *at)
{
	while (*at != '\0') {
		if (*at == '(')
			at = skip_comment(at);
		else if (strchr(" \t\r\n,;\"", *at) != NULL)
			at++;
		else
			break;
	}
	return at;
}

static size_t
word(const char *at)
{
	return strcspn(at, " \t\r\n,;(\"");
}

static bool
is(const char *at, const char *wanted)
{
	size_t	len = word(at);

	return strlen(wanted) == len && strncasecmp(at, wanted, len) == 0;
}

typedef enum unlearned (*judge_fn)(const char *value);

/* RFC 3834, 5: anything but "no". */
static enum unlearned
auto_submitted(const char *value)
{
	const char	*first = skip(value);

	return *first == '\0' || is(first, "no") ? UNLEARNED_NOTHING :
	    UNLEARNED_AUTO_SUBMITTED;
}

/* RFC 3834, 3.1.8, knows of the field; "auto_reply" is that of some gateways. */
static enum unlearned
precedence(const char *value)
{
	const char	*first = skip(value);

	if (is(first, "bulk") || is(first, "junk") || is(first, "list"))
		return UNLEARNED_PRECEDENCE;
	return is(first, "auto_reply") ? UNLEARNED_AUTO_SUBMITTED :
	    UNLEARNED_NOTHING;
}

/* [MS-OXCMAIL], X-Auto-Response-Suppress: receipts alone (DR, NDR, RN, NRN) are
 * nothing that a person's mail may not ask to be spared. */
static enum unlearned
suppress(const char *value)
{
	for (const char *at = skip(value); *at != '\0';
	    at = skip(at + word(at)))
		if (is(at, "All") || is(at, "OOF") || is(at, "AutoReply") ||
		    is(at, "-1"))
			return UNLEARNED_SUPPRESS;
	return UNLEARNED_NOTHING;
}

/* RFC 6522, 3; RFC 3464, 2.1; RFC 8098, 3. */
static enum unlearned
content_type(const char *value)
{
	const char	*first = skip(value);

	return is(first, "multipart/report") ||
	    is(first, "message/delivery-status") ||
	    is(first, "message/disposition-notification") ?
	    UNLEARNED_REPORT : UNLEARNED_NOTHING;
}

/* Of systems that put it nowhere else; what a person answers begins with "Re:". */
static enum unlearned
subject(const char *value)
{
	static const char *const	forms[] = { "Automatic reply:",
		"Out of Office AutoReply:", "Out of Office:", "AutoReply:",
		"Auto-Reply:", "AUTO: " };

	value += strspn(value, " \t\r\n");
	for (size_t i = 0; i < LENGTH(forms); i++)
		if (strncasecmp(value, forms[i], strlen(forms[i])) == 0)
			return UNLEARNED_AUTO_SUBMITTED;
	return UNLEARNED_NOTHING;
}

static enum unlearned
delivered_to(const char *value)
{
	return is(skip(value), "Autoresponder") ? UNLEARNED_AUTO_SUBMITTED :
	    UNLEARNED_NOTHING;
}

static enum unlearned
return_path(const char *value)
{
	return is(skip(value), "<>") ? UNLEARNED_REPORT : UNLEARNED_NOTHING;
}

static enum unlearned
always_list(const char *value)
{
	(void)value;
	return UNLEARNED_LIST;
}

static enum unlearned
always_report(const char *value)
{
	(void)value;
	return UNLEARNED_REPORT;
}

static const struct {
	const char	*name;
	judge_fn	 judge;
} fields[] = {
	{ "Auto-Submitted",		auto_submitted },
	{ "Precedence",			precedence },
	{ "Preference",			precedence },
	{ "X-Precedence",		precedence },
	{ "X-Auto-Response-Suppress",	suppress },
	{ "Content-Type",		content_type },
	{ "Return-Path",		return_path },
	{ "Subject",			subject },
	{ "Delivered-To",		delivered_to },
	{ "X-Failed-Recipients",	always_report },
	/* RFC 2919; RFC 2369; list managers of before. */
	{ "List-Id",			always_list },
	{ "List-Unsubscribe",		always_list },
	{ "List-Subscribe",		always_list },
	{ "List-Post",			always_list },
	{ "List-Help",			always_list },
	{ "List-Owner",			always_list },
	{ "List-Archive",		always_list },
	{ "Mailing-List",		always_list },
	{ "X-Mailing-List",		always_list },
	{ "X-BeenThere",		always_list },
	{ "X-Mailman-Version",		always_list },
	{ "X-List",			always_list },
	/* Automatic answers that say so in their own way; "no" is none. */
	{ "X-Autoreply",		auto_submitted },
	{ "X-Auto-Reply",		auto_submitted },
	{ "X-Autoreply-From",		auto_submitted },
	{ "X-Autorespond",		auto_submitted },
	{ "X-Autoresponder",		auto_submitted },
	{ "X-Autogenerated",		auto_submitted },
	{ "X-Mail-Autoreply",		auto_submitted },
	{ "X-POST-MessageClass",	auto_submitted },
	{ "X-FC-MachineGenerated",	auto_submitted },
	{ "X-OTRS-Loop",		auto_submitted },
	{ "X-Znuny-Loop",		auto_submitted },
	{ "X-MS-Exchange-Inbox-Rules-Loop", auto_submitted },
	{ "X-Cron-Env",			auto_submitted },
};

enum unlearned
automatic_header(const char *name, const char *value)
{
	for (size_t i = 0; i < LENGTH(fields); i++)
		if (strcasecmp(name, fields[i].name) == 0)
			return fields[i].judge(value);
	return UNLEARNED_NOTHING;
}

/* RFC 2142, 4 and 5; the accounts of programs; list managers. */
static const char *const roles[] = {
	"postmaster", "abuse", "hostmaster", "webmaster", "noc", "security",
	"usenet", "news", "www", "uucp", "ftp", "root", "daemon", "nobody",
	"www-data", "apache", "cron", "mailer-daemon", "mailerdaemon",
	"double-bounce", "autoreply", "auto-reply", "autoresponder", "listserv",
	"listproc", "majordomo", "mailman", "sympa", "ezmlm", "ecartis",
};

/* The words of a local part, between the marks that people put there. */
enum { WORDS = 8 };

struct words {
	const char	*at[WORDS];
	size_t		 len[WORDS], n;
};

static void
split(const char *local, size_t len, struct words *out)
{
	const char	*end = local + len;

	out->n = 0;
	while (local < end && out->n < WORDS) {
		size_t n = strcspn(local, "-_.=");

		if (n > (size_t)(end - local))
			n = (size_t)(end - local);
		out->at[out->n] = local;
		out->len[out->n++] = n;
		local += n + 1;
	}
}

static bool
word_is(const struct words *w, size_t i, const char *wanted)
{
	return i < w->n && w->len[i] == strlen(wanted) &&
	    strncasecmp(w->at[i], wanted, w->len[i]) == 0;
}

/* "noreply", "no-reply", "do_not_reply", at any place: "orders.noreply". */
static bool
wants_no_reply(const struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (word_is(w, i, "noreply") || word_is(w, i, "donotreply") ||
		    word_is(w, i, "dontreply") || word_is(w, i, "noresponse") ||
		    (word_is(w, i, "no") && (word_is(w, i + 1, "reply") ||
		    word_is(w, i + 1, "response"))) ||
		    (word_is(w, i, "not") && word_is(w, i + 1, "reply")))
			return true;
	return false;
}

/* "bounces-7", "owner-list", "list-request", "unsubscribe-x". */
static bool
is_command(const struct words *w)
{
	static const char *const	last[] = { "request", "leave", "join",
		"subscribe", "unsubscribe", "owner", "bounces", "bounce",
		"confirm" };

	for (size_t i = 0; i < w->n; i++)
		if (word_is(w, i, "unsubscribe") || word_is(w, i, "unsub"))
			return true;
	if (word_is(w, 0, "bounce") || word_is(w, 0, "bounces") ||
	    (word_is(w, 0, "owner") && w->n > 1))
		return true;
	if (w->n < 2 || w->at[w->n - 1][-1] != '-')
		return false;
	for (size_t i = 0; i < LENGTH(last); i++)
		if (word_is(w, w->n - 1, last[i]))
			return true;
	return false;
}

/* Up to the domain, or to a sub-address. */
static size_t
local_length(const char *local)
{
	const char	*at = strrchr(local, '@');
	size_t		 len = at != NULL ? (size_t)(at - local) :
			    strlen(local);
	const char	*plus = memchr(local, '+', len);

	if (plus != NULL && plus > local)
		len = (size_t)(plus - local);
	return len > 0 && local[len - 1] == '"' ? len - 1 : len;
}

bool
automatic_address(const char *address)
{
	const char	*local = address[0] == '"' ? address + 1 : address;
	size_t		 len = local_length(local);
	struct words	 w;

	for (size_t i = 0; i < LENGTH(roles); i++)
		if (strlen(roles[i]) == len &&
		    strncasecmp(local, roles[i], len) == 0)
			return true;
	split(local, len, &w);
	return wants_no_reply(&w) || is_command(&w);
}
