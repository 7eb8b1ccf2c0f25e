/* SPDX-License-Identifier: ISC
 * tests/lib/spf_world.h - the program greygate-spf of the folder OUT, a DNS
 * server for it, and questions. What fails ends the test. */
#ifndef TESTS_LIB_SPF_WORLD_H
#define TESTS_LIB_SPF_WORLD_H

#include <stdint.h>
#include <sys/types.h>

#include "identity/question.h"
#include "tests/lib/nsd_world.h"

enum { SPF_WORLD_PATIENCE = 21000 };	/* milliseconds for any answer */

struct spf_world {
	struct nsd		*nsd;
	pid_t			 pid;
	int			 fd;
	int64_t			 asked;	/* microseconds, the latest question */
	int64_t			 millis;	/* that its answer took */
	struct question_reply	 r;
};

/* Never returns: becomes the program, with this as its descriptor 0. resolver
 * may be NULL. */
void	spf_world_become(int fd, const char *resolver);

/* Starts one; closes its socket and waits for it: its exit status. */
void	spf_world_start(struct spf_world *w, const char *resolver);
int	spf_world_end(struct spf_world *w);

/* A question about SPF. */
struct question spf_world_about(uint64_t id, const char *client,
	    const char *sender);

/* Sends one; hears a reply, whichever, in so many milliseconds; both, with the
 * answer. */
void	spf_world_send(struct spf_world *w, const struct question *q);
void	spf_world_hear(struct spf_world *w, int millis);
int	spf_world_asks(struct spf_world *w, const struct question *q);

#endif
