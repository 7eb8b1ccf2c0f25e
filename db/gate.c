/* SPDX-License-Identifier: ISC
 * db/gate.c - the door that gate.h describes. */
#include "db/gate.h"

#include <pthread.h>
#include <stdlib.h>

struct gate {
	pthread_mutex_t	lock;
	pthread_cond_t	left;		/* somebody went out, or it broke */
	unsigned	most, inside, waiting;
	bool		broken;
	struct err	why;
};

struct gate *
gate_new(unsigned most)
{
	struct gate	*g = calloc(1, sizeof(*g));

	if (g == NULL)
		return NULL;
	(void)pthread_mutex_init(&g->lock, NULL);
	(void)pthread_cond_init(&g->left, NULL);
	g->most = most;
	return g;
}

void
gate_free(struct gate **g)
{
	if (*g == NULL)
		return;
	(void)pthread_cond_destroy(&(*g)->left);
	(void)pthread_mutex_destroy(&(*g)->lock);
	free(*g);
	*g = NULL;
}

int
gate_enter(struct gate *g, struct err *e)
{
	int	status = 0;

	pthread_mutex_lock(&g->lock);
	while (!g->broken && g->inside >= g->most) {
		g->waiting++;
		pthread_cond_wait(&g->left, &g->lock);
		g->waiting--;
	}
	if (g->broken)
		status = err_set(e, "%s", g->why.text);
	else
		g->inside++;
	pthread_mutex_unlock(&g->lock);
	return status;
}

void
gate_leave(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	g->inside--;
	if (g->broken && g->inside == 0)
		pthread_cond_broadcast(&g->left);
	else if (g->waiting > 0)
		pthread_cond_signal(&g->left);
	pthread_mutex_unlock(&g->lock);
}

void
gate_break(struct gate *g, const char *sentence)
{
	pthread_mutex_lock(&g->lock);
	if (!g->broken)
		(void)err_set(&g->why, "%s", sentence);
	g->broken = true;
	pthread_cond_broadcast(&g->left);
	pthread_mutex_unlock(&g->lock);
}

void
gate_say(struct gate *g, const char *sentence)
{
	pthread_mutex_lock(&g->lock);
	(void)err_set(&g->why, "%s", sentence);
	pthread_mutex_unlock(&g->lock);
}

bool
gate_is_broken(struct gate *g, struct err *e)
{
	bool	broken;

	pthread_mutex_lock(&g->lock);
	broken = g->broken;
	if (broken)
		(void)err_set(e, "%s", g->why.text);
	pthread_mutex_unlock(&g->lock);
	return broken;
}

void
gate_drain(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	while (g->inside > 0)
		pthread_cond_wait(&g->left, &g->lock);
	pthread_mutex_unlock(&g->lock);
}

void
gate_mend(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	g->broken = false;
	pthread_mutex_unlock(&g->lock);
}
