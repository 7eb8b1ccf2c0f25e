/* SPDX-License-Identifier: ISC
 * tests/lib/zone.h - a DNS zone in memory, as the interface of identity/dns.h.
 * What fails ends the test. One thread. */
#ifndef TESTS_LIB_ZONE_H
#define TESTS_LIB_ZONE_H

#include <stddef.h>
#include <stdint.h>

#include "identity/dns.h"

struct zone;

/* An empty one; freed, *z is NULL. */
struct zone *zone_new(void);
void	zone_free(struct zone **z);

/*
 * Adds a record. data as in a zone file: "192.0.2.1", "10 mx.example", a name;
 * of TXT the text, which is cut into strings of 255 bytes. CNAMEs are followed.
 * A name "*.wild.example" answers for all below that have nothing themselves.
 * type "FAIL" fails each look-up of the name that has no other answer; data
 * "FAIL" those of that type.
 */
void	zone_add(struct zone *z, const char *name, const char *type,
	    const char *data);

/* The same of many, each "name type data" ended by a newline. */
void	zone_add_all(struct zone *z, const char *lines);

/* Adds a record of TXT from its strings, none longer than 255 bytes. */
void	zone_add_strings(struct zone *z, const char *name,
	    const struct dns_rdata *string, size_t n);

/* Of records added from now on, in seconds; 300 unless told. */
void	zone_set_ttl(struct zone *z, uint32_t ttl);

/* Look-ups until now, answers that were not released. */
unsigned zone_lookups(const struct zone *z);
unsigned zone_held(const struct zone *z);

/* It holds as long as the zone does. */
struct dns zone_dns(struct zone *z);

#endif
