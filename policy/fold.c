/* SPDX-License-Identifier: ISC
 * policy/fold.c - what a sender signs and forwards with: BATV, SRS, case. The
 * addresses of lists and mailing services are in policy/verp.c. */
#include "policy/fold.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mailaddr.h"
#include "base/pseudonym.h"
#include "policy/verp.h"

/* A stretch of the local part, and the domain it stands for. */
struct view {
	const char	*local, *end;	/* end: one behind the last byte */
	const char	*domain;	/* not ended by NUL where it is SRS's */
	size_t		 domain_len;
};

static size_t
put(char *out, const char *s, size_t len)
{
	memcpy(out, s, len);
	return len;
}

static bool
begins(const struct view *v, const char *prefix)
{
	size_t	len = strlen(prefix);

	return (size_t)(v->end - v->local) >= len &&
	    memcmp(v->local, prefix, len) == 0;
}

/* The next '=' at or behind s, or NULL. */
static const char *
equals(const char *s, const char *end)
{
	return s < end ? memchr(s, '=', (size_t)(end - s)) : NULL;
}

/* 8 to 12 hexadecimal digits: key, day and hash of draft-levine-smtp-batv
 * are 10, what is met in mail is 9 to 11. */
static bool
is_batv_tag(const char *s, const char *end)
{
	if (end - s < 8 || end - s > 12)
		return false;
	for (; s < end; s++)
		if (!isxdigit((unsigned char)*s))
			return false;
	return true;
}

/* "prvs=TAG=user" and Barracuda's "btv1==TAG==user": to the user alone, who is
 * the same without a tag. Whether there was one. */
static bool
unwrap_batv(struct view *v)
{
	const char	*tag, *tag_end, *user;

	if (begins(v, "prvs=")) {
		tag = v->local + strlen("prvs=");
		tag_end = equals(tag, v->end);
		user = tag_end == NULL ? NULL : tag_end + 1;
	} else if (begins(v, "btv1==")) {
		tag = v->local + strlen("btv1==");
		tag_end = equals(tag, v->end);
		user = tag_end == NULL ? NULL : tag_end + 2;
		if (user == NULL || tag_end[1] != '=')
			return false;
	} else
		return false;
	if (user == NULL || user >= v->end || !is_batv_tag(tag, tag_end))
		return false;
	v->local = user;
	return true;
}

/* Behind "HASH=TT=", whose time stamp has up to 4 bytes; else NULL. */
static const char *
after_srs_stamp(const char *s, const char *end)
{
	const char	*hash_end = equals(s, end), *stamp_end;

	if (hash_end == NULL || hash_end == s)
		return NULL;
	stamp_end = equals(hash_end + 1, end);
	if (stamp_end == NULL || stamp_end == hash_end + 1 ||
	    stamp_end - hash_end > 5 ||
	    memchr(hash_end, '.', (size_t)(stamp_end - hash_end)) != NULL)
		return NULL;
	return stamp_end + 1;
}

/* "domain=local" with a dot in the domain: its '=', or NULL. */
static const char *
srs_domain_end(const char *s, const char *end)
{
	const char	*eq = equals(s, end);

	if (eq == NULL || eq + 1 >= end ||
	    memchr(s, '.', (size_t)(eq - s)) == NULL)
		return NULL;
	return eq;
}

static size_t	fold_local(const struct view *, char *, unsigned);

/*
 * Writes "<head>#=domain=local" for "<head>HASH=TT=domain=local"; stamp is where
 * the head ends. The local part is folded as one of that domain.
 * 0: this is no such address.
 */
static size_t
fold_srs_tail(const struct view *v, const char *stamp, char *out,
    unsigned depth)
{
	const char	*domain = after_srs_stamp(stamp, v->end), *eq;
	struct view	 inner;
	size_t		 n;

	if (domain == NULL || (eq = srs_domain_end(domain, v->end)) == NULL)
		return 0;
	n = put(out, v->local, (size_t)(stamp - v->local));
	n += put(out + n, "#=", 2);
	n += put(out + n, domain, (size_t)(eq + 1 - domain));
	inner = (struct view){ eq + 1, v->end, domain, (size_t)(eq - domain) };
	return n + fold_local(&inner, out + n, depth + 1);
}

static bool
is_srs_separator(char c)
{
	return c == '=' || c == '+' || c == '-';
}

/* "SRS1=HASH=first.example==HASH=TT=domain=local": both hashes and the stamp
 * go. The inner part belongs to the first forwarder and may be opaque. */
static size_t
fold_srs1(const struct view *v, char *out, unsigned depth)
{
	const char	*hash = v->local + strlen("srs1="), *first, *eq;
	struct view	 inner;
	size_t		 n, m;

	first = equals(hash, v->end);
	if (first == NULL || first == hash)
		return 0;
	first++;
	eq = srs_domain_end(first, v->end);
	if (eq == NULL || !is_srs_separator(eq[1]))
		return 0;
	n = put(out, v->local, (size_t)(hash - v->local));
	n += put(out + n, "#=", 2);
	n += put(out + n, first, (size_t)(eq + 2 - first));
	inner = (struct view){ eq + 2, v->end, first, (size_t)(eq - first) };
	m = fold_srs_tail(&inner, inner.local, out + n, depth);
	if (m == 0)
		m = put(out + n, inner.local, (size_t)(v->end - inner.local));
	return n + m;
}

static bool
is_srs1(const struct view *v)
{
	return begins(v, "srs1") && v->end - v->local >= 5 &&
	    is_srs_separator(v->local[4]);
}

/* Where the hash of an SRS address begins, else NULL: "SRS0=..." of libsrs2,
 * postsrsd and pfix-srsd, whose first separator may differ, or
 * "mailbox+SRS=..." of Exchange Online. */
static const char *
srs_hash(const struct view *v)
{
	static const char	 exchange[] = "+srs=";
	const char		*mark;

	if (is_srs1(v) || (begins(v, "srs0") && v->end - v->local >= 5 &&
	    is_srs_separator(v->local[4])))
		return v->local + 5;
	mark = memmem(v->local, (size_t)(v->end - v->local), exchange,
	    sizeof(exchange) - 1);
	return mark == NULL ? NULL : mark + sizeof(exchange) - 1;
}

/* Writes the folded local part, which is never longer, to out; its length. */
static size_t
fold_local(const struct view *outer, char *out, unsigned depth)
{
	enum { NESTED_MAX = 4 };	/* forwarders behind forwarders */
	struct view	 v = *outer;
	const char	*hash;
	size_t		 n = 0, len;

	while (unwrap_batv(&v))
		continue;
	len = (size_t)(v.end - v.local);
	hash = srs_hash(&v);
	if (hash == NULL)
		return verp_fold(v.local, len, v.domain, v.domain_len, out);
	if (depth < NESTED_MAX)
		n = is_srs1(&v) ? fold_srs1(&v, out, depth) :
		    fold_srs_tail(&v, hash, out, depth);
	/* Damaged, or without the original sender: nothing to fold to. */
	return n > 0 ? n : put(out, v.local, len);
}

static char *
lower(const char *s)
{
	char	*copy = strdup(s);

	if (copy == NULL)
		return NULL;
	for (char *p = copy; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return copy;
}

/* One round over a sender in lower case. NULL: out of memory. */
static char *
fold_once(const char *sender)
{
	struct view	 v = { .local = sender };
	char		*out;
	size_t		 n;

	v.domain = mailaddr_domain(sender);
	v.domain_len = strlen(v.domain);
	/* No machine's bounce address is without a domain, or quoted; a
	 * pseudonym's digits are no number. */
	if (v.domain_len == 0 || strpbrk(sender, "\"\\") != NULL ||
	    pseudonym_is(sender))
		return strdup(sender);
	v.end = v.domain - 1;

	out = malloc(strlen(sender) + 1);
	if (out != NULL) {
		n = fold_local(&v, out, 0);
		memcpy(out + n, v.end, v.domain_len + 2);
	}
	return out;
}

char *
fold_sender(const char *sender)
{
	char	*from = lower(sender), *to;
	bool	 same;

	/* Until nothing changes, so that a folded sender folds to itself. Each
	 * round but the last leaves fewer bytes that are not '#'. */
	for (same = false; from != NULL && !same; from = to) {
		to = fold_once(from);
		same = to != NULL && strcmp(from, to) == 0;
		free(from);
	}
	return from;
}

char *
fold_recipient(const char *recipient)
{
	return lower(recipient);
}

/* Whether there was a sub-address. */
static bool
cut_sub_address(char *address)
{
	char	*end = strrchr(address, '@'), *plus;

	/* Of a quoted local part a '+' may be anything. */
	if (strpbrk(address, "\"\\") != NULL)
		return false;
	if (end == NULL)
		end = address + strlen(address);
	plus = memchr(address, '+', (size_t)(end - address));
	if (plus == NULL || plus == address || plus + 1 == end)
		return false;
	memmove(plus, end, strlen(end) + 1);
	return true;
}

char *
fold_correspondent(const char *address)
{
	char	*folded = fold_sender(address), *cut;

	/* What is left may be a bounce address of its own; there is one '+' less
	 * each time. */
	while (folded != NULL && cut_sub_address(folded)) {
		cut = folded;
		folded = fold_sender(cut);
		free(cut);
	}
	return folded;
}
