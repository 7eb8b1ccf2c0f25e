/* SPDX-License-Identifier: ISC
 * control/selection.h - which records a command means: by client, identity,
 * sender, recipient and state.
 *
 * Owned by one thread. */
#ifndef CONTROL_SELECTION_H
#define CONTROL_SELECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/conf.h"
#include "base/json.h"
#include "base/pseudonym.h"
#include "control/network.h"
#include "db/record.h"
#include "db/store.h"
#include "identity/client.h"
#include "db/key.h"

enum selection_state {
	SELECT_ANY, SELECT_PENDING, SELECT_PASSED, SELECT_PROOF
};

struct selection {
	int64_t		 now;		/* what has expired is not there */
	bool		 by_client;
	struct network	 client;	/* by_client: in this network */
	bool		 one;		/* it is one address, with these: */
	struct identities ids;
	char		*identity;	/* NULL: any */
	char		*sender;	/* as in keys; "@domain" for all of one;
					 * "" the null sender; NULL: any */
	char		*recipient;	/* as in keys, NULL: any */
	enum selection_state state;
};

/* Reads the args "client", "name", "identity", "sender", "recipient" and
 * "state" of a request. 0: to be freed; -1: one is wrong, e tells. */
struct selection_under {
	const struct conf	*conf;
	const struct pseudonyms	*pseudonyms;	/* NULL: none */
	int64_t			 now;
};
int	selection_read(struct selection *s, const struct json *args,
	    const struct selection_under *under, struct err *e);
void	selection_free(struct selection *s);

/* Whether nothing, or nothing but clients and identities, narrows it. */
bool	selection_is_all(const struct selection *s);
bool	selection_is_of_clients(const struct selection *s);

/* One record that was selected. */
struct selected {
	const struct store_item *item;
	struct key_parts parts;
	bool		 readable;	/* rec is set */
	struct record	 rec;
};

/* Whether this record is selected; *out is set if so. */
bool	selection_has(const struct selection *s,
	    const struct store_item *item, struct selected *out);

/*
 * Calls each() for every selected record of the kinds (letters of enum
 * key_kind) until it returns false. Reads no more of the store than it must.
 * 0 done, -1 failed half-way.
 */
typedef bool (*selection_fn)(const struct selected *found, void *arg);
int	selection_walk(const struct selection *s, struct store *store,
	    const char *kinds, selection_fn each, void *arg, struct err *e);

#endif
