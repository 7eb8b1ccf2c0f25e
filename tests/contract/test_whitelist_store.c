/* SPDX-License-Identifier: ISC
 * tests/contract/test_whitelist_store.c - live entries over each store: they
 * outlive restarts, deaths, sweeps and evictions, and threads share them. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/lib/whitelist_world.h"

enum { READERS = 3, ROUNDS = 60 };

static bool
has(struct wl *wl, const char *text)
{
	struct listed	*l = wl_find(wl, text);
	bool		 found = l != NULL;

	listed_unref(&l);
	return found;
}

static void
remove_entry(struct wl *wl, const char *text)
{
	struct err	e;

	if (whitelist_remove(wl->w, text, &e) != 1)
		fail_msg("%s: %s", text, e.text);
}

static void
entries_outlive_a_restart(void **state)
{
	struct wl			*wl = *state;
	const struct whitelist_add	 a = { "regex sender /^A # b/ unsafe",
					    "ticket \"4711\" # \xc3\xa4", "ann",
					    WL_NOW + 100 };
	struct err			 e;
	bool				 replaced;
	struct listed			*l;

	assert_int_equal(whitelist_add(wl->w, &a, wl->now, &replaced, &e), 0);
	(void)wl_add(wl, "client 2001:db8::/32 to a@own.example");
	(void)wl_add(wl, "domain gone.example");
	remove_entry(wl, "domain gone.example");
	wl_hit(wl, a.text, 7);
	wl->now += 50;
	wl_tend(wl, true);
	wl_restart(wl);
	assert_int_equal(wl_count(wl), 2);
	assert_true(has(wl, "client 2001:db8::/32 to a@own.example"));
	l = wl_find(wl, a.text);
	assert_non_null(l);
	assert_string_equal(l->where, "ann");
	assert_string_equal(l->note, a.note);
	assert_int_equal(l->created, WL_NOW);
	assert_int_equal(l->expires, WL_NOW + 100);
	assert_int_equal(atomic_load(&l->hits), 7);
	assert_int_equal(atomic_load(&l->last_hit), WL_NOW);
	assert_true(l->entry.unsafe);
	listed_unref(&l);
}

/* Neither what has expired by any clock nor the least recently used. */
static void
no_sweep_and_no_eviction_drops_an_entry(void **state)
{
	struct wl			*wl = *state;
	const struct store_span		 all = { INT64_MIN, WL_NOW + INT64_C(
					    1000) * 366 * 24 * 60 * 60 };
	size_t				 dropped;

	(void)wl_add(wl, "domain a.example");
	(void)wl_add_until(wl, "domain b.example", WL_NOW + 10);
	assert_int_equal(try_put(wl->world->s, "t", WL_NOW, NULL), 0);
	assert_int_equal(store_expire(wl->world->s, all, 100, &dropped, NULL),
	    0);
	assert_int_equal(dropped, 1);
	wl_hit(wl, "domain a.example", 1);
	wl_tend(wl, true);
	(void)store_expire(wl->world->s, all, 100, &dropped, NULL);
	assert_int_equal(dropped, 0);
	wl_restart(wl);
	assert_true(has(wl, "domain a.example"));
	assert_true(has(wl, "domain b.example"));
}

/* In a child, which ends without a word; what it was told is stored. */
static void
an_entry_outlives_a_death_right_after(void **state)
{
	struct wl	*wl = *state;
	pid_t		 child;
	int		 status;

	whitelist_free(&wl->w);
	store_close(&wl->world->s);
	child = fork();
	assert_int_not_equal(child, -1);
	if (child == 0) {
		world_open(wl->world);
		wl->w = whitelist_new(wl->world->s);
		wl_reload(wl, "", "");
		(void)wl_add(wl, "domain a.example");
		(void)wl_add(wl, "domain b.example");
		remove_entry(wl, "domain a.example");
		_exit(7);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	world_open(wl->world);
	wl->w = whitelist_new(wl->world->s);
	wl_reload(wl, "", "");
	assert_int_equal(wl_count(wl), 1);
	assert_true(has(wl, "domain b.example"));
}

enum { MANY = 40 };

struct many {
	struct whitelist_add	a[MANY];
	char			text[MANY][40];
};

static void
make_many(struct many *m, int number)
{
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(m->text[i], sizeof(m->text[i]),
		    "client 10.%d.1.%d", number, i);
		m->a[i] = (struct whitelist_add){ m->text[i], "", "root",
		    INT64_MAX };
	}
}

struct crowd {
	struct wl	*wl;
	int		 number;
	atomic_bool	*stop;
	atomic_uint	*bad, *matched;
};

/* One entry is always there, in three files and by hand, and has to match. */
static void *
match_on(void *arg)
{
	struct crowd		*c = arg;
	struct view_query	 q = { .sender = "x@always.example",
				    .rcpt = "a@own.example", .now = WL_NOW };
	struct view_matches	 m;
	struct whitelist_guard	 g;

	do {
		view_match(whitelist_enter(c->wl->w, &g), &q, &m);
		if (m.needs_proof[VIEW_OWN] == NULL || strcmp(
		    m.needs_proof[VIEW_OWN]->entry.text,
		    "domain always.example") != 0)
			atomic_fetch_add(c->bad, 1);
		else {
			listed_hit(m.needs_proof[VIEW_OWN], WL_NOW);
			atomic_fetch_add(c->matched, 1);
		}
		whitelist_leave(c->wl->w, &g);
	} while (!atomic_load(c->stop));
	return NULL;
}

/* Adds many and, again, the common one: only those that came before are old. */
static void
add_many(struct crowd *c, int round)
{
	struct many	m;
	struct err	e;
	size_t		replaced;

	make_many(&m, c->number);
	m.a[MANY / 2].text = "domain always.example";
	if (whitelist_add_all(c->wl->w, m.a, MANY, WL_NOW, &replaced, &e) ==
	    -1 || replaced != (round == 0 ? 1 : MANY))
		atomic_fetch_add(c->bad, 1);
}

/* Adds and removes its own; adds the common one again, and so replaces it. */
static void *
come_and_go(void *arg)
{
	struct crowd			*c = arg;
	struct err			 e;
	bool				 replaced;
	char				 text[64];
	struct whitelist_add		 a = { text, "", "root", INT64_MAX };
	const struct whitelist_add	 again = { "domain always.example",
					    "again", "root", INT64_MAX };

	for (int i = 0; i < ROUNDS; i++) {
		(void)snprintf(text, sizeof(text), "client 10.%d.0.%d",
		    c->number, i);
		if (whitelist_add(c->wl->w, &a, WL_NOW, &replaced, &e) == -1 ||
		    replaced || whitelist_add(c->wl->w, &again, WL_NOW,
		    &replaced, &e) == -1 || !replaced || (i % 2 == 0 &&
		    whitelist_remove(c->wl->w, text, &e) != 1))
			atomic_fetch_add(c->bad, 1);
		add_many(c, i);
	}
	return NULL;
}

static void *
reload_and_tend(void *arg)
{
	struct crowd		*c = arg;
	struct whitelist_files	*files;
	struct err		 e;

	for (int i = 0; i < ROUNDS; i++) {
		files = NULL;
		if (wl_try_read(c->wl, &files, NULL, &e) == -1 ||
		    whitelist_use(c->wl->w, &files, WL_NOW, &e) == -1 ||
		    whitelist_tend(c->wl->w, WL_NOW + i, true, &e) == -1)
			atomic_fetch_add(c->bad, 1);
		whitelist_drop(&files);
	}
	return NULL;
}

static void
mail_is_matched_while_others_change_entries(void **state)
{
	struct wl	*wl = *state;
	atomic_bool	 stop = false;
	atomic_uint	 bad = 0, matched = 0;
	struct crowd	 c[2] = { { wl, 0, &stop, &bad, &matched },
			     { wl, 1, &stop, &bad, &matched } };
	pthread_t	 readers[READERS], writers[3];
	struct listed	*l;

	wl_reload(wl, "domain file.example\n", "domain shipped.example\n");
	(void)wl_add(wl, "domain always.example");
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, match_on,
		    &c[0]), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&writers[i], NULL, i < 2 ?
		    come_and_go : reload_and_tend, &c[i % 2]), 0);
	for (int i = 0; i < 3; i++)
		(void)pthread_join(writers[i], NULL);
	atomic_store(&stop, true);
	for (int i = 0; i < READERS; i++)
		(void)pthread_join(readers[i], NULL);
	assert_int_equal(atomic_load(&bad), 0);
	assert_int_equal(wl_count(wl), 3 + ROUNDS + 2 * (MANY - 1));
	wl_tend(wl, true);
	wl_restart(wl);
	assert_int_equal(wl_count(wl), 3 + ROUNDS + 2 * (MANY - 1));
	/* However often it was replaced: not a hit is lost. */
	l = wl_find(wl, "domain always.example");
	assert_int_equal(atomic_load(&l->hits), atomic_load(&matched));
	listed_unref(&l);
}

#define BOTH(f)								\
	{ #f " (memory)", f, wl_in_memory, wl_end, NULL },		\
	{ #f " (Berkeley DB)", f, wl_in_folder, wl_end, NULL }
#define BDB(f)								\
	{ #f, f, wl_in_folder, wl_end, NULL }

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		BOTH(entries_outlive_a_restart),
		BOTH(no_sweep_and_no_eviction_drops_an_entry),
		BDB(an_entry_outlives_a_death_right_after),
		BOTH(mail_is_matched_while_others_change_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
