/* SPDX-License-Identifier: ISC
 * recipient/list_file.c - reads a file of addresses into a list. */
#include "recipient/list_file.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "recipient/hashed.h"
#include "recipient/lines.h"
#include "recipient/stamp.h"

enum { TOLD = 3 };		/* bad lines */

static const int64_t	bytes_max = INT64_C(4) << 30;

struct reading {
	const struct list_file_conf	*conf;
	struct list_file		*out;
	bool				 marked;	/* the mark was met */
	unsigned char			 mark[HASHED_SIZE];
};

/* A line's first word; a reason: it is bad. */
struct word {
	const char	*reason;
	char		*text;
	uint64_t	 line;
};

static bool
is_white(char c)
{
	return c == ' ' || c == '\t';
}

/* Where the first word ends; white space in quotes is part of it. */
static char *
end_of_word(char *s)
{
	bool	quoted = false;

	for (; *s != '\0' && (quoted || !is_white(*s)); s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		else if (*s == '"')
			quoted = !quoted;
	}
	return s;
}

/* Kinds of addresses that directories list beside those for mail. */
static bool
is_of_no_concern(const char *word)
{
	static const char *const	kinds[] = {
		"sip:", "x400:", "x500:", "eum:", "spo:",
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncasecmp(word, kinds[i], strlen(kinds[i])) == 0)
			return true;
	return false;
}

/* "smtp:" and angle brackets off. */
static char *
bare(char *word)
{
	static const char	smtp[] = "smtp:";
	size_t			len;

	if (strncasecmp(word, smtp, strlen(smtp)) == 0)
		word += strlen(smtp);
	len = strlen(word);
	if (len < 2 || word[0] != '<' || word[len - 1] != '>')
		return word;
	word[len - 1] = '\0';
	return word + 1;
}

/* Letters, digits, hyphens, and the underscores of some; UTF-8; an address
 * literal. No label is empty; address_make() has taken off dots at its end. */
static bool
is_domain(const char *s)
{
	static const char	allowed[] = "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-_.";

	if (*s == '[')
		return s[1] != '\0' && strchr(s, ']') == s + strlen(s) - 1;
	if (*s == '.' || strstr(s, "..") != NULL)
		return false;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x80 && strchr(allowed, *s) == NULL)
			return false;
	return true;
}

/* NULL, or what is wrong with an address that was made of a word. */
static const char *
fault(const struct address *a, const char *word)
{
	if (a->domain[0] == '\0')
		return "no domain (an address is user@domain)";
	if (!is_domain(a->domain))
		return "not a domain behind the @";
	if (strcmp(a->local, "*") == 0 && word[0] != '"')
		return "no \"*\" before the @: all of a domain is @domain";
	if (a->local[0] == '"' && word[0] != '"')
		return "characters that an address has in quotes only";
	return NULL;
}

static int
add(struct reading *r, const void *text, size_t len, struct err *e)
{
	if (list_add(r->out->list, text, len) == 0)
		return 0;
	r->out->passing = true;
	return err_set(e, "%s: out of memory", r->conf->path);
}

static int
take_hash(struct reading *r, struct word *w, struct err *e)
{
	unsigned char	hashed[HASHED_SIZE];
	size_t		before = list_count(r->out->list);

	if (!hashed_parse(w->text, hashed)) {
		w->reason = "not \"hmac-sha256:\" and 64 hex digits";
		return 0;
	}
	if (r->conf->key_len == 0)
		return err_set(e, "%s:%llu: a hashed address: %s",
		    r->conf->path, (unsigned long long)w->line,
		    r->conf->no_key);
	if (memcmp(hashed, r->mark, HASHED_SIZE) == 0) {
		r->marked = true;
		return 0;
	}
	if (add(r, hashed, HASHED_SIZE, e) == -1)
		return -1;
	r->out->hashed += list_count(r->out->list) - before;
	return 0;
}

static int
take_address(struct reading *r, struct word *w, struct err *e)
{
	char		*word = bare(w->text);
	struct address	 a;

	if (address_make(&a, word, r->conf->rule) == -1)
		w->reason = "longer than any address";
	else
		w->reason = fault(&a, word);
	w->text = word;
	return w->reason != NULL ? 0 : add(r, a.whole, strlen(a.whole), e);
}

static void
leave_out(struct reading *r, const struct word *w)
{
	struct err	*told = &r->out->bad_lines;
	size_t		 used = strlen(told->text);

	if (++r->out->bad <= TOLD)
		(void)snprintf(told->text + used, sizeof(told->text) - used,
		    "%s%s:%llu: %s: %.40s", used > 0 ? "; " : "",
		    r->conf->path, (unsigned long long)w->line, w->reason,
		    w->text);
}

static int
take_line(struct reading *r, const struct line *line, struct err *e)
{
	struct word	w = { .text = line->text, .line = line->number };
	bool		indented = is_white(line->text[0]);
	int		status = 0;

	if (strlen(w.text) != line->len || strchr(w.text, '\r') != NULL) {
		w.reason = "a NUL or a carriage return within the line";
		leave_out(r, &w);
		return 0;
	}
	w.text += strspn(w.text, " \t");
	if (*w.text == '\0' || *w.text == '#')
		return 0;
	*end_of_word(w.text) = '\0';
	if (hashed_is_meant(w.text))
		status = take_hash(r, &w, e);
	else if (!is_of_no_concern(w.text))
		status = take_address(r, &w, e);
	if (status == 0 && w.reason != NULL && !indented)
		leave_out(r, &w);
	return status;
}

static int
take_lines(struct reading *r, int fd, struct err *e)
{
	struct lines	*lines = lines_new(fd, r->conf->path);
	struct line	 line;
	int		 more = -1;

	if (lines == NULL) {
		r->out->passing = true;
		return err_set(e, "%s: out of memory", r->conf->path);
	}
	while ((more = lines_next(lines, &line, &r->out->passing, e)) == 1)
		if (take_line(r, &line, e) == -1) {
			more = -1;
			break;
		}
	lines_free(&lines);
	return more;
}

/* Is what was read a list at all? */
static int
check(const struct reading *r, struct err *e)
{
	const struct list_file	*out = r->out;

	if (list_count(out->list) == 0)
		return err_set(e, "%s: holds no address%s%s", r->conf->path,
		    out->bad > 0 ? "; " : "", out->bad_lines.text);
	if (out->hashed > 0 && !r->marked)
		return err_set(e, "%s: its hashes were made with another key, "
		    "or it lacks the hash of \"%s\", which shows the key",
		    r->conf->path, HASHED_MARK);
	return 0;
}

static int
read_list(struct reading *r, int fd, struct err *e)
{
	struct stamp	stamp;

	stamp_of(fd, &stamp);
	if (stamp.size > bytes_max)
		return err_set(e, "%s: over 4 GB, which no list of addresses "
		    "has", r->conf->path);
	r->out->list = list_new();
	if (r->out->list == NULL) {
		r->out->passing = true;
		return err_set(e, "%s: out of memory", r->conf->path);
	}
	if (r->conf->key_len > 0)
		hashed_make(r->conf->key, r->conf->key_len, HASHED_MARK,
		    r->mark);
	return take_lines(r, fd, e) == -1 ? -1 : check(r, e);
}

int
list_file_read(int fd, const struct list_file_conf *conf,
    struct list_file *out, struct err *e)
{
	struct reading	r = { .conf = conf, .out = out };

	*out = (struct list_file){ .bad_lines = { "" } };
	if (read_list(&r, fd, e) == 0)
		return 0;
	list_unref(&out->list);
	return -1;
}
