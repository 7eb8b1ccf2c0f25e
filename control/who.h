/* SPDX-License-Identifier: ISC
 * control/who.h - the account that a command came from. Any thread. */
#ifndef CONTROL_WHO_H
#define CONTROL_WHO_H

#include <sys/types.h>

enum { WHO_SIZE = 256 };

/* The account's name; "uid 1000" if it has none that can be told. */
void	who_is(uid_t uid, char out[WHO_SIZE]);

#endif
