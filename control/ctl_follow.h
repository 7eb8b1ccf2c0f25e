/* SPDX-License-Identifier: ISC
 * control/ctl_follow.h - whether somebody still reads what is printed. */
#ifndef CONTROL_CTL_FOLLOW_H
#define CONTROL_CTL_FOLLOW_H

#include <stdbool.h>
#include <stdio.h>

/* Writes what waits in the buffer. False: the pipe's reader has gone, or nothing
 * can be written. */
bool	follow_has_reader(FILE *out);

#endif
