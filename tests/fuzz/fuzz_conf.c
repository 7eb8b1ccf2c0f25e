/* SPDX-License-Identifier: ISC
 * tests/fuzz/fuzz_conf.c - any bytes as a configuration file: either a
 * configuration or at least one sentence, and never libconfuse's own
 * complaint, which would mean that the outline let a wrong syntax through. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
count(const char *sentence, void *arg)
{
	static const char	file[] = "fuzz:", own[] = "fuzz: libconfuse";

	if (strncmp(sentence, file, strlen(file)) != 0 ||
	    strncmp(sentence, own, strlen(own)) == 0)
		abort();
	++*(size_t *)arg;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct conf	*c = NULL;
	size_t		 mistakes = 0;
	int		 status;

	status = conf_read_text((const char *)bytes, size, "fuzz", &c, count,
	    &mistakes);
	if ((status == 0) != (c != NULL) || (status == 0) != (mistakes == 0))
		abort();
	if (c != NULL && (c->listen == NULL || c->local_networks == NULL ||
	    c->greylist.delay >= c->greylist.window))
		abort();
	conf_free(&c);
	return 0;
}
