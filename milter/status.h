/* SPDX-License-Identifier: ISC
 * milter/status.h - what only the filter knows of its sessions and decisions.
 * Any thread. */
#ifndef MILTER_STATUS_H
#define MILTER_STATUS_H

#include "base/json.h"
#include "milter/session.h"

/* Adds "sessions" and "decisions" to what `greyctl status` tells. */
void	status_add(const struct app *app, struct json *object);

#endif
