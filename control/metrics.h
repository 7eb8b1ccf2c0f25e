/* SPDX-License-Identifier: ISC
 * control/metrics.h - what Prometheus and a load balancer ask for: GET /metrics
 * and /healthz. Locks inside; any thread. */
#ifndef CONTROL_METRICS_H
#define CONTROL_METRICS_H

#include <stddef.h>

#include "control/control.h"

/* All facts in Prometheus' text format 0.0.4, to be freed; NULL: out of memory. */
char	*metrics_text(const struct control_deps *deps, int64_t now, size_t *len);

/*
 * "ok\n"; or, *red, sentences, a line each: why mail is not judged now. To be freed;
 * NULL: out of memory. greygate(8), METRICS, says what counts.
 */
char	*metrics_health(const struct control_deps *deps, int64_t now, bool *red,
	    size_t *len);

struct metrics;			/* opaque */

/* where: the setting; "" for nowhere. Nothing is open yet. *deps is copied; what it
 * points to outlives the metrics. NULL: out of memory. */
struct metrics *metrics_new(const char *where, const struct control_deps *deps);

/* Each second: opens the port if it is not; one that is taken is ALARM_METRICS,
 * and is tried again. */
void	metrics_tend(struct metrics *m, int64_t now);

/* Closes the port for good. */
void	metrics_stop(struct metrics *m);
void	metrics_free(struct metrics **m);

#endif
