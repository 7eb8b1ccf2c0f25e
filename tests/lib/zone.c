/* SPDX-License-Identifier: ISC
 * tests/lib/zone.c - the records of zone.h, one after the other. */
#include "tests/lib/zone.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <cmocka.h>

enum { CNAME = 5, ANY = 255, CHAIN = 8, TEXT_STRING = 255, RDATA = 65535,
	DNS_NAME_TEXT = 1024, TTL = 300 };

struct entry {
	char		*name;
	int		 type;		/* ANY: of a failure of all types */
	bool		 fails;
	uint32_t	 ttl;
	uint8_t		*bytes;
	size_t		 len;
};

struct zone {
	struct entry	*entry;
	size_t		 n;
	uint32_t	 ttl;
	unsigned	 lookups, held;
};

struct zone *
zone_new(void)
{
	struct zone	*z = calloc(1, sizeof(*z));

	assert_non_null(z);
	z->ttl = TTL;
	return z;
}

void
zone_free(struct zone **z)
{
	if (*z == NULL)
		return;
	for (size_t i = 0; i < (*z)->n; i++) {
		free((*z)->entry[i].name);
		free((*z)->entry[i].bytes);
	}
	free((*z)->entry);
	free(*z);
	*z = NULL;
}

void
zone_set_ttl(struct zone *z, uint32_t ttl)
{
	z->ttl = ttl;
}

unsigned
zone_lookups(const struct zone *z)
{
	return z->lookups;
}

unsigned
zone_held(const struct zone *z)
{
	return z->held;
}

static int
type_of(const char *type)
{
	static const struct { const char *name; int type; } types[] = {
		{ "A", DNS_A }, { "AAAA", DNS_AAAA }, { "MX", DNS_MX },
		{ "PTR", DNS_PTR }, { "TXT", DNS_TXT }, { "CNAME", CNAME },
		{ "FAIL", ANY },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].name, type) == 0)
			return types[i].type;
	fail_msg("a zone has no records of %s", type);
	return -1;
}

static struct entry *
new_entry(struct zone *z, const char *name, int type)
{
	struct entry	*e;

	z->entry = reallocarray(z->entry, z->n + 1, sizeof(*z->entry));
	assert_non_null(z->entry);
	e = &z->entry[z->n++];
	*e = (struct entry){ .name = strdup(name), .type = type,
	    .ttl = z->ttl };
	assert_non_null(e->name);
	if (e->name[0] != '\0' && e->name[strlen(name) - 1] == '.')
		e->name[strlen(name) - 1] = '\0';
	return e;
}

static void
append(struct entry *e, const void *bytes, size_t len)
{
	assert_true(e->len + len <= RDATA);
	e->bytes = realloc(e->bytes, e->len + len + 1);
	assert_non_null(e->bytes);
	if (len > 0)
		memcpy(e->bytes + e->len, bytes, len);
	e->len += len;
}

/* One string, its length first. */
static void
append_string(struct entry *e, const void *bytes, size_t len)
{
	uint8_t	first = (uint8_t)len;

	assert_true(len <= TEXT_STRING);
	append(e, &first, 1);
	append(e, bytes, len);
}

static void
append_name(struct entry *e, const char *name)
{
	while (*name != '\0') {
		size_t	len = strcspn(name, ".");

		append_string(e, name, len);
		name += len + (name[len] == '.');
	}
	append(e, "", 1);
}

static void
append_text(struct entry *e, const char *text)
{
	size_t	len = strlen(text), part;

	do {
		part = len < TEXT_STRING ? len : TEXT_STRING;
		append_string(e, text, part);
		text += part;
		len -= part;
	} while (len > 0);
}

static void
append_address(struct entry *e, int family, const char *text)
{
	uint8_t	bytes[16];

	if (inet_pton(family, text, bytes) != 1)
		fail_msg("not an address: %s", text);
	append(e, bytes, family == AF_INET ? 4 : 16);
}

static void
append_exchanger(struct entry *e, const char *text)
{
	char		*name;
	unsigned long	 preference = strtoul(text, &name, 10);
	uint8_t		 bytes[2] = { (uint8_t)(preference >> 8),
			    (uint8_t)preference };

	append(e, bytes, sizeof(bytes));
	append_name(e, name + strspn(name, " "));
}

void
zone_add(struct zone *z, const char *name, const char *type, const char *data)
{
	struct entry	*e = new_entry(z, name, type_of(type));

	if (e->type == ANY || strcmp(data, "FAIL") == 0)
		e->fails = true;
	else if (e->type == DNS_A)
		append_address(e, AF_INET, data);
	else if (e->type == DNS_AAAA)
		append_address(e, AF_INET6, data);
	else if (e->type == DNS_MX)
		append_exchanger(e, data);
	else if (e->type == DNS_TXT)
		append_text(e, data);
	else
		append_name(e, data);
}

void
zone_add_all(struct zone *z, const char *lines)
{
	char	*all = strdup(lines), *rest = all, *line;

	assert_non_null(all);
	while ((line = strsep(&rest, "\n")) != NULL) {
		const char *name = strsep(&line, " "),
			    *type = strsep(&line, " ");

		if (line != NULL)
			zone_add(z, name, type, line);
		else
			assert_string_equal(name, "");
	}
	free(all);
}

void
zone_add_strings(struct zone *z, const char *name,
    const struct dns_rdata *string, size_t n)
{
	struct entry	*e = new_entry(z, name, DNS_TXT);

	for (size_t i = 0; i < n; i++)
		append_string(e, string[i].bytes, string[i].len);
	append(e, "", 0);	/* a record of no strings has bytes, too */
}

/* Whether the name ends in a dot and that end. */
static bool
is_below(const char *name, const char *end)
{
	size_t	n = strlen(name), m = strlen(end);

	return n > m + 1 && name[n - m - 1] == '.' &&
	    strcasecmp(name + n - m, end) == 0;
}

/* Under which name of the zone a name is answered; NULL: there is none. */
static const char *
find_name(const struct zone *z, const char *name)
{
	for (size_t i = 0; i < z->n; i++)
		if (strcasecmp(z->entry[i].name, name) == 0)
			return z->entry[i].name;
	for (size_t i = 0; i < z->n; i++)
		if (strncmp(z->entry[i].name, "*.", 2) == 0 &&
		    is_below(name, z->entry[i].name + 2))
			return z->entry[i].name;
	for (size_t i = 0; i < z->n; i++)
		if (is_below(z->entry[i].name, name))
			return "";
	return NULL;
}

static const struct entry *
find_alias(const struct zone *z, const char *name)
{
	for (size_t i = 0; i < z->n; i++)
		if (z->entry[i].type == CNAME &&
		    strcasecmp(z->entry[i].name, name) == 0)
			return &z->entry[i];
	return NULL;
}

/* A name as text, of an entry that is a name. */
static void
name_of(const struct entry *e, char out[DNS_NAME_TEXT])
{
	size_t	used = 0;

	for (size_t at = 0; e->bytes[at] != 0; at += 1u + e->bytes[at])
		used += (size_t)snprintf(out + used, DNS_NAME_TEXT - used,
		    "%s%.*s", used > 0 ? "." : "", e->bytes[at],
		    (const char *)e->bytes + at + 1);
}

/* The records of one name and type. */
static void
collect(const struct zone *z, const char *name, enum dns_type type,
    struct dns_answer *out)
{
	struct dns_rdata	*rdata = calloc(z->n + 1, sizeof(*rdata));

	assert_non_null(rdata);
	out->status = DNS_NODATA;
	for (size_t i = 0; i < z->n; i++) {
		const struct entry *e = &z->entry[i];

		if (strcasecmp(e->name, name) != 0 ||
		    (e->type != (int)type && e->type != ANY))
			continue;
		if (e->ttl < out->ttl)
			out->ttl = e->ttl;
		if (!e->fails)
			rdata[out->n++] = (struct dns_rdata){ e->bytes,
			    e->len };
		else if (out->n == 0)
			out->status = DNS_FAILED;
	}
	if (out->n > 0)
		out->status = DNS_FOUND;
	out->owner = rdata;
	out->rdata = rdata;
}

static void
lookup(void *arg, const char *name, enum dns_type type, struct dns_answer *out)
{
	struct zone		*z = arg;
	char			 at[DNS_NAME_TEXT];
	const char		*found;
	const struct entry	*alias = NULL;
	int			 chain = 0;

	*out = (struct dns_answer){ .status = DNS_NXDOMAIN, .ttl = TTL };
	z->lookups++;
	z->held++;
	assert_true(strlen(name) < sizeof(at));
	(void)snprintf(at, sizeof(at), "%s", name);
	if (at[0] != '\0' && at[strlen(at) - 1] == '.')
		at[strlen(at) - 1] = '\0';
	while ((found = find_name(z, at)) != NULL &&
	    (alias = find_alias(z, found)) != NULL) {
		if (++chain > CHAIN) {
			out->status = DNS_FAILED;
			return;
		}
		name_of(alias, at);
	}
	if (found != NULL)
		collect(z, found, type, out);
}

static void
release(void *arg, struct dns_answer *answer)
{
	struct zone	*z = arg;

	assert_true(z->held > 0);
	z->held--;
	free(answer->owner);
	*answer = (struct dns_answer){ .status = DNS_FAILED };
}

struct dns
zone_dns(struct zone *z)
{
	return (struct dns){ lookup, release, z };
}
