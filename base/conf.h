/* SPDX-License-Identifier: ISC
 * base/conf.h - the settings of greygate.conf(5).
 *
 * Immutable after conf_read(); any thread may read. All durations are whole
 * seconds. The option table in base/conf_table.c has one row per key; the
 * defaults, the checks and the manual's completeness test come from it. */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/netset.h"
#include "base/reply.h"

enum conf_on_error { CONF_PASS, CONF_DEFER };
enum conf_null_sender_at { CONF_AT_DATA, CONF_AT_RCPT };

struct conf_greylist {
	int64_t		delay;		/* a retry counts from this age on */
	int64_t		window;		/* and up to this one; delay < window */
	int64_t		remember;	/* after its last use; > 0 */
	unsigned	ipv4_prefix;	/* 8..32 */
	unsigned	ipv6_prefix;	/* 16..128 */
	unsigned	prove_after;	/* passes; >= 1 */
	struct reply	reply;
	enum conf_null_sender_at null_sender_at;
	char		*header;	/* "" for none */
	uint64_t	max_records;
	uint64_t	max_pending_per_identity;
};

/* A TLS client certificate: both names as the MTA's macros give them. */
struct conf_tls_client {
	char	*subject, *issuer;
};

struct conf_relay {
	char		*name;
	struct netset	*networks;
};

struct conf {
	char			*file;		/* that was read, "" for none */
	char			*listen;	/* smfi_setconn() form */
	char			*control;
	char			*state;
	char			*journal;	/* "" for none */
	char			*user;		/* "": stay who started it */
	struct netset		*local_networks;
	struct conf_tls_client	*tls_clients;
	size_t			 n_tls_clients;
	enum conf_on_error	 on_error;
	bool			 observe;
	struct conf_greylist	 greylist;
	struct conf_relay	*relays;
	size_t			 n_relays;
};

/* Called once for each mistake, in the order of the file:
 * "FILE:LINE: what is wrong, what is allowed". */
typedef void (*conf_report_fn)(const char *sentence, void *arg);

/*
 * Reads a configuration file. Every mistake in it is reported, unknown names
 * and wrong values alike, in one run. file NULL: the defaults.
 *
 * 0: *out is a new configuration, to be freed with conf_free(). -1: at least
 * one mistake was reported (or the file cannot be read: reported as
 * "FILE: reason"); *out is unchanged. One thread at a time (libconfuse).
 */
int	conf_read(const char *file, struct conf **out, conf_report_fn report,
	    void *arg);

/* The same of a text that was read already, called `name` in the sentences. */
int	conf_read_text(const char *text, size_t len, const char *name,
	    struct conf **out, conf_report_fn report, void *arg);

/* Frees *c and sets it to NULL. A NULL *c is fine. */
void	conf_free(struct conf **c);

/* Calls each(full name such as "greylist.delay", default as text, what is
 * allowed) for each row of the option table, in its order: for the manual's
 * completeness test and for `greygate -t`. */
typedef void (*conf_row_fn)(const char *name, const char *preset,
	    const char *allowed, void *arg);
void	conf_each_row(conf_row_fn each, void *arg);

#endif
