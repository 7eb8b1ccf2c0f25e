/* SPDX-License-Identifier: ISC
 * tests/fuzz/fuzz_address.c - paths, and the senders and recipients they give. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mailaddr.h"
#include "policy/fold.h"

int	LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
must(int holds)
{
	if (!holds)
		abort();
}

static void
fold(const char *addr)
{
	char	*once = fold_sender(addr), *twice = NULL;
	char	*lower = fold_recipient(addr);

	if (once != NULL && lower != NULL &&
	    (twice = fold_sender(once)) != NULL) {
		must(strcmp(once, twice) == 0);
		must(strlen(once) <= strlen(addr) + 8);
		must(strlen(lower) == strlen(addr));
		must(strcmp(mailaddr_domain(once), mailaddr_domain(lower)) ==
		    0);
	}
	free(once);
	free(twice);
	free(lower);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char		*path = malloc(len + 1), *addr;
	const char	*domain;

	if (path == NULL)
		return 0;
	if (len > 0)
		memcpy(path, bytes, len);
	path[len] = '\0';
	addr = mailaddr_parse(path);
	if (addr != NULL) {
		domain = mailaddr_domain(addr);
		must(domain >= addr && domain <= addr + strlen(addr));
		must(strlen(addr) <= strlen(path));
		(void)mailaddr_local_is(addr, "postmaster");
		fold(addr);
	}
	fold(path);
	free(addr);
	free(path);
	return 0;
}
