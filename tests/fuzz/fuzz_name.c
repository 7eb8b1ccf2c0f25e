/* SPDX-License-Identifier: ISC
 * tests/fuzz/fuzz_name.c - host names: four bytes of an IPv4 address, or sixteen
 * behind an odd one, then the name. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "identity/name.h"

int	LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
must(int holds)
{
	if (!holds)
		abort();
}

static size_t
take_address(const uint8_t *bytes, size_t len, struct ip *addr)
{
	static const struct ip	none = { .b = { [10] = 0xff, [11] = 0xff } };
	size_t			at = 12;

	*addr = none;
	if (len > 0 && bytes[0] % 2 == 1)
		at = 0;
	if (len < 16 - at)
		return 0;
	memcpy(addr->b + at, bytes, 16 - at);
	return 16 - at;
}

static void
judge(const char *name, const struct ip *addr)
{
	char	domain[NAME_SIZE], again[NAME_SIZE];
	bool	generated = name_is_generated(name, addr);

	if (domain_registrable(name, domain)) {
		must(strlen(domain) <= strlen(name));
		must(domain_registrable(domain, again));
		must(strcmp(domain, again) == 0);
		must(name_identity(name, addr, again) == !generated);
	} else
		must(!name_identity(name, addr, again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct ip	addr;
	size_t		taken = take_address(bytes, len, &addr);
	char		*name = malloc(len - taken + 1);

	if (name == NULL)
		return 0;
	if (len > taken)
		memcpy(name, bytes + taken, len - taken);
	name[len - taken] = '\0';
	judge(name, &addr);
	free(name);
	return 0;
}
