/* SPDX-License-Identifier: ISC
 * recipient/shelf.c - the edition of a list that is in force. */
#include "recipient/shelf.h"

#include <stddef.h>

void
shelf_init(struct shelf *s)
{
	*s = (struct shelf){ .edition = NULL };
	(void)pthread_mutex_init(&s->lock, NULL);
}

void
shelf_clear(struct shelf *s)
{
	edition_unref(&s->edition);
	(void)pthread_mutex_destroy(&s->lock);
}

struct edition *
shelf_now(struct shelf *s)
{
	struct edition	*ed;

	(void)pthread_mutex_lock(&s->lock);
	ed = s->edition == NULL ? NULL : edition_ref(s->edition);
	(void)pthread_mutex_unlock(&s->lock);
	return ed;
}

void
shelf_put(struct shelf *s, struct edition *next, int64_t adopted)
{
	struct edition	*old;

	(void)pthread_mutex_lock(&s->lock);
	old = s->edition;
	s->edition = edition_ref(next);
	s->adopted = adopted;
	(void)pthread_mutex_unlock(&s->lock);
	/* A million entries are not freed while others wait. */
	edition_unref(&old);
}

void
shelf_set_trouble(struct shelf *s, enum shelf_trouble which,
    const struct err *e)
{
	(void)pthread_mutex_lock(&s->lock);
	s->trouble[which] = e != NULL ? *e : (struct err){ "" };
	(void)pthread_mutex_unlock(&s->lock);
}

int64_t
shelf_state(struct shelf *s, struct err *trouble)
{
	int64_t	adopted;

	*trouble = (struct err){ "" };
	(void)pthread_mutex_lock(&s->lock);
	adopted = s->adopted;
	for (int i = 0; i < SHELF_TROUBLES && trouble->text[0] == '\0'; i++)
		*trouble = s->trouble[i];
	(void)pthread_mutex_unlock(&s->lock);
	return adopted;
}
