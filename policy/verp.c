/* SPDX-License-Identifier: ISC
 * policy/verp.c - what varies in the bounce addresses of lists and services:
 * first the forms of known services, so that an account's number stays; then
 * one rule for everything that calls itself a bounce address. */
#include "policy/verp.h"

#include <stdbool.h>
#include <string.h>

/*
 * A known form of local part. Small letters and signs stand for themselves,
 * capitals for a stretch of at least one byte:
 *   D  digits, kept             N  digits
 *   K  anything, kept           X  hexadecimal digits
 *   A  all the rest, kept       H  16 and more hexadecimal digits
 *                               U  a UUID
 *                               L  20 and more letters and digits
 *                               S  anything
 *                               R  all the rest
 * The right column becomes '#', and '#' has its form too. "Anything" reaches to
 * the first place where what follows it in the form stands.
 */
struct form {
	const char	*domain;	/* this one or below it; NULL: any */
	const char	*local;
};

static const struct form forms[] = {
	{ NULL, "bounces+D-X-A" },		/* SendGrid: account first */
	{ NULL, "bounce-md_D.R" },		/* Mandrill: account first */
	{ NULL, "bounce-mc.K_D.N-A" },		/* Mailchimp: account second */
	{ NULL, "bounce-N_K-N-N-D-N" },		/* Marketing Cloud: account 4th */
	{ NULL, "bounce+X.X-A" },		/* Mailgun */
	{ NULL, "msprvs1=S=A" },		/* SparkPost: account in A */
	{ NULL, "sentto-D-N-N-A" },		/* Yahoo Groups: group first */
	{ NULL, "K+bncbL" },			/* Google Groups */
	{ NULL, "K-owner+N" },			/* Majordomo 2 */
	{ NULL, "H-U-N" },			/* Amazon SES */
	{ "bounces.google.com", "3R" },
	{ "bnc.salesforce.com", "K__R" },
	{ "facebookmail.com", "K+R" },
	{ "hubspotemail.net", "L" },
	{ "in.constantcontact.com", "S_D_R" },
	{ "mktomail.com", "K.R" }		/* Marketo: account first */
};

/* Whole words, between signs, that tell a bounce address. */
static const char *const marks[] = {
	"bounce", "bounces", "return", "returns", "errors", "verp"
};

static const char digits[] = "0123456789";
static const char hex_digits[] = "0123456789abcdef";
static const char alnum[] = "0123456789abcdefghijklmnopqrstuvwxyz";

enum { NUMBER_MIN = 5 };	/* digits that a year or a list's name has not */

static bool
is_in(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static size_t
span(const char *s, const char *end, const char *set)
{
	size_t	n = 0;

	while (s + n < end && is_in(s[n], set))
		n++;
	return n;
}

static size_t
at_least(size_t n, size_t min)
{
	return n >= min ? n : 0;
}

static size_t
span_uuid(const char *s, const char *end)
{
	static const char	shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if ((size_t)(end - s) < sizeof(shape) - 1)
		return 0;
	for (size_t i = 0; i < sizeof(shape) - 1; i++)
		if (shape[i] == '-' ? s[i] != '-' : !is_in(s[i], hex_digits))
			return 0;
	return sizeof(shape) - 1;
}

/* Up to the first place where the form's next signs and letters stand. */
static size_t
span_anything(const char *s, const char *end, const char *next)
{
	size_t		 len = strcspn(next, "ADHKLNRSUX");
	const char	*found = memmem(s, (size_t)(end - s), next, len);

	return found == NULL ? 0 : (size_t)(found - s);
}

/* How much of s the capital at *form stands for; 0: it does not match. */
static size_t
span_class(const char *form, const char *s, const char *end)
{
	if (s < end && *s == '#' && is_in(*form, "NXHUL"))
		return 1;
	switch (*form) {
	case 'D':
	case 'N':
		return span(s, end, digits);
	case 'X':
		return span(s, end, hex_digits);
	case 'H':
		return at_least(span(s, end, hex_digits), 16);
	case 'L':
		return at_least(span(s, end, alnum), 20);
	case 'U':
		return span_uuid(s, end);
	case 'K':
	case 'S':
		return span_anything(s, end, form + 1);
	default:
		return (size_t)(end - s);
	}
}

/* Writes the folded local part if it has the form; its length, else 0. */
static size_t
fold_form(const char *form, const char *s, const char *end, char *out)
{
	size_t	n = 0, len;

	for (; *form != '\0'; form++) {
		if (*form < 'A' || *form > 'Z') {
			if (s == end || *s != *form)
				return 0;
			out[n++] = *s++;
			continue;
		}
		if ((len = span_class(form, s, end)) == 0)
			return 0;
		if (is_in(*form, "ADK")) {
			memcpy(out + n, s, len);
			n += len;
		} else
			out[n++] = '#';
		s += len;
	}
	return s == end ? n : 0;
}

static bool
is_below(const char *domain, size_t len, const char *parent)
{
	size_t	n = strlen(parent);

	return len >= n && memcmp(domain + len - n, parent, n) == 0 &&
	    (len == n || domain[len - n - 1] == '.');
}

static bool
is_mark(const char *s, size_t len)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strlen(marks[i]) == len && memcmp(s, marks[i], len) == 0)
			return true;
	return false;
}

/* A mark among the labels: nobody has a mailbox at bounces.example.com (but at
 * bounce.com somebody may). */
static bool
has_mark(const char *domain, size_t len)
{
	const char	*end = domain + len, *dot;

	for (; (dot = memchr(domain, '.', (size_t)(end - domain))) != NULL;
	    domain = dot + 1)
		if (is_mark(domain, (size_t)(dot - domain)) &&
		    memchr(dot + 1, '.', (size_t)(end - dot - 1)) != NULL)
			return true;
	return false;
}

/* "user=example.com" at the end: the recipient, or a sender, in full. */
static bool
has_embedded(const char *s, const char *end)
{
	const char	*eq = memrchr(s, '=', (size_t)(end - s));

	return eq != NULL && memchr(eq, '.', (size_t)(end - eq)) != NULL;
}

/* Digits and letters mixed as no word or name of a list has them: six and
 * more, three digits among them, a letter behind a digit; or a long row of
 * hexadecimal digits. */
static bool
is_token(const char *s, size_t len)
{
	size_t	n = 0;
	bool	behind = false;

	for (size_t i = 0; i < len; i++) {
		n += is_in(s[i], digits);
		if (i > 0 && is_in(s[i - 1], digits) && !is_in(s[i], digits))
			behind = true;
	}
	if (len >= 16 && n > 0 && span(s, s + len, hex_digits) == len)
		return true;
	return len >= 6 && n >= 3 && behind;
}

/* A word of letters and digits (or one '#') and how much it tells: digits of a
 * number, NUMBER_MIN and more for a token; 0: it is a word, or it belongs to
 * an address ("user=example.com"). */
static size_t
variable(const char *s, const char *end, size_t *len)
{
	if (s < end && *s == '#')
		*len = 1;
	else
		*len = span(s, end, alnum);
	if (*len == 0 || (s + *len < end && s[*len] == '='))
		return 0;
	if (*s == '#' || is_token(s, *len))
		return NUMBER_MIN;
	return span(s, end, digits) == *len ? *len : 0;
}

/*
 * The stretch of numbers and tokens, with one sign between two, that begins
 * at s. A number alone has to be long, unless a recipient behind it tells that
 * this is a bounce address for sure. 0: there is none.
 */
static size_t
run_length(const char *s, const char *end, bool sure)
{
	size_t	told = 0, part, len, run = 0;
	size_t	at = 0;

	while ((part = variable(s + at, end, &len)) > 0) {
		told += part;
		run = at += len;
		if (s + at == end || !is_in(s[at], "-+_."))
			break;
		at++;
	}
	if (s + run < end && !is_in(s[run], "-+_."))
		return 0;
	return sure || told >= NUMBER_MIN ? run : 0;
}

static size_t
copy_run(const char *s, size_t len, char *out)
{
	size_t	n = 0;

	for (size_t i = 0; i < len; i++) {
		if (is_in(s[i], "-+_."))
			out[n++] = s[i];
		else if (n == 0 || out[n - 1] != '#')
			out[n++] = '#';
	}
	return n;
}

/* Whether a stretch may begin at s: behind a mark and one or two signs. */
static bool
follows_mark(const char *local, const char *s)
{
	const char	*end = s, *word;

	while (end > local && s - end < 2 && is_in(end[-1], "-+="))
		end--;
	for (word = end; word > local && is_in(word[-1], alnum);)
		word--;
	return end < s && is_mark(word, (size_t)(end - word));
}

/* The rule for all: a stretch of numbers and tokens directly behind a mark, or
 * anywhere if the domain is a mark and no address is embedded. */
static size_t
fold_runs(const char *local, const char *end, bool anywhere, char *out)
{
	bool		 sure = has_embedded(local, end);
	const char	*s = local;
	size_t		 n = 0, run, word;

	while (s < end) {
		run = 0;
		if (follows_mark(local, s) || (anywhere && !sure))
			run = run_length(s, end, sure);
		if (run > 0) {
			n += copy_run(s, run, out + n);
			s += run;
			continue;
		}
		word = span(s, end, alnum);
		if (word == 0)
			word = 1;
		memcpy(out + n, s, word);
		n += word;
		s += word;
	}
	return n;
}

size_t
verp_fold(const char *local, size_t len, const char *domain,
    size_t domain_len, char *out)
{
	const char	*end = local + len;
	size_t		 n;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (forms[i].domain != NULL &&
		    !is_below(domain, domain_len, forms[i].domain))
			continue;
		n = fold_form(forms[i].local, local, end, out);
		if (n > 0)
			return n;
	}
	return fold_runs(local, end, has_mark(domain, domain_len), out);
}
