/* SPDX-License-Identifier: ISC
 * milter/status.h - what only the filter knows of its sessions and decisions.
 * Any thread. */
#ifndef MILTER_STATUS_H
#define MILTER_STATUS_H

#include "base/json.h"
#include "milter/session.h"

/* Adds "sessions", "decisions", "times" and "blind" (the second in
 * which the latest mail passed by on-error) to what `greyctl status` tells. */
void	status_add(const struct app *app, struct json *object);

#endif
