/* SPDX-License-Identifier: ISC
 * tests/lib/store_world.c - the store for tests that store_world.h describes. */
#include "tests/lib/store_world.h"

#include <ftw.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

int
world_try_open(struct world *w, struct err *e)
{
	struct store_conf	conf = { .path = *w->state ? w->state : NULL,
				    .alarms = w->alarms,
				    .cache_bytes = 1 << 20 };

	e->text[0] = '\0';
	return store_open(&w->s, &conf, e);
}

void
world_open(struct world *w)
{
	struct err	e;

	if (world_try_open(w, &e) == -1)
		fail_msg("%s", e.text);
}

void
world_refuses(struct world *w, const char *says)
{
	struct err	e;

	assert_int_equal(world_try_open(w, &e), -1);
	if (strstr(e.text, says) == NULL)
		fail_msg("not \"%s\": %s", says, e.text);
}

int
world_in_memory(void **state)
{
	struct world	*w = calloc(1, sizeof(*w));

	*state = w;
	world_open(w);
	return 0;
}

int
world_closed(void **state)
{
	struct world	*w = calloc(1, sizeof(*w));

	*state = w;
	(void)snprintf(w->top, sizeof(w->top), "%s",
	    "/tmp/greygate-test-XXXXXX");
	if (mkdtemp(w->top) == NULL)
		return -1;
	(void)snprintf(w->state, sizeof(w->state), "%s/state", w->top);
	w->alarms = alarms_new();
	return mkdir(w->state, 0700);
}

int
world_in_folder(void **state)
{
	if (world_closed(state) == -1)
		return -1;
	world_open(*state);
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void
remove_all(const char *path)
{
	(void)nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int
world_end(void **state)
{
	struct world	*w = *state;

	store_close(&w->s);
	alarms_free(&w->alarms);
	if (*w->top) {
		(void)umount2(w->state, MNT_DETACH);
		remove_all(w->top);
	}
	free(w);
	return 0;
}

int
world_own_mounts(void **state)
{
	(void)state;
	if (geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		return 0;
	print_error("these tests run as root: they mount small disks\n");
	return -1;
}

void
write_text(const char *folder, const char *name, const char *text)
{
	char	path[NAME];
	FILE	*file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

void
remove_named(const char *folder, const char *name)
{
	char	path[NAME];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(unlink(path), 0);
}

struct store_key
key_of(const char *text)
{
	struct store_key	key = { .len = strlen(text) };

	memcpy(key.bytes, text, key.len);
	return key;
}

static void
put_it(struct store_item *items, size_t n, void *arg)
{
	(void)n;
	items->act = STORE_PUT;
	items->expires = *(int64_t *)arg;
	items->len = 100;
	memset(items->value, 'v', items->len);
}

int
try_put(struct store *s, const char *key, int64_t expires, struct err *e)
{
	struct store_item	item = { .key = key_of(key) };

	return store_step(s, &item, 1, put_it, &expires, e);
}

void
put_many(struct store *s, const char *prefix, int n)
{
	char		name[NAME];
	struct err	e;

	for (int i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "%s%06d", prefix, i);
		if (try_put(s, name, 5000, &e) == -1)
			fail_msg("%s", e.text);
	}
}

int
get(struct store *s, const char *key, struct err *e)
{
	struct store_item	item = { .key = key_of(key) };

	return store_get(s, &item, e);
}

void
expect_many(struct store *s, const char *prefix, int n)
{
	char		name[NAME];
	struct err	e;

	for (int i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "%s%06d", prefix, i);
		if (get(s, name, &e) != 1)
			fail_msg("%s of %d is missing", name, n);
	}
}

static bool
count_one(const struct store_item *item, void *arg)
{
	(void)item;
	++*(uint64_t *)arg;
	return true;
}

uint64_t
count_walked(struct store *s, const char *prefix)
{
	uint64_t	n = 0;

	assert_int_equal(store_walk(s, prefix, strlen(prefix), count_one, &n,
	    NULL), 0);
	return n;
}

uint64_t
count_told(struct store *s)
{
	struct store_stats	stats;

	store_stats(s, &stats);
	return stats.records;
}

struct store_span
world_until(int64_t now)
{
	return (struct store_span){ .after = INT64_MIN, .upto = now };
}

size_t
expire(struct store *s, int64_t now, size_t limit, int more)
{
	struct err	e = { "" };
	size_t		dropped = 99;

	if (store_expire(s, world_until(now), limit, &dropped, &e) != more)
		fail_msg("more was not %d: %s", more, e.text);
	return dropped;
}
