/* SPDX-License-Identifier: ISC
 * control/serve.h - the handlers of the control socket's commands.
 *
 * Each runs in a client's thread; command_fn in control/command.h says what
 * they return. */
#ifndef CONTROL_SERVE_H
#define CONTROL_SERVE_H

#include "control/command.h"

int	serve_status(struct call *c, struct err *e);
int	serve_tally(struct call *c, struct err *e);

int	serve_reload(struct call *c, struct err *e);
int	serve_sweep(struct call *c, struct err *e);
int	serve_backup(struct call *c, struct err *e);

int	serve_pending(struct call *c, struct err *e);

int	serve_explain(struct call *c, struct err *e);

int	serve_triplet_list(struct call *c, struct err *e);
int	serve_triplet_forget(struct call *c, struct err *e);
int	serve_triplet_show(struct call *c, struct err *e);
int	serve_triplet_pass(struct call *c, struct err *e);

int	serve_recipient_test(struct call *c, struct err *e);
int	serve_recipient_stats(struct call *c, struct err *e);
int	serve_recipient_forget(struct call *c, struct err *e);
int	serve_recipient_adopt(struct call *c, struct err *e);
int	serve_recipient_export(struct call *c, struct err *e);

int	serve_harvest_list(struct call *c, struct err *e);
int	serve_harvest_forgive(struct call *c, struct err *e);

int	serve_whitelist_add(struct call *c, struct err *e);
int	serve_whitelist_list(struct call *c, struct err *e);
int	serve_whitelist_remove(struct call *c, struct err *e);
int	serve_whitelist_test(struct call *c, struct err *e);
int	serve_whitelist_suggest(struct call *c, struct err *e);
int	serve_whitelist_unused(struct call *c, struct err *e);
int	serve_whitelist_export(struct call *c, struct err *e);
int	serve_whitelist_import(struct call *c, struct err *e);
int	serve_grace(struct call *c, struct err *e);

int	serve_journal(struct call *c, struct err *e);

int	serve_learned_list(struct call *c, struct err *e);
int	serve_learned_show(struct call *c, struct err *e);
int	serve_learned_forget(struct call *c, struct err *e);

int	serve_forget_person(struct call *c, struct err *e);

#endif
