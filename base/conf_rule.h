/* SPDX-License-Identifier: ISC
 * base/conf_rule.h - the forms of the values that only rules have.
 *
 * For base/conf*.c only. Plain functions of their arguments. Each: 0 it is one;
 * -1 it is not, or out of memory: e tells, and there is nothing to free. */
#ifndef BASE_CONF_RULE_H
#define BASE_CONF_RULE_H

#include "base/conf.h"
#include "base/err.h"
#include "base/patternset.h"

/* "Mon-Fri 08:00-18:00", "Sat,Sun", "22:00-06:00". */
int	conf_rule_hours(const char *text, struct conf_hours *out,
	    struct err *e);

/* "{daemon_name}=submission"; out owns two texts. */
int	conf_rule_macro(const char *text, struct conf_macro *out,
	    struct err *e);

/* "zen.example.org=127.0.0.2,127.0.0.4-127.0.0.7"; out owns its zone. */
int	conf_rule_dns_list(const char *text, struct conf_dns_list *out,
	    struct err *e);

/* A reply of either class. */
int	conf_rule_reply(const char *text, struct reply *out, struct err *e);

/* Adds a pattern, or all of "file:/PATH", one a line ("FILE:LINE: ..." in e;
 * the set may then have got some of it). */
int	conf_rule_pattern(struct patternset *s, const char *text,
	    struct err *e);

#endif
