/* SPDX-License-Identifier: ISC
 * control/prove.h - what a client that a command names can prove.
 * Any thread. */
#ifndef CONTROL_PROVE_H
#define CONTROL_PROVE_H

#include "control/command.h"
#include "policy/proof.h"

/* A client as an MTA would tell of it. name: as if the MTA had confirmed it, or
 * NULL; helo: or NULL. Texts are borrowed. 0; -1 not an address: e. */
struct prove_client {
	const char	*addr, *name, *helo;
};
int	prove_client(const struct call *c, const struct prove_client *who,
	    struct client *out, struct err *e);

/* Asks the DNS if it must, and waits for some seconds. */
void	prove_sender(const struct call *c, const struct client *client,
	    const char *sender, struct proof *out);

/* The keys: proven, by, why. */
struct json *prove_item(const struct proof *proof);

#endif
