/* SPDX-License-Identifier: ISC
 * identity/prover_helper.c - the helper of a prover: started with a question,
 * ended when it hangs, started again, with pauses when that is no good. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "identity/prover_private.h"

enum { TOO_EARLY = 3 };		/* so often in a row: somebody is told */

bool
prover_has_helper(const struct prover *p, struct err *why)
{
	int64_t	left = p->not_before - clock_monotonic_micros();

	if (p->conf.launcher == NULL)
		(void)err_set(why, "greygate-spf does not run");
	else if (p->fd == -1 && left > 0)
		(void)err_set(why, "%s; it is started again in %d s",
		    p->trouble.text, (int)(left / 1000000) + 1);
	else
		return true;
	return false;
}

/* What the socket does not take now is sent when it does; of an error, its end
 * tells. */
void
prover_send(struct prover *p)
{
	uint8_t	bytes[QUESTION_SIZE];
	size_t	len;

	while (p->table.unsent != NULL) {
		len = question_write(&p->table.unsent->q, bytes);
		if (send(p->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL) == -1)
			return;
		asked_sent(&p->table);
	}
}

/* Answers what has been sent, or all. */
static void
give_up(struct prover *p, bool all, const struct err *why)
{
	struct prover_answer	 answer = prover_cannot(why->text);
	struct asked		*a;

	while ((a = p->table.head) != NULL && !p->stopping &&
	    (all || asked_is_sent(&p->table, a))) {
		p->failed++;
		prover_tell(p, a, &answer);
	}
}

/* One more start that came to nothing; the next one has to wait. */
static void
fall_back(struct prover *p, bool at_once)
{
	int64_t	pause = p->times.pause;

	p->early++;
	for (unsigned i = 2; i < p->early && pause < p->times.pause_max; i++)
		pause *= 2;
	if (pause > p->times.pause_max)
		pause = p->times.pause_max;
	if (at_once && p->early == 1)
		pause = 0;
	p->not_before = clock_monotonic_micros() + pause * 1000;
	if (at_once && p->early < TOO_EARLY)
		return;
	p->alarmed = true;
	alarm_raise(p->conf.alarms, ALARM_HELPER,
	    clock_seconds(&p->conf.clock), p->trouble.text);
}

void
prover_begin(struct prover *p)
{
	struct launcher_resolvers	resolvers = p->conf.resolvers;
	struct err			why;
	pid_t				pid;
	int				fd, done;

	(void)pthread_mutex_unlock(&p->lock);
	done = launcher_spawn(p->conf.launcher, &resolvers, &fd, &pid, &why);
	(void)pthread_mutex_lock(&p->lock);
	if (done == -1) {
		p->trouble = why;
		fall_back(p, false);
		give_up(p, true, &why);
		return;
	}
	p->fd = fd;
	p->pid = pid;
	p->starts++;
	p->began = p->heard = clock_monotonic_micros();
}

/* Ends the process; how it ended, as a sentence. */
static void
part_with(struct prover *p, enum prover_end why, struct err *how)
{
	static const char *const	reasons[] = {
		[PROVER_FROZEN] = "greygate-spf does not answer, and was ended",
		[PROVER_GARBAGE] = "greygate-spf answered what nobody can "
		    "read, and was ended"
	};
	struct err			end = { "" };
	pid_t				pid = p->pid;

	(void)close(p->fd);
	p->fd = -1;
	(void)pthread_mutex_unlock(&p->lock);
	if (why == PROVER_ENDED) {
		launcher_end(p->conf.launcher, pid, &end);
		(void)err_set(how, "greygate-spf %s", end.text);
	} else
		launcher_kill(p->conf.launcher, pid);
	if (why == PROVER_FROZEN || why == PROVER_GARBAGE)
		(void)err_set(how, "%s", reasons[why]);
	if (why != PROVER_RENEWED)
		log_warn("%s; the next question starts it again", how->text);
	(void)pthread_mutex_lock(&p->lock);
}

/* Who lived long and ended by itself counts as new trouble; who had to be ended
 * goes on with the old one. */
void
prover_end(struct prover *p, enum prover_end why)
{
	int64_t		lived = clock_monotonic_micros() - p->began;
	struct err	how = { "" };

	if (why == PROVER_RENEWED) {
		p->renew = false;
		p->not_before = 0;
	}
	if (p->fd == -1)
		return;
	part_with(p, why, &how);
	if (why == PROVER_RENEWED) {
		asked_unsend(&p->table);
		return;
	}
	p->trouble = how;
	if (why == PROVER_ENDED && lived >= (int64_t)p->times.early * 1000)
		p->early = 0;
	fall_back(p, true);
	give_up(p, p->not_before > clock_monotonic_micros(), &how);
}

void
prover_is_well(struct prover *p)
{
	int64_t	lived = clock_monotonic_micros() - p->began;

	if (lived >= (int64_t)p->times.healthy * 1000)
		p->early = 0;
	if (!p->alarmed || lived < (int64_t)p->times.early * 1000)
		return;
	p->alarmed = false;
	alarm_clear(p->conf.alarms, ALARM_HELPER);
}
