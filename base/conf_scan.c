/* SPDX-License-Identifier: ISC
 * base/conf_scan.c - the scanner that conf_scan.h describes. */
#include "base/conf_scan.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct scan {
	char			*text;
	size_t			 len, at;
	unsigned		 line;
	struct conf_tokens	*out;
	struct conf_mistakes	*m;
	int			 status;
};

/* The character n after the current one; 0 past the end. */
static char
peek(const struct scan *s, size_t n)
{
	return n < s->len - s->at ? s->text[s->at + n] : '\0';
}

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c != '\0' && strchr("-_.:/@", c) != NULL);
}

static bool
is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\t' && c != '\n') || c == 0x7f;
}

static void
add(struct scan *s, struct conf_token t)
{
	struct conf_token	*grown;
	size_t			 size;

	if (s->out->used == s->out->size) {
		size = s->out->size ? s->out->size * 2 : 64;
		grown = reallocarray(s->out->list, size, sizeof(*grown));
		if (grown == NULL) {
			s->status = conf_mistake(s->m, 0, "out of memory");
			s->at = s->len;
			return;
		}
		s->out->list = grown;
		s->out->size = size;
	}
	s->out->list[s->out->used++] = t;
}

static void
blank(struct scan *s, size_t n)
{
	memset(s->text + s->at, ' ', n);
	s->at += n;
}

static void
line_comment(struct scan *s)
{
	while (s->at < s->len && s->text[s->at] != '\n')
		blank(s, 1);
}

static void
block_comment(struct scan *s)
{
	unsigned	line = s->line;

	blank(s, 2);
	while (s->at < s->len) {
		if (peek(s, 0) == '*' && peek(s, 1) == '/') {
			blank(s, 2);
			return;
		}
		if (peek(s, 0) == '\n') {
			s->line++;
			s->at++;
		} else {
			blank(s, 1);
		}
	}
	s->status = conf_mistake(s->m, line, "the comment that begins here has "
	    "no end, */");
}

static const char not_replaced[] = "${...} is not replaced by anything here; "
    "write the value itself";

/* What may not stand in a string; true if one was there and told. */
static bool
bad_in_string(struct scan *s, char quote)
{
	char	c = peek(s, 0), second = peek(s, 1);

	if (is_control(c))
		conf_mistake(s->m, s->line, "control character 0x%02x in a "
		    "string; allowed is printable text", (unsigned char)c);
	else if (quote == '"' && c == '\\' && second != '\\' && second != '"')
		conf_mistake(s->m, s->line, "a lone \\ in a string; allowed "
		    "are \\\\ for a backslash and \\\" for a quote");
	else if (quote == '"' && c == '$' && second == '{')
		conf_mistake(s->m, s->line, not_replaced);
	else
		return false;
	return true;
}

/* A string ends on its line: a missing quote is found where it is missing. */
static void
string(struct scan *s)
{
	struct conf_token	t = { .kind = 'w', .line = s->line,
				    .start = s->at, .word = s->at + 1 };
	char			quote = peek(s, 0);

	for (s->at++; peek(s, 0) != quote; s->at++) {
		if (s->at >= s->len || peek(s, 0) == '\n') {
			conf_mistake(s->m, t.line, "the quote that opens here "
			    "is not closed on its line");
			t.bad = true;
			t.end = s->at;
			add(s, t);
			return;
		}
		if (bad_in_string(s, quote))
			t.bad = true;
		else if (peek(s, 0) == '\\' &&
		    (peek(s, 1) == '\\' || peek(s, 1) == quote))
			s->at++;
	}
	t.len = s->at - t.word;
	t.end = ++s->at;
	add(s, t);
}

/* Tells of a character that needs quotes or has no place at all. */
static void
bad_in_word(struct scan *s)
{
	char	c = peek(s, 0);

	if (c == '$' && peek(s, 1) == '{')
		conf_mistake(s->m, s->line, not_replaced);
	else if (is_control(c))
		conf_mistake(s->m, s->line, "control character 0x%02x; allowed "
		    "is text", (unsigned char)c);
	else if ((unsigned char)c >= 0x80)
		conf_mistake(s->m, s->line, "a character that is not ASCII "
		    "outside of quotes; put the value in quotes");
	else
		conf_mistake(s->m, s->line, "the character %c outside of "
		    "quotes; put the value in quotes", c);
}

static bool
ends_word(const struct scan *s)
{
	char	c = peek(s, 0), second = peek(s, 1);

	return s->at >= s->len || (c == '\r' && second == '\n') ||
	    (c == '+' && second == '=') ||
	    (c != '\0' && strchr(" \t\n{}()=,\"'#", c) != NULL);
}

static void
word(struct scan *s)
{
	struct conf_token	t = { .kind = 'w', .line = s->line,
				    .start = s->at, .word = s->at };

	for (; !ends_word(s); s->at++) {
		if (is_plain(peek(s, 0)))
			continue;
		if (!t.bad)
			bad_in_word(s);
		t.bad = true;
		/* The brace of ${NAME} opens no section. */
		if (peek(s, 0) == '$' && peek(s, 1) == '{')
			while (s->at + 1 < s->len && peek(s, 0) != '}' &&
			    peek(s, 1) != '\n')
				s->at++;
	}
	t.end = s->at;
	t.len = t.end - t.word;
	add(s, t);
}

static void
mark(struct scan *s, size_t n)
{
	struct conf_token	t = { .kind = peek(s, 0), .line = s->line,
				    .start = s->at, .end = s->at + n };

	s->at += n;
	add(s, t);
}

static void
take(struct scan *s)
{
	char	c = peek(s, 0), second = peek(s, 1);

	if (c == '\n') {
		s->line++;
		s->at++;
	} else if (c == ' ' || c == '\t') {
		s->at++;
	} else if (c == '\r' && second == '\n') {
		blank(s, 1);
	} else if (c == '#' || (c == '/' && second == '/')) {
		line_comment(s);
	} else if (c == '/' && second == '*') {
		block_comment(s);
	} else if (c == '"' || c == '\'') {
		string(s);
	} else if (c != '\0' && strchr("{}()=,", c) != NULL) {
		mark(s, 1);
	} else if (c == '+' && second == '=') {
		mark(s, 2);
	} else {
		word(s);
	}
}

int
conf_scan(char *text, size_t len, struct conf_tokens *out,
    struct conf_mistakes *m)
{
	struct scan	s = { .text = text, .len = len, .line = 1, .out = out,
			    .m = m };

	*out = (struct conf_tokens){ 0 };
	while (s.at < s.len)
		take(&s);
	add(&s, (struct conf_token){ .line = s.line, .start = len, .end = len });
	return s.status;
}

void
conf_tokens_clear(struct conf_tokens *t)
{
	free(t->list);
	*t = (struct conf_tokens){ 0 };
}
