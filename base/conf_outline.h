/* SPDX-License-Identifier: ISC
 * base/conf_outline.h - whether each statement of a configuration file is one
 * that the option table knows, before libconfuse reads the values.
 *
 * libconfuse stops at the first unknown name, and told to ignore them it loses
 * its place at an empty section. So the statements that it would stop at are
 * told here, all of them, and blanked in the text.
 *
 * For base/conf*.c only. */
#ifndef BASE_CONF_OUTLINE_H
#define BASE_CONF_OUTLINE_H

#include "base/conf_mistakes.h"
#include "base/conf_scan.h"

/*
 * Adds a mistake for each unknown name, list in the place of a value or the
 * reverse, statement or titled section given twice, section without what it
 * needs. A statement with a mistake is blanked. Where braces, commas or equal
 * signs are amiss the walk ends, and the rest of the text is blanked from that
 * statement on. What is left is good for libconfuse.
 */
void	conf_outline(char *text, const struct conf_tokens *tokens,
	    struct conf_mistakes *m);

#endif
