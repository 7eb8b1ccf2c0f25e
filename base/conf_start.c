/* SPDX-License-Identifier: ISC
 * base/conf_start.c - compares two configurations in what only a start takes
 * up. */
#include "base/conf_start.h"

#include <string.h>

size_t
conf_start_diff(const struct conf *was, const struct conf *is,
    struct conf_start out[CONF_START_MAX])
{
	static const char *const	truth[] = { "false", "true" };
	const struct {
		const char	*name, *was, *is;
	} all[CONF_START_MAX] = {
		{ "listen", was->listen, is->listen },
		{ "control", was->control, is->control },
		{ "state", was->state, is->state },
		{ "pseudonyms", truth[was->pseudonyms], truth[is->pseudonyms] },
		{ "metrics", was->metrics, is->metrics },
		{ "user", was->user, is->user },
		{ "spf", truth[was->spf], truth[is->spf] },
		{ "spf-user", was->spf_user, is->spf_user },
	};
	size_t	n = 0;

	for (size_t i = 0; i < CONF_START_MAX; i++)
		if (strcmp(all[i].was, all[i].is) != 0)
			out[n++] = (struct conf_start){ all[i].name,
			    all[i].is };
	return n;
}
