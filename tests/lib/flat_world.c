/* SPDX-License-Identifier: ISC
 * tests/lib/flat_world.c - a list file in a folder of its own. */
#include "tests/lib/flat_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "recipient/hashed.h"
#include "tests/lib/store_world.h"

int
flat_world_begin(void **state)
{
	struct flat_world	*w = calloc(1, sizeof(*w));

	*state = w;
	(void)snprintf(w->folder, sizeof(w->folder),
	    "/tmp/greygate-test-XXXXXX");
	if (mkdtemp(w->folder) == NULL)
		return -1;
	(void)snprintf(w->path, sizeof(w->path), "%s/list", w->folder);
	(void)snprintf(w->keep, sizeof(w->keep), "%s/kept", w->folder);
	(void)snprintf(w->key, sizeof(w->key), "%s/key", w->folder);
	w->conf = (struct flat_conf){ .path = w->path, .keep = w->keep,
	    .key_file = "", .rule = { "+", false }, .max_loss = 30 };
	w->now = 1700000000;
	return 0;
}

int
flat_world_end(void **state)
{
	struct flat_world	*w = *state;

	flat_unref(&w->f);
	remove_all(w->folder);
	free(w);
	return 0;
}

void
flat_world_stamp(const struct flat_world *w, long stamp)
{
	struct timespec	times[2] = { { .tv_nsec = UTIME_OMIT },
			    { .tv_sec = 1600000000, .tv_nsec = stamp } };

	assert_int_equal(utimensat(AT_FDCWD, w->path, times, 0), 0);
}

void
flat_world_write(struct flat_world *w, const char *text)
{
	write_text(w->folder, "list", text);
	flat_world_stamp(w, ++w->writes);
}

void
flat_world_write_users(struct flat_world *w, int first, int n)
{
	char	text[2000] = "";

	assert_true(n < 100);
	for (int i = 0; i < n; i++)
		(void)sprintf(text + strlen(text), "user%d@x\n", first + i);
	flat_world_write(w, text);
}

void
flat_world_open(struct flat_world *w)
{
	struct err	e;

	if (flat_open(&w->f, &w->conf, w->now, &e) == -1)
		fail_msg("%s", e.text);
}

void
flat_world_restart(struct flat_world *w)
{
	flat_unref(&w->f);
	assert_null(w->f);
	flat_world_open(w);
}

static void
note(const char *address, void *arg)
{
	struct flat_world	*w = arg;

	strcat(strcat(w->lost, address), " ");
	/* No lock is held that whoever is told could need. */
	(void)flat_world_has(w, address);
}

void
flat_world_tend(struct flat_world *w, int n)
{
	for (; n > 0; n--)
		flat_tend(w->f, ++w->now, note, w);
}

int
flat_world_adopt(struct flat_world *w, struct err *e)
{
	return flat_adopt(w->f, w->now, note, w, e);
}

bool
flat_world_has(struct flat_world *w, const char *address)
{
	struct address	a;

	assert_int_equal(address_make(&a, address, &w->conf.rule), 0);
	return flat_has(w->f, &a) == 1;
}

const char *
flat_world_trouble(struct flat_world *w)
{
	struct flat_stats	stats;

	flat_stats(w->f, &stats);
	w->trouble = stats.trouble;
	return w->trouble.text;
}

size_t
flat_world_count(struct flat_world *w)
{
	struct flat_stats	stats;

	flat_stats(w->f, &stats);
	return stats.addresses;
}

static char *
put_hash(char *out, const char *key, const char *text)
{
	unsigned char	hashed[HASHED_SIZE];

	hashed_make((const unsigned char *)key, strlen(key), text, hashed);
	hashed_format(hashed, out);
	return stpcpy(out + strlen(out), "\n");
}

void
flat_world_hashed(char *out, const char *key, const char *const addresses[])
{
	out = put_hash(out, key, HASHED_MARK);
	for (size_t i = 0; addresses[i] != NULL; i++)
		out = put_hash(out, key, addresses[i]);
}
