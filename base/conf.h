/* SPDX-License-Identifier: ISC
 * base/conf.h - the settings of greygate.conf(5).
 *
 * Immutable after conf_read(), counted; any thread may read. All durations are
 * whole seconds. The option table in base/conf_table.c has one row per key; the
 * defaults, the checks and the manual's completeness test come from it. */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/nameset.h"
#include "base/netset.h"
#include "base/patternset.h"
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
	int64_t		crowd_window;	/* by which crowds are counted, if window
					 * is a rule's; 0: window. No setting */
	uint64_t	max_pending_per_identity;
};

/* A TLS client certificate: both names as the MTA's macros give them. */
struct conf_tls_client {
	char	*subject, *issuer;
};

/* What a relay hears of a recipient that does not exist. */
enum conf_unknown { CONF_UNKNOWN_ACCEPT, CONF_UNKNOWN_DEFER,
    CONF_UNKNOWN_REJECT };

struct conf_relay {
	char		*name;
	struct netset	*networks;
	enum conf_unknown unknown;
};

/*
 * Sources that tell whether a mailbox exists. domains: those of local-domains
 * that it is asked about; an empty set: all of them. Texts are never NULL.
 * Names differ within a kind, and no list is called "file" but recipients.file.
 */
enum { CONF_ASKED_MAX = 16 };		/* unixes and ldaps together */

struct conf_list {			/* a file of addresses */
	char		*name, *file;
	struct nameset	*domains;
};

struct conf_unix {			/* the system's users and an alias file */
	char		*name;
	char		*aliases;	/* a path, "" for none */
	struct nameset	*domains;
};

enum conf_bind { CONF_BIND_SIMPLE, CONF_BIND_EXTERNAL };
enum conf_scope { CONF_SCOPE_SUB, CONF_SCOPE_ONE, CONF_SCOPE_BASE };

struct conf_ldap {			/* an LDAP directory */
	char		*name;
	char		*uri;		/* one or more, separated by spaces */
	char		*base, *filter;	/* with %s, %u, %d */
	enum conf_scope	 scope;
	enum conf_bind	 bind;
	char		*bind_dn;	/* "": anonymous */
	char		*password_file;
	bool		 start_tls;	/* of ldap:// only */
	bool		 verify_certificate;
	char		*ca_file, *cert_file, *key_file;	/* "": none */
	int64_t		 timeout;	/* of connecting (TCP, TLS, bind), and of
					 * the answer */
	unsigned	 connections;
	char		*export_filter;	/* "": cannot be listed */
	char		*export_attributes;	/* separated by spaces */
	struct nameset	*domains;
};

enum conf_reveal { CONF_REVEAL_ALWAYS, CONF_REVEAL_PROVEN };

/* A temporary refusal, or none. */
struct conf_failure {
	bool		pass;
	struct reply	reply;		/* unless pass */
};

struct conf_recipients {
	char		*file;		/* a list named "file"; "": none */
	char		*key_file;	/* of lists with hashed addresses; "" */
	struct nameset	*exempt;	/* domains and addresses */
	char		*sub_address;	/* delimiters, "" for none */
	bool		 case_sensitive;
	unsigned	 max_loss;	/* percent that a new list may lack */
	struct reply	 reply;
	struct conf_failure on_directory_failure;
	int64_t		 cache, stale, negative_cache;	/* seconds */
	uint64_t	 cache_size;	/* records */
	int64_t		 former_users;	/* seconds since the last "yes" */
	unsigned	 harvest_limit;	/* unknown recipients; 0: no bans */
	int64_t		 harvest_window, harvest_ban;
	enum conf_reveal reveal;
	struct conf_list *lists;
	size_t		 n_lists;
	struct conf_unix *unixes;
	size_t		 n_unixes;
	struct conf_ldap *ldaps;
	size_t		 n_ldaps;
};

/*
 * rule "NAME" { }: conditions and what follows. A condition that was not given
 * (NULL, CONF_ANY, a count of 0) holds for everybody; of a list, one is enough;
 * all conditions must hold. What was given is empty only where all its patterns
 * come from files that have none: then it holds for nobody.
 */
enum conf_tristate { CONF_ANY, CONF_YES, CONF_NO };
enum conf_action { CONF_ACTION_ACCEPT, CONF_ACTION_GREYLIST, CONF_ACTION_DEFER,
    CONF_ACTION_REJECT };

/* Minutes of the week's days in the host's local time; from > upto: over
 * midnight. "Mon-Fri 08:00-18:00" */
struct conf_hours {
	uint8_t		days;		/* bit 0 Sunday ... bit 6 Saturday */
	uint16_t	from, upto;	/* minutes, upto not included */
};

/* "{daemon_name}=submission": a macro of the MTA and its value, as is. */
struct conf_macro {
	char	*name, *value;
};

/* A DNS list: "zen.spamhaus.org", or with the answers that count,
 * "zen.spamhaus.org=127.0.0.2,127.0.0.3" or "=127.0.0.2-127.0.0.11". */
enum { CONF_DNS_LIST_RANGES = 8 };
struct conf_dns_list {
	char		*zone;
	size_t		 n;		/* 0: any in 127.0.0.0/8. Those in
					 * 127.255.255.0/24 never count */
	struct { uint32_t from, upto; } range[CONF_DNS_LIST_RANGES];
};

struct conf_rule {
	char			*name;
	unsigned		 line;		/* of its first setting */
	struct netset		*client;
	struct patternset	*client_name;	/* confirmed names only */
	enum conf_tristate	 verified;	/* the name is confirmed */
	struct patternset	*identity;	/* "spf:example.org",
						 * "name:example.net" */
	struct patternset	*helo;
	struct patternset	*sender;	/* "a@b", "@b", "@*.b", "<>" */
	struct patternset	*recipient;
	struct conf_hours	*time;
	size_t			 n_time;
	struct conf_macro	*macro;
	size_t			 n_macro;
	enum conf_tristate	 tls;
	struct conf_dns_list	*dnsbl, *dnswl;	/* listed in one of them */
	size_t			 n_dnsbl, n_dnswl;
	enum conf_action	 action;
	int64_t			 delay, window;	/* of greylist; -1: as in
						 * greylist { } */
	struct reply		 reply;		/* of defer, reject */
	bool			 observe;
};

enum { CONF_RULES_MAX = 1000 };

/* What is learned from outbound mail, and when it lets an answer in. */
enum conf_learn_scope { CONF_LEARN_SITE, CONF_LEARN_DOMAIN,
    CONF_LEARN_MAILBOX };
enum conf_learn_proof { CONF_PROOF_STRICT, CONF_PROOF_LENIENT };
enum conf_learn_journal { CONF_JOURNAL_NONE, CONF_JOURNAL_REFUSED,
    CONF_JOURNAL_ALL };

struct conf_auto_whitelist {
	bool		 enabled;
	enum conf_learn_scope scope;
	int64_t		 remember;	/* seconds since the last use */
	enum conf_learn_proof proof;
	unsigned	 max_recipients;	/* outside, of one message */
	unsigned	 max_per_hour;	/* new ones, of one user */
	enum conf_learn_journal journal;
};

struct conf {
	char			*file;		/* that was read, "" for none */
	atomic_uint		 refs;
	char			*listen;	/* smfi_setconn() form */
	char			*control;
	char			*state;
	char			*journal;	/* "" for none */
	int64_t			 journal_retention;	/* seconds; 0: for ever */
	bool			 pseudonyms;	/* no local part is written */
	char			*metrics;	/* "127.0.0.1:9117"; "": none */
	char			*user;		/* "": stay who started it */
	struct nameset		*local_domains;
	struct netset		*local_networks;
	struct conf_tls_client	*tls_clients;
	size_t			 n_tls_clients;
	char			**reinject;	/* {daemon_name}s that content
						 * filters come back by */
	size_t			 n_reinject;
	char			**whitelist;	/* paths of files of entries */
	size_t			 n_whitelist;
	char			*large_senders;	/* a path, "" for none */
	char			**resolver;	/* "ADDR" or "ADDR@PORT"; none:
						 * the system's */
	size_t			 n_resolver;
	bool			 spf;		/* false: no helper, no SPF */
	char			*spf_user;	/* the helper's account */
	int64_t			 wait_limit;	/* seconds, of one callback */
	enum conf_on_error	 on_error;
	bool			 observe;
	struct conf_greylist	 greylist;
	struct conf_auto_whitelist auto_whitelist;
	struct conf_recipients	 recipients;
	struct conf_relay	*relays;
	size_t			 n_relays;
	struct conf_rule	*rules;		/* in the file's order */
	size_t			 n_rules;
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

/* One more owner, who gives it back with conf_free(). */
struct conf *conf_ref(struct conf *c);

/* Gives *c back and sets it to NULL; the last one frees. A NULL *c is fine. */
void	conf_free(struct conf **c);

/* Calls each(full name such as "greylist.delay", default as text, what is
 * allowed) for each row of the option table, in its order: for the manual's
 * completeness test and for `greygate -t`. */
typedef void (*conf_row_fn)(const char *name, const char *preset,
	    const char *allowed, void *arg);
void	conf_each_row(conf_row_fn each, void *arg);

#endif
