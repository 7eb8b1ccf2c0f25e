/* SPDX-License-Identifier: ISC
 * policy/step_tell.h - what a dry run tells of the records that policy/step.c
 * read. s->a->trace is never NULL here. */
#ifndef POLICY_STEP_TELL_H
#define POLICY_STEP_TELL_H

#include "db/store.h"
#include "policy/step.h"

/* A proof as it was read. */
void	step_tell_proof(const struct step *s, const struct step_proof *proof,
	    const struct store_item *item);

/* What is remembered of the attempt under an identity, before this attempt:
 * g->rec, if g->stored or g->marked. */
void	step_tell_group(const struct step *s, const struct step_group *g);

/* The delay and window in force, and why if a rule's; once a decision. */
void	step_tell_settings(const struct step *s, const struct conf_rule *rule);

/* What came of it. */
void	step_tell_answer(const struct step *s);

#endif
