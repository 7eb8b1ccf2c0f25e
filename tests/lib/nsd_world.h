/* SPDX-License-Identifier: ISC
 * tests/lib/nsd_world.h - a private DNS server (nsd) in a temporary folder, and
 * one that never answers. What fails ends the test program. */
#ifndef TESTS_LIB_NSD_WORLD_H
#define TESTS_LIB_NSD_WORLD_H

#include <sys/types.h>

enum { NSD_TEXT = 160 };

struct nsd {
	char	top[64];	/* removed at the end */
	pid_t	pid;		/* 0: it does not run */
	int	port;		/* UDP and TCP, on 127.0.0.1 */
	char	at[40];		/* "127.0.0.1@PORT" */
};

/* Makes and starts one that has the root zone alone, with these lines of a zone
 * file behind its SOA and NS; stops and removes it, and sets *s to NULL. */
struct nsd *nsd_new(const char *zone);
void	nsd_free(struct nsd **s);

/* On the same port each time; started is when it answers. */
void	nsd_start(struct nsd *s);
void	nsd_stop(struct nsd *s);
void	nsd_freeze(struct nsd *s);	/* SIGSTOP, all its processes */
void	nsd_thaw(struct nsd *s);

/* Other lines, from now on; it is started anew. */
void	nsd_change(struct nsd *s, const char *zone);

/* A socket of UDP that nobody reads from; its server is "127.0.0.1@PORT". The
 * caller closes it. */
int	nsd_mute(char at[40]);

#endif
