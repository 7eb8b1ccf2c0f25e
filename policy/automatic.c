/* SPDX-License-Identifier: ISC
 * policy/automatic.c - the header fields and the addresses by which
 * programs are known. */
#include "policy/automatic.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/mailaddr.h"

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

/* RFC 3834, 5: anything but "no", parameters and comments aside. */
static enum unlearned
auto_submitted(const char *value)
{
	return is(skip(value), "no") ? UNLEARNED_NOTHING :
	    UNLEARNED_AUTO_SUBMITTED;
}

/* Fields of no standard, whose value may be anything, such as the subject that is
 * answered: they say so unless they deny it. */
static enum unlearned
says_so(const char *value)
{
	const char	*first = skip(value);
	bool		 alone = *skip(first + word(first)) == '\0';

	return alone && (is(first, "no") || is(first, "none") ||
	    is(first, "false") || is(first, "0")) ? UNLEARNED_NOTHING :
	    UNLEARNED_AUTO_SUBMITTED;
}

/* RFC 3834, 3.1.8, knows of the field; "auto_reply" is that of some systems. */
static enum unlearned
precedence(const char *value)
{
	const char	*first = skip(value);

	if (is(first, "bulk") || is(first, "junk") || is(first, "list"))
		return UNLEARNED_PRECEDENCE;
	return is(first, "auto_reply") ? UNLEARNED_AUTO_SUBMITTED :
	    UNLEARNED_NOTHING;
}

/* [MS-OXCMAIL] 2.1.3.2.20. Who asks to be spared receipts alone (DR, NDR, RN,
 * NRN) may be a person; who wants no absence note (OOF) is none. */
static enum unlearned
suppress(const char *value)
{
	for (const char *at = skip(value); *at != '\0';
	    at = skip(at + word(at)))
		if (is(at, "All") || is(at, "OOF") || is(at, "AutoReply"))
			return UNLEARNED_SUPPRESS;
	return UNLEARNED_NOTHING;
}

/* RFC 6522, 3; RFC 3464, 2.1; RFC 6533, 6; RFC 8098, 3; RFC 5965, 2. */
static enum unlearned
content_type(const char *value)
{
	static const char *const	reports[] = { "multipart/report",
		"message/delivery-status", "message/global-delivery-status",
		"message/disposition-notification",
		"message/global-disposition-notification",
		"message/feedback-report" };
	const char			*first = skip(value);

	for (size_t i = 0; i < LENGTH(reports); i++)
		if (is(first, reports[i]))
			return UNLEARNED_REPORT;
	return UNLEARNED_NOTHING;
}

/* Of systems that put it nowhere else; what a person answers begins with "Re:". */
static enum unlearned
subject(const char *value)
{
	static const char *const	forms[] = { "Automatic reply:",
		"Out of Office AutoReply:", "Out of Office:", "AutoReply:",
		"Auto-Reply:" };

	value += strspn(value, " \t\r\n");
	for (size_t i = 0; i < LENGTH(forms); i++)
		if (strncasecmp(value, forms[i], strlen(forms[i])) == 0)
			return UNLEARNED_AUTO_SUBMITTED;
	/* In capitals only: people have cars to sell. */
	return strncmp(value, "AUTO: ", strlen("AUTO: ")) == 0 ?
	    UNLEARNED_AUTO_SUBMITTED : UNLEARNED_NOTHING;
}

static enum unlearned
return_path(const char *value)
{
	return is(skip(value), "<>") ? UNLEARNED_REPORT : UNLEARNED_NOTHING;
}

static enum unlearned
delivered_to(const char *value)
{
	return is(skip(value), "Autoresponder") ? UNLEARNED_AUTO_SUBMITTED :
	    UNLEARNED_NOTHING;
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
	/* List managers of before RFC 2919 and RFC 2369, and beside them. */
	{ "Mailing-List",		always_list },
	{ "X-Mailing-List",		always_list },
	{ "X-BeenThere",		always_list },
	{ "X-Mailman-Version",		always_list },
	{ "X-List",			always_list },
	{ "X-ML-Name",			always_list },
	/* Automatic answers that say so in their own way. */
	{ "X-Autoreply",		says_so },
	{ "X-Auto-Reply",		says_so },
	{ "X-Autoreply-From",		says_so },
	{ "X-Autorespond",		says_so },
	{ "X-Autoresponder",		says_so },
	{ "X-Autogenerated",		says_so },
	{ "X-Mail-Autoreply",		says_so },
	{ "X-POST-MessageClass",	says_so },
	{ "X-FC-MachineGenerated",	says_so },
	{ "X-OTRS-Loop",		says_so },
	{ "X-Znuny-Loop",		says_so },
	{ "X-JIRA-FingerPrint",		says_so },
	{ "X-Loop",			says_so },
	{ "X-Cron-Env",			says_so },
	{ "X-MS-Exchange-Inbox-Rules-Loop", says_so },
	{ "X-MS-Exchange-ForwardingLoop", says_so },
	{ "X-MS-Exchange-Generated-Message-Source", says_so },
};

enum unlearned
automatic_header(const char *name, const char *value)
{
	/* White space before the colon is of RFC 5322, 4.5.8. */
	size_t	len = strcspn(name, " \t");

	for (size_t i = 0; i < LENGTH(fields); i++)
		if (strlen(fields[i].name) == len &&
		    strncasecmp(name, fields[i].name, len) == 0)
			return fields[i].judge(value);
	/* RFC 2369, RFC 2919, RFC 8058, and what list managers add to them. */
	return strncasecmp(name, "List-", strlen("List-")) == 0 ?
	    UNLEARNED_LIST : UNLEARNED_NOTHING;
}

/* A local part without quotes and sub-address. */
struct local {
	const char	*at, *end;
};

static bool
is_mark(char c)
{
	return c != '\0' && strchr("-_.=", c) != NULL;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
local_is(const struct local *l, const char *wanted)
{
	size_t	len = (size_t)(l->end - l->at);

	return strlen(wanted) == len && strncasecmp(l->at, wanted, len) == 0;
}

/* Whether the phrase stands at the beginning, with or without marks between its
 * letters: "do_not-reply". Digits may follow ("noreply2"), then no letter. */
static bool
phrase_at(struct local l, const char *phrase)
{
	while (*phrase != '\0' && l.at < l.end) {
		if (is_mark(*l.at))
			l.at++;
		else if (lower(*l.at++) != *phrase++)
			return false;
	}
	if (*phrase != '\0')
		return false;
	while (l.at < l.end && *l.at >= '0' && *l.at <= '9')
		l.at++;
	return l.at == l.end || is_mark(*l.at);
}

/* "noreply" and its kin, from any word on: "orders.no-reply". */
static bool
wants_no_reply(const struct local *l)
{
	static const char *const	phrases[] = { "noreply", "noresponse",
		"donotreply", "donotrespond", "dontreply", "autoreply",
		"autorespond", "autoresponder", "autoresponse",
		"mailerdaemon", "unsubscribe", "unsub", "nepasrepondre",
		"nichtantworten", "keineantwort", "noresponder", "naoresponda",
		"naoresponder", "nonrispondere", "nietbeantwoorden" };

	for (struct local rest = *l; rest.at < rest.end; rest.at++) {
		if (is_mark(*rest.at) ||
		    (rest.at > l->at && !is_mark(rest.at[-1])))
			continue;
		for (size_t i = 0; i < LENGTH(phrases); i++)
			if (phrase_at(rest, phrases[i]))
				return true;
	}
	return false;
}

/* "bounces-7", "SRS0=...": where reports of what is sent from there go. */
static bool
takes_bounces(const struct local *l)
{
	size_t	n = 0;

	while (l->at + n < l->end && !is_mark(l->at[n]))
		n++;
	return local_is(&(struct local){ l->at, l->at + n }, "bounce") ||
	    local_is(&(struct local){ l->at, l->at + n }, "bounces") ||
	    local_is(&(struct local){ l->at, l->at + n }, "srs0") ||
	    local_is(&(struct local){ l->at, l->at + n }, "srs1");
}

/* "owner-list", "list-request": RFC 2142, 6, and list managers. Names of people
 * are joined by dots rather. */
static bool
is_list_command(const struct local *l)
{
	static const char *const	last[] = { "request", "leave", "join",
		"subscribe", "owner", "bounces", "bounce", "confirm" };
	const char			*dash = memrchr(l->at, '-',
					    (size_t)(l->end - l->at));
	struct local			 end;

	if (dash == NULL || dash == l->at)
		return false;
	if (l->end - l->at > 6 && strncasecmp(l->at, "owner-", 6) == 0)
		return true;
	end = (struct local){ dash + 1, l->end };
	for (size_t i = 0; i < LENGTH(last); i++)
		if (local_is(&end, last[i]))
			return true;
	return false;
}

/* RFC 2142, 4 and 5; the accounts of programs; list managers. */
static bool
is_role(const struct local *l)
{
	static const char *const	roles[] = { "postmaster", "abuse",
		"hostmaster", "webmaster", "noc", "security", "usenet", "news",
		"www", "uucp", "ftp", "root", "daemon", "nobody", "www-data",
		"apache", "cron", "double-bounce", "listserv", "listproc",
		"majordomo", "mailman", "sympa", "ezmlm", "ecartis" };

	for (size_t i = 0; i < LENGTH(roles); i++)
		if (local_is(l, roles[i]))
			return true;
	return false;
}

bool
automatic_address(const char *address)
{
	const char	*domain = mailaddr_domain(address);
	struct local	 l = { .at = address, .end = domain };
	const char	*plus;

	if (l.end > l.at && l.end[-1] == '@')
		l.end--;
	if (l.at < l.end && *l.at == '"')
		l.at++;
	if (l.at < l.end && l.end[-1] == '"')
		l.end--;
	plus = memchr(l.at, '+', (size_t)(l.end - l.at));
	/* Exchange Online's forwarding: "alice+SRS=...". */
	if (plus != NULL && l.end - plus > 5 &&
	    strncasecmp(plus, "+SRS=", 5) == 0)
		return true;
	if (plus != NULL && plus > l.at)
		l.end = plus;
	return is_role(&l) || wants_no_reply(&l) || takes_bounces(&l) ||
	    is_list_command(&l);
}
