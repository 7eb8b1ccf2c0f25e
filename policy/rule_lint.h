/* SPDX-License-Identifier: ISC
 * policy/rule_lint.h - rules that never decide anything. */
#ifndef POLICY_RULE_LINT_H
#define POLICY_RULE_LINT_H

#include "base/conf.h"

/* Calls each() with "FILE:LINE: sentence" for a rule that an earlier one (which
 * does not only observe) leaves nothing to, for conditions and identities that
 * no client can have, and for own domains that are accepted as sender whoever
 * the client is. */
void	rule_lint(const struct conf *conf, conf_report_fn each, void *arg);

#endif
