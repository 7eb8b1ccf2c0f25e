/* SPDX-License-Identifier: ISC
 * policy/names.c - folding first, then the pseudonym: so that retries and bounce
 * addresses still match. */
#include "policy/names.h"

#include <stdlib.h>
#include <string.h>

#include "policy/fold.h"

static char *
named(const struct pseudonyms *p, const char *address,
    char *(*fold)(const char *))
{
	char	*folded = fold(address), *name;

	if (folded == NULL || p == NULL)
		return folded;
	name = pseudonym_of(p, folded);
	free(folded);
	return name;
}

char *
names_sender(const struct pseudonyms *p, const char *sender)
{
	return named(p, sender, fold_sender);
}

char *
names_recipient(const struct pseudonyms *p, const char *recipient)
{
	return named(p, recipient, fold_recipient);
}

char *
names_correspondent(const struct pseudonyms *p, const char *address)
{
	return named(p, address, fold_correspondent);
}

char *
names_user(const struct pseudonyms *p, const char *login)
{
	return named(p, login, fold_recipient);
}

char *
names_shown(const struct pseudonyms *p, const char *address)
{
	return p == NULL ? strdup(address) : names_sender(p, address);
}
