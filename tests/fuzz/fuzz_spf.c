/* SPDX-License-Identifier: ISC
 * tests/fuzz/fuzz_spf.c - what strangers write into the DNS: the record of the
 * first look-up is the input up to a NUL, as one text; answers to the others
 * are cut out of what follows, byte by byte: how many records, of which length,
 * or a failure. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "identity/breadth.h"
#include "identity/spf.h"

int	LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { RECORDS = 12, LOOKUPS_MAX = 1000 };

/* An input, and how far it was used up. */
struct feed {
	const uint8_t	*bytes;
	size_t		 len, at;
	unsigned	 lookups, held;
};

static void
must(int holds)
{
	if (!holds)
		abort();
}

static uint8_t
next(struct feed *f)
{
	return f->at < f->len ? f->bytes[f->at++] : 0;
}

/* A copy of its own, so that reading beyond it is noticed. */
static struct dns_rdata
copy(const uint8_t *bytes, size_t len)
{
	uint8_t	*own = malloc(len > 0 ? len : 1);

	must(own != NULL);
	if (len > 0)
		memcpy(own, bytes, len);
	return (struct dns_rdata){ own, len };
}

/* The text up to a NUL as the strings of a TXT record. */
static struct dns_rdata
first_record(struct feed *f)
{
	const uint8_t	*end = memchr(f->bytes, 0, f->len);
	size_t		 len = end != NULL ? (size_t)(end - f->bytes) : f->len;
	size_t		 used = 0;
	uint8_t		*text = malloc(len + len / 255 + 1);
	struct dns_rdata r;

	must(text != NULL);
	for (size_t at = 0; at < len; ) {
		size_t part = len - at < 255 ? len - at : 255;

		text[used++] = (uint8_t)part;
		memcpy(text + used, f->bytes + at, part);
		used += part;
		at += part;
	}
	f->at = end != NULL ? len + 1 : len;
	r = copy(text, used);
	free(text);
	return r;
}

static void
lookup(void *arg, const char *name, enum dns_type type, struct dns_answer *out)
{
	struct feed		*f = arg;
	struct dns_rdata	*r = calloc(RECORDS, sizeof(*r));
	uint8_t			 choice;

	must(r != NULL && name[0] != '\0' && strlen(name) < SPF_DOMAIN_SIZE);
	must(++f->lookups < LOOKUPS_MAX);
	f->held++;
	*out = (struct dns_answer){ .ttl = 60, .owner = r, .rdata = r };
	if (f->lookups == 1) {
		must(type == DNS_TXT);
		r[out->n++] = first_record(f);
		return;
	}
	choice = next(f);
	out->status = (enum dns_status)(choice % 8 < 4 ? choice % 8 :
	    DNS_FOUND);
	if (out->status != DNS_FOUND)
		return;
	for (size_t i = 0; i < 1u + choice / 8 % RECORDS; i++) {
		size_t	len = next(f);

		if (len > f->len - f->at)
			len = f->len - f->at;
		r[out->n++] = copy(f->bytes + f->at, len);
		f->at += len;
	}
}

static void
release(void *arg, struct dns_answer *a)
{
	struct feed		*f = arg;
	struct dns_rdata	*r = a->owner;

	f->held--;
	for (size_t i = 0; i < RECORDS; i++)
		free((void *)(uintptr_t)r[i].bytes);
	free(r);
}

static void
same_bytes(void *bytes, size_t len)
{
	memset(bytes, 0x5a, len);
}

static void
check(const uint8_t *bytes, size_t len, const char *client)
{
	struct feed		f = { .bytes = bytes, .len = len };
	const struct dns	dns = { lookup, release, &f };
	struct spf_query	q = { .helo = "mx.example",
				    .sender = "a.b-c@example.com" };
	struct spf_answer	a;

	must(ip_parse(client, &q.client, NULL) == 0);
	spf_check(&q, &dns, &a);
	must(f.held == 0 && a.result < SPF_RESULTS);
	must(memchr(a.why.text, '\0', sizeof(a.why.text)) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct feed		f = { .bytes = bytes, .len = len };
	const struct dns	dns = { lookup, release, &f };
	struct breadth_answer	b;

	check(bytes, len, "192.0.2.1");
	check(bytes, len, "2001:db8::1");
	breadth_check("example.com", &dns, same_bytes, &b);
	must(f.held == 0 && b.breadth <= BREADTH_UNKNOWN);
	must(memchr(b.why.text, '\0', sizeof(b.why.text)) != NULL);
	return 0;
}
