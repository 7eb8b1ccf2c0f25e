/* SPDX-License-Identifier: ISC
 * whitelist/view_private.h - what view.c builds and match.c reads. */
#ifndef WHITELIST_VIEW_PRIVATE_H
#define WHITELIST_VIEW_PRIVATE_H

#include "whitelist/index.h"
#include "whitelist/nets.h"
#include "whitelist/regex.h"
#include "whitelist/view.h"

/* What matching needs of an entry, close together. */
struct item {
	struct listed	*listed;
	int64_t		 expires;
	uint32_t	 next;		/* of the same key, or INDEX_NONE */
	uint8_t		 group;		/* enum view_group */
	bool		 proof;		/* needs one */
};

struct tried {			/* a regex */
	struct regex		*regex;
	uint32_t		 item;
	enum entry_field	 field;
};

struct view {
	size_t		 count;
	struct item	*items;		/* as given */
	struct index	 index;
	struct nets	 nets;
	struct tried	*tried;
	size_t		 tried_count;
};

#endif
