/* SPDX-License-Identifier: ISC
 * identity/resolver.c - libunbound behind identity/dns.h. The only file that
 * includes unbound.h. */
#include "identity/resolver.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unbound.h>

#include "base/clock.h"

enum { CLASS_IN = 1, RCODE_OK = 0, RCODE_NXDOMAIN = 3, NO_ANSWER_TTL = 10 };

struct resolver {
	struct ub_ctx	*ctx;
	pthread_mutex_t	 lock;		/* of all slots */
	unsigned	 under_way;
};

/*
 * One look-up. The thread that waits and the callback have a reference each:
 * who waits no more leaves the slot to the callback.
 */
struct slot {
	struct resolver		*resolver;
	pthread_cond_t		 done;
	unsigned		 references;
	bool			 is_done;
	struct ub_result	*result;	/* NULL: it failed */
};

/*
 * Nothing is validated: an answer proves no more than its resolver is believed.
 * Other servers than forwarders are asked where resolv.conf names none. The
 * memory of a server that does not answer is short: look-ups fail at once while
 * it is silent, and it is asked again within a second or two of being back.
 */
static const struct { const char *name, *value; } options[] = {
	{ "module-config:", "iterator" },
	{ "do-not-query-localhost:", "no" },
	{ "unblock-lan-zones:", "yes" },
	{ "insecure-lan-zones:", "yes" },
	{ "msg-cache-size:", "16m" },
	{ "rrset-cache-size:", "16m" },
	{ "cache-max-ttl:", "3600" },
	{ "cache-max-negative-ttl:", "600" },
	{ "outgoing-range:", "256" },
	{ "outgoing-num-tcp:", "32" },
	{ "num-queries-per-thread:", "1024" },
	{ "infra-cache-max-rtt:", "2000" },
	{ "infra-host-ttl:", "1" },
	{ "infra-keep-probing:", "yes" },
	{ "use-syslog:", "no" },
};

static int
set_options(struct ub_ctx *ctx, struct err *e)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (ub_ctx_set_option(ctx, options[i].name,
		    options[i].value) != 0)
			return err_set(e, "libunbound does not take %s %s; "
			    "install version 1.17 or later", options[i].name,
			    options[i].value);
	return 0;
}

/* No resolv.conf means the server of this host, as it does to the C library. */
static int
set_servers(struct ub_ctx *ctx, char *const servers[], size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (ub_ctx_set_fwd(ctx, servers[i]) != 0)
			return err_set(e, "not the address of a resolver: %s; "
			    "write 192.0.2.53 or 192.0.2.53@5353", servers[i]);
	if (n == 0 && ub_ctx_resolvconf(ctx, NULL) != 0 &&
	    ub_ctx_set_fwd(ctx, "127.0.0.1") != 0)
		return err_set(e, "libunbound does not take 127.0.0.1 for a "
		    "resolver");
	return 0;
}

/* Tells libunbound's answers to who asked, for as long as the process is. */
static void *
pump(void *arg)
{
	struct resolver	*r = arg;
	struct pollfd	 p = { .fd = ub_fd(r->ctx), .events = POLLIN };

	for (;;)
		if (poll(&p, 1, -1) == 1)
			(void)ub_process(r->ctx);
	return NULL;
}

static int
start(struct resolver *r, struct err *e)
{
	pthread_t	 thread;
	struct inquest	 first = { r, clock_monotonic_micros() +
			    RESOLVER_LOOKUP_MS * INT64_C(1000) };
	struct dns	 dns = resolver_dns(&first);
	struct dns_answer answer;

	if (ub_ctx_async(r->ctx, 1) != 0 ||
	    ub_ctx_zone_remove(r->ctx, "test.") != 0 ||
	    pthread_create(&thread, NULL, pump, r) != 0)
		return err_set(e, "the threads of the resolver do not start; "
		    "is there a limit on processes?");
	(void)pthread_detach(thread);
	dns.lookup(dns.arg, "localhost", DNS_A, &answer);
	dns.release(dns.arg, &answer);
	if (answer.status != DNS_FOUND)
		return err_set(e, "libunbound does not even know localhost");
	return 0;
}

int
resolver_new(struct resolver **out, char *const servers[], size_t n,
    struct err *e)
{
	struct resolver	*r = calloc(1, sizeof(*r));

	if (r == NULL || (r->ctx = ub_ctx_create()) == NULL) {
		free(r);
		return err_set(e, "out of memory for a resolver");
	}
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)ub_ctx_debugout(r->ctx, NULL);
	/* What fails ends the process: threads may use it already. */
	if (set_options(r->ctx, e) == -1 ||
	    set_servers(r->ctx, servers, n, e) == -1 || start(r, e) == -1)
		return -1;
	*out = r;
	return 0;
}

/* With the lock. */
static void
slot_unref(struct slot *s)
{
	if (--s->references > 0)
		return;
	s->resolver->under_way--;
	ub_resolve_free(s->result);
	(void)pthread_cond_destroy(&s->done);
	free(s);
}

static struct slot *
slot_new(struct resolver *r)
{
	struct slot	*s = NULL;

	(void)pthread_mutex_lock(&r->lock);
	if (r->under_way < RESOLVER_UNDER_WAY)
		s = calloc(1, sizeof(*s));
	if (s != NULL) {
		(void)pthread_cond_init(&s->done, NULL);
		s->resolver = r;
		s->references = 2;
		r->under_way++;
	}
	(void)pthread_mutex_unlock(&r->lock);
	return s;
}

/* In the pump. */
static void
on_answer(void *arg, int error, struct ub_result *result)
{
	struct slot	*s = arg;
	struct resolver	*r = s->resolver;

	(void)pthread_mutex_lock(&r->lock);
	s->result = error == 0 ? result : NULL;
	s->is_done = true;
	(void)pthread_cond_signal(&s->done);
	slot_unref(s);
	(void)pthread_mutex_unlock(&r->lock);
}

/* Takes over one reference. What it was answered, the caller's to free; NULL:
 * nothing in time. */
static struct ub_result *
await(struct slot *s, int millis)
{
	struct timespec		 until = clock_deadline(millis);
	struct resolver		*r = s->resolver;
	struct ub_result	*result;

	(void)pthread_mutex_lock(&r->lock);
	while (!s->is_done)
		if (pthread_cond_timedwait(&s->done, &r->lock, &until) ==
		    ETIMEDOUT)
			break;
	result = s->result;
	s->result = NULL;
	slot_unref(s);
	(void)pthread_mutex_unlock(&r->lock);
	return result;
}

/* There will be no callback: its reference ends with ours. */
static void
drop(struct slot *s)
{
	struct resolver	*r = s->resolver;

	(void)pthread_mutex_lock(&r->lock);
	s->references = 1;
	slot_unref(s);
	(void)pthread_mutex_unlock(&r->lock);
}

static struct ub_result *
ask(struct resolver *r, const char *name, enum dns_type type, int millis)
{
	struct slot	*s = slot_new(r);

	if (s == NULL)
		return NULL;
	if (ub_resolve_async(r->ctx, name, (int)type, CLASS_IN, s, on_answer,
	    NULL) != 0) {
		drop(s);
		return NULL;
	}
	return await(s, millis);
}

/* What an answer keeps: the result, and its records as dns.h has them. */
struct kept {
	struct ub_result	*result;
	struct dns_rdata	 rdata[];
};

static size_t
count(char *const *rdata)
{
	size_t	n = 0;

	while (rdata != NULL && rdata[n] != NULL)
		n++;
	return n;
}

/* Takes over the result. false: out of memory. */
static bool
keep(struct dns_answer *out, struct ub_result *result)
{
	size_t		 n = count(result->data);
	struct kept	*k = calloc(1, sizeof(*k) + n * sizeof(k->rdata[0]));

	if (k == NULL)
		return false;
	k->result = result;
	for (size_t i = 0; i < n; i++)
		k->rdata[i] = (struct dns_rdata){
		    (const uint8_t *)result->data[i], (size_t)result->len[i] };
	*out = (struct dns_answer){ DNS_FOUND, (uint32_t)result->ttl, n,
	    k->rdata, k };
	return true;
}

/* Takes over the result, which may be NULL. */
static void
tell(struct dns_answer *out, struct ub_result *result)
{
	*out = (struct dns_answer){ .status = DNS_FAILED,
	    .ttl = NO_ANSWER_TTL };
	if (result == NULL)
		return;
	if (result->havedata) {
		if (keep(out, result))
			return;
	} else if (result->rcode == RCODE_NXDOMAIN ||
	    result->rcode == RCODE_OK) {
		out->status = result->rcode == RCODE_OK ? DNS_NODATA :
		    DNS_NXDOMAIN;
		out->ttl = (uint32_t)result->ttl;
	}
	ub_resolve_free(result);
}

static void
lookup(void *arg, const char *name, enum dns_type type, struct dns_answer *out)
{
	struct inquest	*q = arg;
	int64_t		 left = (q->until - clock_monotonic_micros()) / 1000;

	if (left > RESOLVER_LOOKUP_MS)
		left = RESOLVER_LOOKUP_MS;
	tell(out, left <= 0 ? NULL : ask(q->resolver, name, type, (int)left));
}

static void
release(void *arg, struct dns_answer *answer)
{
	struct kept	*k = answer->owner;

	(void)arg;
	if (k != NULL)
		ub_resolve_free(k->result);
	free(k);
	answer->owner = NULL;
	answer->n = 0;
}

struct dns
resolver_dns(struct inquest *q)
{
	return (struct dns){ lookup, release, q };
}
