/* SPDX-License-Identifier: ISC
 * tests/lib/whitelist_world.c - the whitelist that whitelist_world.h tells of. */
#include "tests/lib/whitelist_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
wl_tell(const char *sentence, void *told)
{
	struct wl_told	*t = told;
	size_t		 used = strlen(t->text);

	assert_true(used + strlen(sentence) + 2 < sizeof(t->text));
	(void)snprintf(t->text + used, sizeof(t->text) - used, "%s\n",
	    sentence);
}

void
wl_write(struct wl *wl, const char *own, const char *shipped)
{
	write_text(wl->dir, "own", own);
	write_text(wl->dir, "shipped", shipped);
}

int
wl_try_read(struct wl *wl, struct whitelist_files **files,
    struct wl_told *told, struct err *e)
{
	char		 text[512];
	struct conf	*conf;
	struct wl_told	 wrong = { "" };
	int		 done;

	(void)snprintf(text, sizeof(text), "local-domains = {\"own.example\"}\n"
	    "whitelist = {\"%s/own\"}\nlarge-senders = \"%s/shipped\"\n",
	    wl->dir, wl->dir);
	if (conf_read_text(text, strlen(text), "", &conf, wl_tell, &wrong) ==
	    -1)
		fail_msg("%s", wrong.text);
	done = whitelist_read(conf, told == NULL ? NULL : wl_tell, told, files,
	    e);
	conf_free(&conf);
	return done;
}

struct whitelist_files *
wl_read(struct wl *wl)
{
	struct whitelist_files	*files = NULL;
	struct err		 e;

	if (wl_try_read(wl, &files, NULL, &e) == -1)
		fail_msg("%s", e.text);
	return files;
}

static void
use(struct wl *wl)
{
	struct whitelist_files	*files = wl_read(wl);
	struct err		 e;

	if (whitelist_use(wl->w, &files, wl->now, &e) == -1)
		fail_msg("%s", e.text);
	assert_null(files);
}

void
wl_reload(struct wl *wl, const char *own, const char *shipped)
{
	wl_write(wl, own, shipped);
	use(wl);
}

static void
begin(struct wl *wl)
{
	wl->w = whitelist_new(wl->world->s);
	assert_non_null(wl->w);
	use(wl);
}

static int
start(void **state, int (*store)(void **))
{
	struct wl	*wl = calloc(1, sizeof(*wl));
	void		*world;

	if (wl == NULL || store(&world) == -1)
		return -1;
	wl->world = world;
	wl->now = WL_NOW;
	memcpy(wl->dir, "/tmp/greygate-test-XXXXXX", 26);
	if (mkdtemp(wl->dir) == NULL)
		return -1;
	*state = wl;
	wl_write(wl, "", "");
	begin(wl);
	return 0;
}

int
wl_in_memory(void **state)
{
	return start(state, world_in_memory);
}

int
wl_in_folder(void **state)
{
	return start(state, world_in_folder);
}

int
wl_end(void **state)
{
	struct wl	*wl = *state;
	void		*world = wl->world;

	whitelist_free(&wl->w);
	remove_all(wl->dir);
	free(wl);
	return world_end(&world);
}

void
wl_restart(struct wl *wl)
{
	whitelist_free(&wl->w);
	if (*wl->world->top != '\0') {
		store_close(&wl->world->s);
		world_open(wl->world);
	}
	begin(wl);
}

bool
wl_add_until(struct wl *wl, const char *entry, int64_t expires)
{
	const struct whitelist_add	a = { .text = entry, .note = "",
					    .who = "root", .expires = expires };
	struct err			e;
	bool				replaced;

	if (whitelist_add(wl->w, &a, wl->now, &replaced, &e) == -1)
		fail_msg("%s: %s", entry, e.text);
	return replaced;
}

bool
wl_add(struct wl *wl, const char *entry)
{
	return wl_add_until(wl, entry, INT64_MAX);
}

void
wl_refuses(struct wl *wl, const struct whitelist_add *a, const char *says)
{
	struct err	e = { "" };
	bool		replaced;
	size_t		before = wl_count(wl);

	if (whitelist_add(wl->w, a, wl->now, &replaced, &e) != -1)
		fail_msg("taken: %s", a->text);
	if (strstr(e.text, says) == NULL)
		fail_msg("%s: not \"%s\": %s", a->text, says, e.text);
	assert_int_equal(wl_count(wl), before);
}

void
wl_tend(struct wl *wl, bool all)
{
	struct err	e;

	if (whitelist_tend(wl->w, wl->now, all, &e) == -1)
		fail_msg("%s", e.text);
}

struct listed *
wl_find(struct wl *wl, const char *text)
{
	struct whitelist_guard	 g;
	const struct view	*v = whitelist_enter(wl->w, &g);
	struct listed		*found = NULL;

	for (size_t i = 0; found == NULL && i < view_count(v); i++)
		if (strcmp(view_at(v, i)->entry.text, text) == 0)
			found = listed_ref(view_at(v, i));
	whitelist_leave(wl->w, &g);
	return found;
}

size_t
wl_count(struct wl *wl)
{
	struct whitelist_guard	g;
	size_t			n = view_count(whitelist_enter(wl->w, &g));

	whitelist_leave(wl->w, &g);
	return n;
}

void
wl_hit(struct wl *wl, const char *text, int times)
{
	struct listed	*l = wl_find(wl, text);

	assert_non_null(l);
	for (int i = 0; i < times; i++)
		listed_hit(l, wl->now);
	listed_unref(&l);
}
