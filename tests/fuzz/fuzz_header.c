/* SPDX-License-Identifier: ISC
 * tests/fuzz/fuzz_header.c - one header field of outbound mail, "name:value"; and
 * the same bytes as an address. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/automatic.h"
#include "policy/fold.h"

int	LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
must(int holds)
{
	if (!holds)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char	*text = malloc(len + 1), *colon, *folded, *again;

	if (text == NULL)
		return 0;
	if (len > 0)
		memcpy(text, bytes, len);
	text[len] = '\0';
	(void)automatic_address(text);
	folded = fold_correspondent(text);
	again = folded == NULL ? NULL : fold_correspondent(folded);
	if (again != NULL) {
		must(strlen(folded) <= strlen(text) + 8);
		must(strcmp(folded, again) == 0);
	}
	colon = strchr(text, ':');
	if (colon != NULL) {
		*colon = '\0';
		must(automatic_header(text, colon + 1) < UNLEARNED_KINDS);
	}
	free(again);
	free(folded);
	free(text);
	return 0;
}
