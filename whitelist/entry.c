/* SPDX-License-Identifier: ISC
 * whitelist/entry.c - reading one manual entry into its one form. */
#include "whitelist/entry.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "whitelist/entry_value.h"
#include "whitelist/regex.h"

/* What a kind may be followed by, and an example of it. */
struct kind {
	const char	*name;
	const char	*example;
	bool		 to, unsafe;
};

static const struct kind kinds[ENTRY_KINDS] = {
	[ENTRY_CLIENT] = { "client", "192.0.2.0/24", true, false },
	[ENTRY_NAME] = { "name", "*.mail.example.net", true, false },
	[ENTRY_SENDER] = { "sender", "partner@example.org", true, true },
	[ENTRY_DOMAIN] = { "domain", "example.org", true, true },
	[ENTRY_RECIPIENT] = { "recipient", "helpdesk@example.com", false,
	    false },
	[ENTRY_REGEX] = { "regex", "sender /^bounce-.*@lists\\.example$/",
	    false, true },
	[ENTRY_GRACE] = { "grace", "bob@example.com", false, false },
};

static const char *const fields[] = {
	[ENTRY_OF_SENDER] = "sender",
	[ENTRY_OF_NAME] = "name",
	[ENTRY_OF_RECIPIENT] = "recipient",
};

/* A stretch of the line. */
struct word {
	const char	*at;
	size_t		 len;
};

/* What was read so far. */
struct reading {
	struct word	 rest;
	struct entry	*out;
	struct err	*e;
};

const char *
entry_kind_name(enum entry_kind kind)
{
	return kinds[kind].name;
}

bool
entry_needs_proof(const struct entry *entry)
{
	return !entry->unsafe && (entry->kind == ENTRY_SENDER ||
	    entry->kind == ENTRY_DOMAIN || (entry->kind == ENTRY_REGEX &&
	    entry->field == ENTRY_OF_SENDER));
}

bool
entry_is_about(const struct entry *a, const struct entry *b)
{
	return a->kind == b->kind && a->field == b->field &&
	    a->value_len == b->value_len && memcmp(a->text + a->value,
	    b->text + b->value, a->value_len) == 0;
}

bool
entry_covers(const struct entry *a, const struct entry *b)
{
	return (!entry_needs_proof(a) || entry_needs_proof(b)) &&
	    (a->to_len == 0 || (a->to_len == b->to_len && memcmp(a->text + a->to,
	    b->text + b->to, a->to_len) == 0));
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void
trim(struct word *w)
{
	while (w->len > 0 && is_blank(*w->at)) {
		w->at++;
		w->len--;
	}
	while (w->len > 0 && is_blank(w->at[w->len - 1]))
		w->len--;
}

static bool
is(const struct word *w, const char *text)
{
	return w->len == strlen(text) && strncasecmp(w->at, text, w->len) == 0;
}

/* Takes the next word off; blanks in quotes are part of it. */
static struct word
next(struct reading *r)
{
	struct word	w = { r->rest.at, 0 };
	bool		quoted = false;

	for (; w.len < r->rest.len; w.len++) {
		char	c = w.at[w.len];

		if (c == '\\' && quoted && w.len + 1 < r->rest.len)
			w.len++;
		else if (c == '"')
			quoted = !quoted;
		else if (is_blank(c) && !quoted)
			break;
	}
	r->rest.at += w.len;
	r->rest.len -= w.len;
	trim(&r->rest);
	return w;
}

/* Appends to the canonical text; where it went, or 0 if it is full. */
static unsigned short
put(struct reading *r, const char *text, size_t len)
{
	size_t	used = strlen(r->out->text);

	if (len >= sizeof(r->out->text) - used) {
		(void)err_set(r->e, "an entry over %d characters: %.60s...",
		    ENTRY_TEXT_SIZE - 1, r->out->text);
		return 0;
	}
	memcpy(r->out->text + used, text, len);
	r->out->text[used + len] = '\0';
	return (unsigned short)used;
}

/* The same behind a blank, in lower case. */
static unsigned short
put_lower(struct reading *r, const char *text, size_t len)
{
	unsigned short	at;

	if (put(r, " ", 1) == 0 || (at = put(r, text, len)) == 0)
		return 0;
	for (char *p = r->out->text + at; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	return at;
}

static int
read_to(struct reading *r)
{
	struct word	w = next(r);
	char		text[ENTRY_TEXT_SIZE], clean[ENTRY_TEXT_SIZE];

	(void)snprintf(text, sizeof(text), "%.*s", (int)w.len, w.at);
	if (entry_value_to(text, clean, r->e) == -1 || put(r, " to", 3) == 0)
		return -1;
	r->out->to_len = (unsigned short)strlen(clean);
	r->out->to = put_lower(r, clean, strlen(clean));
	return r->out->to == 0 ? -1 : 0;
}

/* "unsafe" is for what would otherwise need a proof. */
static int
check_unsafe(const struct reading *r)
{
	const struct entry	*out = r->out;

	if (kinds[out->kind].unsafe && (out->kind != ENTRY_REGEX ||
	    out->field == ENTRY_OF_SENDER))
		return 0;
	return err_set(r->e, "\"unsafe\" goes with sender, domain and regex "
	    "sender alone: other entries need no proof");
}

/* "to RECIPIENT" and "unsafe", each once. */
static int
read_end(struct reading *r)
{
	struct entry	*out = r->out;

	while (r->rest.len > 0) {
		struct word	w = next(r);

		if (is(&w, "to") && out->to_len == 0) {
			if (!kinds[out->kind].to)
				return err_set(r->e, "\"to\" goes with client, "
				    "name, sender and domain, not with %s",
				    kinds[out->kind].name);
			if (read_to(r) == -1)
				return -1;
		} else if (is(&w, "unsafe") && !out->unsafe) {
			if (check_unsafe(r) == -1)
				return -1;
			out->unsafe = true;
		} else
			return err_set(r->e, "\"%.*s\" is one too many: after "
			    "the value may come \"to RECIPIENT\" and "
			    "\"unsafe\"", (int)w.len, w.at);
	}
	return out->unsafe && put(r, " unsafe", 7) == 0 ? -1 : 0;
}

/* Cuts the end of a regex off: "unsafe" behind a slash and blanks. */
static bool
cut_unsafe(struct word *w)
{
	struct word	before = { w->at, w->len - 6 };

	if (w->len < 8 || strncasecmp(w->at + before.len, "unsafe", 6) != 0 ||
	    !is_blank(w->at[before.len - 1]))
		return false;
	trim(&before);
	if (before.len == 0 || before.at[before.len - 1] != '/')
		return false;
	*w = before;
	return true;
}

/* Why what stands behind a field is not "/PATTERN/". */
static int
refuse_pattern(const struct reading *r, const struct word *w)
{
	const char	*last = memrchr(w->at, '/', w->len);
	struct word	 behind = { w->at, 0 };

	if (last != NULL && last > w->at) {
		behind = (struct word){ last + 1, w->len -
		    (size_t)(last + 1 - w->at) };
		trim(&behind);
	}
	if (behind.len > 2 && strncasecmp(behind.at, "to", 2) == 0 &&
	    is_blank(behind.at[2]))
		return err_set(r->e, "\"to\" goes with client, name, sender "
		    "and domain, not with regex");
	return err_set(r->e, "not a pattern: %.*s; allowed is /PATTERN/, then "
	    "perhaps \"unsafe\"", (int)w->len, w->at);
}

static int
put_pattern(struct reading *r, const struct word *w)
{
	struct entry	*out = r->out;
	struct regex	*check = regex_new(w->at + 1, w->len - 2, r->e);
	unsigned short	 at;

	if (check == NULL)
		return -1;
	regex_free(&check);
	if (put(r, " ", 1) == 0 || (at = put(r, w->at, w->len)) == 0)
		return -1;
	out->value = (unsigned short)(at + 1);
	out->value_len = (unsigned short)(w->len - 2);
	return out->unsafe && put(r, " unsafe", 7) == 0 ? -1 : 0;
}

/* FIELD /PATTERN/ [unsafe] */
static int
read_regex(struct reading *r)
{
	struct word	field = next(r), w;
	unsigned	i = 0;

	while (i < 3 && !is(&field, fields[i]))
		i++;
	if (i == 3)
		return err_set(r->e, "no field of a regex: \"%.*s\"; allowed "
		    "are sender, name and recipient", (int)field.len,
		    field.at);
	r->out->field = (enum entry_field)i;
	w = r->rest;
	r->out->unsafe = cut_unsafe(&w);
	if (w.len < 2 || *w.at != '/' || w.at[w.len - 1] != '/')
		return refuse_pattern(r, &w);
	if (w.len == 2)
		return err_set(r->e, "an empty pattern matches everything; "
		    "allowed is /PATTERN/");
	if (r->out->unsafe && check_unsafe(r) == -1)
		return -1;
	if (put_lower(r, fields[i], strlen(fields[i])) == 0)
		return -1;
	return put_pattern(r, &w);
}

static int
read_value(struct reading *r)
{
	const struct kind	*kind = &kinds[r->out->kind];
	char			 text[ENTRY_TEXT_SIZE], clean[ENTRY_TEXT_SIZE];
	struct word		 w;

	if (r->rest.len == 0)
		return err_set(r->e, "nothing after \"%s\"; an example: %s %s",
		    kind->name, kind->name, kind->example);
	if (r->out->kind == ENTRY_REGEX)
		return read_regex(r);
	w = next(r);
	(void)snprintf(text, sizeof(text), "%.*s", (int)w.len, w.at);
	if (entry_value(r->out->kind, text, clean, r->e) == -1)
		return -1;
	if (r->out->kind == ENTRY_CLIENT && entry_value_network(text,
	    &r->out->net, &r->out->bits, r->e) == -1)
		return -1;
	r->out->value_len = (unsigned short)strlen(clean);
	r->out->value = put_lower(r, clean, strlen(clean));
	return r->out->value == 0 ? -1 : read_end(r);
}

static int
check_line(const struct word *line, struct err *e)
{
	if (line->len == 0)
		return err_set(e, "an empty entry; an example: domain "
		    "example.org");
	if (line->len >= ENTRY_TEXT_SIZE)
		return err_set(e, "an entry over %d characters: %.60s...",
		    ENTRY_TEXT_SIZE - 1, line->at);
	for (size_t i = 0; i < line->len; i++)
		if (line->at[i] != '\t' && ((unsigned char)line->at[i] < ' ' ||
		    line->at[i] == 0x7f))
			return err_set(e, "a control character in an entry; "
			    "allowed is text");
	return 0;
}

int
entry_parse(const char *text, struct entry *out, struct err *e)
{
	struct reading	r = { { text, strlen(text) }, out, e };
	struct word	w;
	unsigned	kind = 0;

	trim(&r.rest);
	if (check_line(&r.rest, e) == -1)
		return -1;
	*out = (struct entry){ .kind = ENTRY_CLIENT };
	w = next(&r);
	while (kind < ENTRY_KINDS && !is(&w, kinds[kind].name))
		kind++;
	if (kind == ENTRY_KINDS)
		return err_set(e, "not a kind of entry: %.*s; allowed are "
		    "client, name, sender, domain, recipient and regex",
		    (int)w.len, w.at);
	out->kind = (enum entry_kind)kind;
	/* Not by put(): where it returns 0 there is something before it. */
	memcpy(out->text, kinds[kind].name, strlen(kinds[kind].name) + 1);
	return read_value(&r);
}
