/* SPDX-License-Identifier: ISC
 * recipient/edition.c - one edition of a list file. */
#include "recipient/edition.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recipient/hashed.h"
#include "recipient/list.h"
#include "recipient/list_file.h"

struct edition {
	atomic_uint	 refs;
	struct list	*list;
	struct list	*domains;	/* that have an address in it */
	size_t		 hashed;
	struct err	 bad_lines;
	size_t		 key_len;
	unsigned char	 key[HASHED_KEY_MAX];
};

static void
tell_bad_lines(struct edition *ed, const struct list_file *file)
{
	if (file->bad > 0)
		(void)err_set(&ed->bad_lines, "%zu bad line%s left out, to be "
		    "corrected: %s%s", file->bad, file->bad == 1 ? " is" :
		    "s are", file->bad_lines.text, file->bad > 3 ? " ..." : "");
}

static bool
note_domain(const char *text, size_t len, void *arg)
{
	struct edition	*ed = arg;
	const char	*at = memrchr(text, '@', len);
	size_t		 local = at == NULL ? len : (size_t)(at + 1 - text);

	if (list_add(ed->domains, text + local, len - local) == 0)
		return true;
	list_unref(&ed->domains);
	return false;
}

/* Of hashes nobody can tell. */
static int
note_domains(struct edition *ed)
{
	ed->domains = list_new();
	if (ed->domains != NULL && ed->hashed == 0)
		list_walk(ed->list, note_domain, ed);
	return ed->domains == NULL ? -1 : 0;
}

static int
read_into(struct edition *ed, int fd, const struct edition_conf *conf,
    bool *passing, struct err *e)
{
	struct err		no_key;
	struct list_file_conf	lf = { .path = conf->path, .rule = conf->rule,
				    .no_key = no_key.text };
	struct list_file	file;

	if (conf->key_file[0] == '\0')
		(void)err_set(&no_key, "recipients.key-file does not name "
		    "the key");
	else
		(void)hashed_key_read(conf->key_file, ed->key, &ed->key_len,
		    &no_key);
	lf.key = ed->key;
	lf.key_len = ed->key_len;
	if (list_file_read(fd, &lf, &file, e) == -1) {
		*passing = file.passing;
		return -1;
	}
	ed->list = file.list;
	ed->hashed = file.hashed;
	tell_bad_lines(ed, &file);
	return note_domains(ed) == 0 ? 0 : err_set(e, "%s: out of memory",
	    conf->path);
}

int
edition_read(int fd, const struct edition_conf *conf, struct edition **out,
    bool *passing, struct err *e)
{
	struct edition	*ed = calloc(1, sizeof(*ed));

	*passing = true;
	if (ed == NULL)
		return err_set(e, "%s: out of memory", conf->path);
	atomic_init(&ed->refs, 1);
	if (read_into(ed, fd, conf, passing, e) == -1) {
		edition_unref(&ed);
		return -1;
	}
	*out = ed;
	return 0;
}

struct edition *
edition_ref(struct edition *ed)
{
	atomic_fetch_add(&ed->refs, 1);
	return ed;
}

void
edition_unref(struct edition **ed)
{
	struct edition	*old = *ed;

	*ed = NULL;
	if (old == NULL || atomic_fetch_sub(&old->refs, 1) != 1)
		return;
	list_unref(&old->list);
	list_unref(&old->domains);
	explicit_bzero(old->key, sizeof(old->key));
	free(old);
}

/* This very text, as it is or as a hash. */
static bool
has_text(const struct edition *ed, const char *text)
{
	unsigned char	hashed[HASHED_SIZE];

	if (ed->hashed < list_count(ed->list) &&
	    list_has(ed->list, text, strlen(text)))
		return true;
	if (ed->hashed == 0)
		return false;
	hashed_make(ed->key, ed->key_len, text, hashed);
	return list_has(ed->list, (const char *)hashed, HASHED_SIZE);
}

bool
edition_has(const struct edition *ed, const struct address *a)
{
	char	all[ADDRESS_MAX + 2];

	if (has_text(ed, a->whole) ||
	    (a->base[0] != '\0' && has_text(ed, a->base)))
		return true;
	(void)snprintf(all, sizeof(all), "@%s", a->domain);
	return has_text(ed, all);
}

bool
edition_knows(const struct edition *ed, const char *domain)
{
	return ed->hashed > 0 || list_has(ed->domains, domain, strlen(domain));
}

size_t
edition_count(const struct edition *ed)
{
	return list_count(ed->list);
}

size_t
edition_hashed(const struct edition *ed)
{
	return ed->hashed;
}

size_t
edition_bytes(const struct edition *ed)
{
	return sizeof(*ed) + list_bytes(ed->list) + list_bytes(ed->domains);
}

const char *
edition_bad_lines(const struct edition *ed)
{
	return ed->bad_lines.text;
}

/* Makes lines of what is in the list. */
struct walk {
	edition_each_fn	 each;
	void		*arg;
	bool		 stopped;
};

/* Entries are addresses, and so no longer than these. */
static bool
walk_entry(const char *text, size_t len, void *arg)
{
	struct walk	*w = arg;
	char		 line[ADDRESS_MAX + HASHED_TEXT_SIZE];

	if (text[0] == '\0') {
		hashed_format((const unsigned char *)text, line);
	} else {
		memcpy(line, text, len);
		line[len] = '\0';
	}
	w->stopped = !w->each(line, w->arg);
	return !w->stopped;
}

void
edition_walk(const struct edition *ed, edition_each_fn each, void *arg)
{
	struct walk	w = { each, arg, false };
	unsigned char	mark[HASHED_SIZE];

	if (ed->hashed > 0) {
		hashed_make(ed->key, ed->key_len, HASHED_MARK, mark);
		(void)walk_entry((const char *)mark, HASHED_SIZE, &w);
	}
	if (!w.stopped)
		list_walk(ed->list, walk_entry, &w);
}

struct comparison {
	const struct edition	*next;
	const struct address_rule *rule;
	edition_lost_fn		 each;
	void			*arg;
	size_t			 lost;
};

static bool
still_has(const struct comparison *c, const char *text)
{
	struct address	a;

	return address_make(&a, text, c->rule) == 0 && edition_has(c->next, &a);
}

static bool
compare_entry(const char *entry, size_t len, void *arg)
{
	struct comparison	*c = arg;
	char			 text[ADDRESS_MAX + 1];

	if (list_has(c->next->list, entry, len))
		return true;
	if (entry[0] == '\0') {
		c->lost++;
		return true;
	}
	memcpy(text, entry, len);
	text[len] = '\0';
	if (still_has(c, text))
		return true;
	c->lost++;
	if (c->each != NULL && text[0] != '@')
		c->each(text, c->arg);
	return true;
}

size_t
edition_lost(const struct edition *old, const struct edition *next,
    const struct address_rule *rule, edition_lost_fn each, void *arg)
{
	struct comparison	c = { .next = next, .rule = rule,
				    .each = each, .arg = arg };

	list_walk(old->list, compare_entry, &c);
	return c.lost;
}

static bool
is_in(const char *entry, size_t len, void *arg)
{
	struct comparison	*c = arg;

	c->lost += !list_has(c->next->list, entry, len);
	return c->lost == 0;
}

bool
edition_is(const struct edition *a, const struct edition *b)
{
	struct comparison	c = { .next = b };

	if (list_count(a->list) != list_count(b->list))
		return false;
	list_walk(a->list, is_in, &c);
	return c.lost == 0;
}
