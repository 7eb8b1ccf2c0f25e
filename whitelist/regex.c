/* SPDX-License-Identifier: ISC
 * whitelist/regex.c - PCRE2. The only file that includes pcre2.h.
 *
 * PCRE2 takes what memory it wants through functions of its user's choice: here
 * from a block on the stack, so that a match costs no allocation, holds no lock
 * and can use no more than is there. */
#include "whitelist/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

struct regex {
	pcre2_code	*code;
};

enum {
	/* Steps from one place of a text on. Patterns that go forward need
	 * about as many as a text has bytes. */
	STEPS_MAX = 10000,
	DEPTH_MAX = 2000,	/* of nested tries, without machine code */
	HEAP_KIB_MAX = 96,	/* grown in doubles, they fit in the scratch */
	TEXT_MAX = 2048,	/* SMTP has no longer paths */
	ALIGN = 16
};

static void *
scratch_take(size_t size, void *arg)
{
	struct regex_scratch	*s = arg;
	void			*p = s->bytes + s->used;

	if (size > sizeof(s->bytes) - s->used)
		return NULL;
	size = (size + ALIGN - 1) / ALIGN * ALIGN;
	if (size > sizeof(s->bytes) - s->used)
		return NULL;
	s->used += size;
	return p;
}

/* All of it goes when the function that has it on its stack returns. */
static void
scratch_give(void *p, void *arg)
{
	(void)p;
	(void)arg;
}

struct regex *
regex_new(const char *pattern, size_t len, struct err *e)
{
	struct regex	*r = calloc(1, sizeof(*r));
	PCRE2_UCHAR	 why[128];
	PCRE2_SIZE	 at;
	int		 code;

	if (r == NULL) {
		(void)err_set(e, "out of memory at a regex");
		return NULL;
	}
	r->code = pcre2_compile((PCRE2_SPTR)pattern, len, PCRE2_CASELESS |
	    PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP |
	    PCRE2_NEVER_BACKSLASH_C, &code, &at, NULL);
	if (r->code == NULL) {
		(void)pcre2_get_error_message(code, why, sizeof(why));
		(void)err_set(e, "not a regex: %s at character %zu of "
		    "/%.*s/", (const char *)why, (size_t)at, (int)len,
		    pattern);
		regex_free(&r);
		return NULL;
	}
	/* Without it, as where no memory may be both written and run, the
	 * same pattern is interpreted. */
	(void)pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE);
	return r;
}

void
regex_free(struct regex **r)
{
	if (*r == NULL)
		return;
	pcre2_code_free((*r)->code);
	free(*r);
	*r = NULL;
}

void
regex_begin(struct regex_scratch *s)
{
	s->used = 0;
	s->context = s->data = NULL;
}

/* Sets up what all matches on one scratch share. */
static int
prepare(struct regex_scratch *s)
{
	pcre2_general_context	*memory;
	pcre2_match_context	*limits;

	if (s->data != NULL)
		return 0;
	memory = pcre2_general_context_create(scratch_take, scratch_give, s);
	if (memory == NULL)
		return -1;
	limits = pcre2_match_context_create(memory);
	if (limits == NULL)
		return -1;
	(void)pcre2_set_match_limit(limits, STEPS_MAX);
	(void)pcre2_set_depth_limit(limits, DEPTH_MAX);
	(void)pcre2_set_heap_limit(limits, HEAP_KIB_MAX);
	s->context = limits;
	s->data = pcre2_match_data_create(1, memory);
	return s->data == NULL ? -1 : 0;
}

int
regex_match(const struct regex *r, const char *text, struct regex_scratch *s)
{
	size_t	len = strnlen(text, TEXT_MAX + 1);
	int	got;

	if (len > TEXT_MAX || prepare(s) == -1)
		return -1;
	got = pcre2_match(r->code, (PCRE2_SPTR)text, len, 0, 0, s->data,
	    s->context);
	if (got == PCRE2_ERROR_NOMATCH)
		return 0;
	return got >= 0 ? 1 : -1;
}
