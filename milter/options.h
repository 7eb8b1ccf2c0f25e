/* SPDX-License-Identifier: ISC
 * milter/options.h - the command line of greygate(8). */
#ifndef MILTER_OPTIONS_H
#define MILTER_OPTIONS_H

#include <stdbool.h>

#include "milter/reload.h"

struct options {
	struct settings_file	file;
	bool			foreground, check;
};

/* 0; -1: it makes no sense, and was told on stderr. -V and -h print and exit.
 * Not for two threads at once: getopt(3). */
int	options_read(int argc, char **argv, struct options *o);

#endif
