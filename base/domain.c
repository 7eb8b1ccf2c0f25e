/* SPDX-License-Identifier: ISC
 * base/domain.c - host names, and the list of public suffixes. The only file
 * that includes libpsl.h. */
#include "base/domain.h"

#include <ctype.h>
#include <libpsl.h>
#include <string.h>

size_t
domain_clean(const char *host, char out[DOMAIN_SIZE])
{
	size_t		len = strnlen(host, DOMAIN_SIZE + 1);
	const char	*top;

	if (len > 0 && host[len - 1] == '.')
		len--;
	if (len == 0 || len >= DOMAIN_SIZE || *host == '.')
		return 0;
	for (size_t i = 0; i < len; i++) {
		unsigned char	c = (unsigned char)host[i];

		if (c < 0x80 && !isalnum(c) && strchr("-_.", c) == NULL)
			return 0;
		if (c == '.' && host[i + 1] == '.')
			return 0;
		out[i] = (char)(c < 0x80 ? tolower(c) : c);
	}
	out[len] = '\0';
	top = strrchr(out, '.');
	top = top == NULL ? out : top + 1;
	return strspn(top, "0123456789") == strlen(top) ? 0 : len;
}

bool
domain_registrable(const char *domain, char out[DOMAIN_SIZE])
{
	char		 name[DOMAIN_SIZE];
	const char	*found;

	if (domain_clean(domain, name) == 0)
		return false;
	found = psl_registrable_domain(psl_builtin(), name);
	if (found == NULL)
		return false;
	memcpy(out, found, strlen(found) + 1);
	return true;
}

bool
domain_is_public_suffix(const char *domain)
{
	char	name[DOMAIN_SIZE];

	return domain_clean(domain, name) > 0 &&
	    psl_is_public_suffix(psl_builtin(), name) != 0;
}
