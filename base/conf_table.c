/* SPDX-License-Identifier: ISC
 * base/conf_table.c - the rows of greygate.conf(5), in the manual's order. */
#include "base/conf_table.h"

#include <stdio.h>
#include <string.h>

#include "base/conf.h"

#define MINUTE	60
#define DAY	(24 * 60 * MINUTE)
#define YEAR	(365 * DAY)

#define TITLED(type, member, n)						\
	.titled = true, .size = sizeof(type),				\
	.array = offsetof(struct conf, member),				\
	.count = offsetof(struct conf, n)

const struct conf_section conf_sections[CONF_SECTIONS] = {
	[CONF_IN_TOP] = { .name = "" },
	[CONF_IN_GREYLIST] = { .name = "greylist", .parent = conf_sections },
	[CONF_IN_AUTO_WHITELIST] = { .name = "auto-whitelist",
	    .parent = conf_sections },
	[CONF_IN_RECIPIENTS] = { .name = "recipients",
	    .parent = conf_sections },
	[CONF_IN_LIST] = { .name = "list",
	    .parent = &conf_sections[CONF_IN_RECIPIENTS],
	    TITLED(struct conf_list, recipients.lists, recipients.n_lists) },
	[CONF_IN_UNIX] = { .name = "unix", .asked = true,
	    .parent = &conf_sections[CONF_IN_RECIPIENTS],
	    TITLED(struct conf_unix, recipients.unixes, recipients.n_unixes) },
	[CONF_IN_LDAP] = { .name = "ldap", .asked = true,
	    .parent = &conf_sections[CONF_IN_RECIPIENTS],
	    TITLED(struct conf_ldap, recipients.ldaps, recipients.n_ldaps) },
	[CONF_IN_RELAY] = { .name = "relay", .parent = conf_sections,
	    TITLED(struct conf_relay, relays, n_relays) },
	[CONF_IN_RULE] = { .name = "rule", .parent = conf_sections,
	    .most = CONF_RULES_MAX,
	    TITLED(struct conf_rule, rules, n_rules) },
};

#define TOP	 &conf_sections[CONF_IN_TOP]
#define GREYLIST &conf_sections[CONF_IN_GREYLIST]
#define AUTO_WHITELIST &conf_sections[CONF_IN_AUTO_WHITELIST]
#define RECIPIENTS &conf_sections[CONF_IN_RECIPIENTS]
#define LIST	 &conf_sections[CONF_IN_LIST]
#define UNIX	 &conf_sections[CONF_IN_UNIX]
#define LDAP	 &conf_sections[CONF_IN_LDAP]
#define RELAY	 &conf_sections[CONF_IN_RELAY]
#define RULE	 &conf_sections[CONF_IN_RULE]

/* What is allowed, where several rows say the same. */
#define A_DURATION "a duration with units s m h d w, from "
#define A_SWITCH "true or false (also yes, no, on, off)"
#define A_PATH	"an absolute path of at most 1023 bytes"
#define NO_PATH	A_PATH ", or \"\" for none"
#define OWN_DOMAINS							\
	"a list of domains that are in local-domains, such as "		\
	"{\"example.com\"}; {} for all of them"
#define HOSTS								\
	"a list of names such as {\"mx.example.net\", "			\
	"\"*.example.net\"}, of files with a name a line such as "	\
	"\"file:/etc/greygate/names\", or of both"
#define ADDRESSES							\
	"a list of addresses such as {\"bob@example.com\", "		\
	"\"@example.com\", \"@*.example.com\", \"abuse@\", \"<>\"}, of "	\
	"files with one a line such as \"file:/etc/greygate/addresses\", "	\
	"or of both"
#define DNS_LISTS							\
	"a list of DNS lists such as {\"bl.example.org\", "		\
	"\"bl.example.net=127.0.0.2,127.0.0.4-127.0.0.7\"}"

#define AT(x)	 offsetof(struct conf, x)
#define IN(x)	 AT(recipients.x)
#define LEARN(x) AT(auto_whitelist.x)
#define IN_LIST(x) offsetof(struct conf_list, x)
#define IN_UNIX(x) offsetof(struct conf_unix, x)
#define IN_LDAP(x) offsetof(struct conf_ldap, x)
#define IN_RELAY(x) offsetof(struct conf_relay, x)
#define IN_RULE(x) offsetof(struct conf_rule, x)

const struct conf_row conf_rows[CONF_ROWS] = {
	{ TOP, "listen", CONF_LISTEN, "\"inet:8891@127.0.0.1\"",
	    0, 103, NULL, AT(listen), false,
	    "\"inet:PORT@ADDRESS\", \"inet6:PORT@ADDRESS\" or "
	    "\"unix:/absolute/path\" of at most 103 bytes" },
	{ TOP, "control", CONF_PATH, "\"/run/greygate/control.sock\"",
	    0, 103, NULL, AT(control), false,
	    "an absolute path of at most 103 bytes" },
	{ TOP, "state", CONF_PATH, "\"/var/lib/greygate\"",
	    0, 1023, NULL, AT(state), false, A_PATH },
	{ TOP, "journal", CONF_PATH_OR_NONE,
	    "\"/var/log/greygate/journal.jsonl\"",
	    0, 1023, NULL, AT(journal), false, NO_PATH },
	{ TOP, "journal-retention", CONF_DURATION, "0",
	    0, 10 * YEAR, NULL, AT(journal_retention), false,
	    A_DURATION "1d to 3650d, or 0 for as long as logrotate leaves them" },
	{ TOP, "pseudonyms", CONF_BOOL, "false",
	    0, 0, NULL, AT(pseudonyms), false, A_SWITCH },
	{ TOP, "metrics", CONF_ENDPOINT, "\"\"", 0, 0, NULL, AT(metrics), false,
	    "ADDRESS:PORT such as \"127.0.0.1:9117\" or \"[::1]:9117\", or "
	    "\"\" for none" },
	{ TOP, "user", CONF_USER, "\"greygate\"",
	    0, 32, NULL, AT(user), false,
	    "the name of an account, or \"\" to stay who started it" },
	{ TOP, "local-domains", CONF_DOMAINS, "{}",
	    0, 0, NULL, AT(local_domains), false,
	    "a list of domains such as {\"example.com\"}, of files with a "
	    "domain a line such as \"file:/etc/greygate/domains\", or of "
	    "both" },
	{ TOP, "local-networks", CONF_NETWORKS,
	    "{\"127.0.0.0/8\", \"::1/128\"}",
	    0, 0, NULL, AT(local_networks), false,
	    "a list of addresses and networks such as "
	    "{\"192.0.2.0/24\", \"2001:db8::/32\"}" },
	{ TOP, "tls-clients", CONF_TLS_CLIENTS, "{}",
	    0, 0, NULL, AT(tls_clients), false,
	    "a list of \"SUBJECT | ISSUER\" such as "
	    "{\"/CN=laptop.example.com | /CN=Example Office CA\"}" },
	{ TOP, "reinject", CONF_DAEMONS, "{}",
	    0, 255, NULL, AT(reinject), false,
	    "a list of names of listeners, each 1 to 255 bytes without white "
	    "space, such as {\"reinject\"}" },
	{ TOP, "whitelist", CONF_PATHS, "{\"/etc/greygate/whitelist\"}",
	    0, 1023, NULL, AT(whitelist), false,
	    "a list of absolute paths of at most 1023 bytes, such as "
	    "{\"/etc/greygate/whitelist\"}" },
	{ TOP, "large-senders", CONF_PATH_OR_NONE,
	    "\"/etc/greygate/large-senders\"",
	    0, 1023, NULL, AT(large_senders), false, NO_PATH },
	{ TOP, "resolver", CONF_RESOLVERS, "{}",
	    0, 8, NULL, AT(resolver), false,
	    "a list of up to 8 addresses such as {\"127.0.0.1\"}, also with a "
	    "port from 1 to 65535, \"127.0.0.1@5353\"; {} for the system's" },
	{ TOP, "spf", CONF_BOOL, "true",
	    0, 0, NULL, AT(spf), false, A_SWITCH },
	{ TOP, "spf-user", CONF_USER, "\"greygate-spf\"",
	    0, 32, NULL, AT(spf_user), false,
	    "the name of an account, or \"\" to stay who started it" },
	{ TOP, "wait-limit", CONF_DURATION, "1s",
	    1, 20, NULL, AT(wait_limit), false,
	    A_DURATION "1s to 20s, such as 2s" },
	{ TOP, "on-error", CONF_CHOICE, "pass",
	    0, 0, "pass defer", AT(on_error), false, "pass or defer" },
	{ TOP, "observe", CONF_BOOL, "false",
	    0, 0, NULL, AT(observe), false, A_SWITCH },
	{ GREYLIST, "delay", CONF_DURATION, "1m",
	    0, DAY, NULL, AT(greylist.delay), false,
	    A_DURATION "0 to 1d, such as 90s" },
	{ GREYLIST, "window", CONF_DURATION, "24h",
	    1, 30 * DAY, NULL, AT(greylist.window), false,
	    A_DURATION "1s to 30d, such as 24h" },
	{ GREYLIST, "remember", CONF_DURATION, "36d",
	    1, 5 * (int64_t)YEAR, NULL, AT(greylist.remember), false,
	    A_DURATION "1s to 1825d, such as 36d" },
	{ GREYLIST, "ipv4-prefix", CONF_NUMBER, "24",
	    8, 32, NULL, AT(greylist.ipv4_prefix), false,
	    "a whole number from 8 to 32" },
	{ GREYLIST, "ipv6-prefix", CONF_NUMBER, "64",
	    16, 128, NULL, AT(greylist.ipv6_prefix), false,
	    "a whole number from 16 to 128" },
	{ GREYLIST, "prove-after", CONF_NUMBER, "1",
	    1, 1000, NULL, AT(greylist.prove_after), false,
	    "a whole number from 1 to 1000" },
	{ GREYLIST, "reply", CONF_REPLY,
	    "\"450 4.7.1 Greylisted, please try again later\"",
	    0, 0, NULL, AT(greylist.reply), false,
	    "a 4xx code but 421, an enhanced code 4.x.x and a text" },
	{ GREYLIST, "null-sender-at", CONF_CHOICE, "data",
	    0, 0, "data rcpt", AT(greylist.null_sender_at), false,
	    "data or rcpt" },
	{ GREYLIST, "header", CONF_HEADER, "\"X-Greylist\"",
	    0, 76, NULL, AT(greylist.header), false,
	    "a header field name such as \"X-Greylist\", or \"\" for none" },
	{ GREYLIST, "max-records", CONF_COUNT, "20000000",
	    1, INT64_C(10000000000), NULL, AT(greylist.max_records), false,
	    "a whole number from 1 to 10000M, such as 20M" },
	{ GREYLIST, "max-pending-per-identity", CONF_COUNT, "1000",
	    1, 1000000, NULL, AT(greylist.max_pending_per_identity), false,
	    "a whole number from 1 to 1M, such as 1000" },
	{ AUTO_WHITELIST, "enabled", CONF_BOOL, "true",
	    0, 0, NULL, LEARN(enabled), false, A_SWITCH },
	{ AUTO_WHITELIST, "scope", CONF_CHOICE, "site",
	    0, 0, "site domain mailbox", LEARN(scope), false,
	    "site, domain or mailbox" },
	{ AUTO_WHITELIST, "remember", CONF_DURATION, "90d",
	    1, 5 * (int64_t)YEAR, NULL, LEARN(remember), false,
	    A_DURATION "1s to 1825d, such as 90d" },
	{ AUTO_WHITELIST, "proof", CONF_CHOICE, "lenient",
	    0, 0, "strict lenient", LEARN(proof), false, "strict or lenient" },
	{ AUTO_WHITELIST, "max-recipients", CONF_NUMBER, "20",
	    1, 1000, NULL, LEARN(max_recipients), false,
	    "a whole number from 1 to 1000" },
	{ AUTO_WHITELIST, "max-per-hour", CONF_NUMBER, "200",
	    1, 1000000, NULL, LEARN(max_per_hour), false,
	    "a whole number from 1 to 1000000" },
	{ AUTO_WHITELIST, "journal", CONF_CHOICE, "none",
	    0, 0, "none refused all", LEARN(journal), false,
	    "none, refused or all" },
	{ RECIPIENTS, "file", CONF_PATH_OR_NONE, "\"\"",
	    0, 1023, NULL, IN(file), false, NO_PATH },
	{ RECIPIENTS, "key-file", CONF_PATH_OR_NONE, "\"\"",
	    0, 1023, NULL, IN(key_file), false, NO_PATH },
	{ RECIPIENTS, "exempt", CONF_NAMES, "{}",
	    0, 0, NULL, IN(exempt), false,
	    "a list of domains, addresses and files of them such as "
	    "{\"example.com\", \"bob@example.org\", \"file:/etc/exempt\"}" },
	{ RECIPIENTS, "sub-address", CONF_DELIMITERS, "\"+\"",
	    0, 8, NULL, IN(sub_address), false,
	    "up to 8 punctuation characters, but neither @ nor \", or \"\" for "
	    "none" },
	{ RECIPIENTS, "case-sensitive", CONF_BOOL, "false",
	    0, 0, NULL, IN(case_sensitive), false, A_SWITCH },
	{ RECIPIENTS, "max-loss", CONF_NUMBER, "30",
	    0, 100, NULL, IN(max_loss), false,
	    "a whole number (of percent) from 0 to 100" },
	{ RECIPIENTS, "reply", CONF_REFUSAL,
	    "\"550 5.1.1 No such user here\"",
	    0, 0, NULL, IN(reply), false,
	    "a 5xx code, an enhanced code 5.x.x and a text" },
	{ RECIPIENTS, "on-directory-failure", CONF_FAILURE,
	    "\"451 4.4.3 Cannot check the recipient now, please try again "
	    "later\"",
	    0, 0, NULL, IN(on_directory_failure), false,
	    "pass, or a 4xx code but 421, an enhanced code 4.x.x and a text" },
	{ RECIPIENTS, "cache", CONF_DURATION, "10m",
	    0, 30 * DAY, NULL, IN(cache), false,
	    A_DURATION "0 to 30d, such as 10m" },
	{ RECIPIENTS, "stale", CONF_DURATION, "24h",
	    0, 30 * DAY, NULL, IN(stale), false,
	    A_DURATION "0 to 30d, such as 24h" },
	{ RECIPIENTS, "negative-cache", CONF_DURATION, "1m",
	    0, DAY, NULL, IN(negative_cache), false,
	    A_DURATION "0 to 1d, such as 1m" },
	{ RECIPIENTS, "cache-size", CONF_COUNT, "1M",
	    1000, 100000000, NULL, IN(cache_size), false,
	    "a whole number from 1000 to 100M, such as 1M" },
	{ RECIPIENTS, "former-users", CONF_DURATION, "180d",
	    0, 5 * (int64_t)YEAR, NULL, IN(former_users), false,
	    A_DURATION "0 to 1825d, such as 180d" },
	{ RECIPIENTS, "harvest-limit", CONF_NUMBER, "10",
	    0, 100000, NULL, IN(harvest_limit), false,
	    "a whole number from 0 to 100000, 0 for no bans" },
	{ RECIPIENTS, "harvest-window", CONF_DURATION, "10m",
	    MINUTE, DAY, NULL, IN(harvest_window), false,
	    A_DURATION "1m to 1d, such as 10m" },
	{ RECIPIENTS, "harvest-ban", CONF_DURATION, "1h",
	    MINUTE, 30 * DAY, NULL, IN(harvest_ban), false,
	    A_DURATION "1m to 30d, such as 1h" },
	{ RECIPIENTS, "reveal", CONF_CHOICE, "always",
	    0, 0, "always proven", IN(reveal), false, "always or proven" },
	{ LIST, "file", CONF_PATH, "",
	    0, 1023, NULL, IN_LIST(file), true, A_PATH },
	{ LIST, "domains", CONF_DOMAINS, "{}",
	    0, 0, NULL, IN_LIST(domains), false, OWN_DOMAINS },
	{ UNIX, "aliases", CONF_PATH_OR_NONE, "\"/etc/aliases\"",
	    0, 1023, NULL, IN_UNIX(aliases), false, NO_PATH },
	{ UNIX, "domains", CONF_DOMAINS, "{}",
	    0, 0, NULL, IN_UNIX(domains), false, OWN_DOMAINS },
	{ LDAP, "uri", CONF_URIS, "",
	    0, 0, NULL, IN_LDAP(uri), true,
	    "\"ldaps://HOST\", \"ldap://HOST:PORT\", "
	    "\"ldapi://%2Fpath%2Fof%2Fsocket\", or several with spaces between "
	    "them" },
	{ LDAP, "base", CONF_BASE, "",
	    0, 0, NULL, IN_LDAP(base), true,
	    "a distinguished name such as \"dc=example,dc=com\", in which only "
	    "%s, %u, %d and %% may follow a percent sign, or \"\"" },
	{ LDAP, "filter", CONF_FILTER, "",
	    0, 0, NULL, IN_LDAP(filter), true,
	    "a filter such as \"(mail=%s)\", with %s or %u in it, and only "
	    "%s, %u, %d and %% after a percent sign" },
	{ LDAP, "scope", CONF_CHOICE, "sub",
	    0, 0, "sub one base", IN_LDAP(scope), false, "sub, one or base" },
	{ LDAP, "bind", CONF_CHOICE, "simple",
	    0, 0, "simple external", IN_LDAP(bind), false,
	    "simple or external" },
	{ LDAP, "bind-dn", CONF_TEXT, "\"\"",
	    0, 0, NULL, IN_LDAP(bind_dn), false,
	    "a distinguished name, or \"\" to bind as nobody" },
	{ LDAP, "password-file", CONF_PATH_OR_NONE, "\"\"",
	    0, 1023, NULL, IN_LDAP(password_file), false, NO_PATH },
	{ LDAP, "start-tls", CONF_BOOL, "true",
	    0, 0, NULL, IN_LDAP(start_tls), false, A_SWITCH },
	{ LDAP, "verify-certificate", CONF_BOOL, "true",
	    0, 0, NULL, IN_LDAP(verify_certificate), false, A_SWITCH },
	{ LDAP, "ca-file", CONF_PATH_OR_NONE, "\"\"",
	    0, 1023, NULL, IN_LDAP(ca_file), false, NO_PATH },
	{ LDAP, "cert-file", CONF_PATH_OR_NONE, "\"\"",
	    0, 1023, NULL, IN_LDAP(cert_file), false, NO_PATH },
	{ LDAP, "key-file", CONF_PATH_OR_NONE, "\"\"",
	    0, 1023, NULL, IN_LDAP(key_file), false, NO_PATH },
	{ LDAP, "timeout", CONF_DURATION, "3s",
	    1, 20, NULL, IN_LDAP(timeout), false,
	    A_DURATION "1s to 20s, such as 3s" },
	{ LDAP, "connections", CONF_NUMBER, "4",
	    1, 32, NULL, IN_LDAP(connections), false,
	    "a whole number from 1 to 32" },
	{ LDAP, "export-filter", CONF_EXPORT_FILTER, "\"\"",
	    0, 0, NULL, IN_LDAP(export_filter), false,
	    "a filter such as \"(mail=*)\" without a percent sign, or \"\" for "
	    "none" },
	{ LDAP, "export-attributes", CONF_ATTRIBUTES, "\"\"",
	    0, 0, NULL, IN_LDAP(export_attributes), false,
	    "names of attributes with spaces between them, or \"\" for none" },
	{ LDAP, "domains", CONF_DOMAINS, "{}",
	    0, 0, NULL, IN_LDAP(domains), false, OWN_DOMAINS },
	{ RELAY, "networks", CONF_NETWORKS, "",
	    0, 0, NULL, IN_RELAY(networks), true,
	    "a list of addresses and networks such as {\"192.0.2.25\"}" },
	{ RELAY, "unknown", CONF_CHOICE, "reject",
	    0, 0, "accept defer reject", IN_RELAY(unknown), false,
	    "accept, defer or reject" },
	{ RULE, "client", CONF_NETWORKS, "",
	    0, 0, NULL, IN_RULE(client), false,
	    "a list of addresses and networks such as "
	    "{\"192.0.2.0/24\", \"2001:db8::/32\"}" },
	{ RULE, "client-name", CONF_HOSTS, "",
	    0, 0, NULL, IN_RULE(client_name), false,
	    HOSTS },
	{ RULE, "verified", CONF_TRISTATE, "",
	    0, 0, NULL, IN_RULE(verified), false,
	    A_SWITCH },
	{ RULE, "identity", CONF_IDENTITIES, "",
	    0, 0, NULL, IN_RULE(identity), false,
	    "a list of identities such as {\"spf:example.org\", "
	    "\"name:example.net\", \"addr:192.0.2.1\", "
	    "\"net:192.0.2.0/24\"}" },
	{ RULE, "helo", CONF_HOSTS, "",
	    0, 0, NULL, IN_RULE(helo), false,
	    HOSTS },
	{ RULE, "sender", CONF_ADDRESSES, "",
	    0, 0, NULL, IN_RULE(sender), false,
	    ADDRESSES },
	{ RULE, "recipient", CONF_ADDRESSES, "",
	    0, 0, NULL, IN_RULE(recipient), false,
	    ADDRESSES },
	{ RULE, "time", CONF_HOURS, "",
	    0, 0, NULL, IN_RULE(time), false,
	    "a list of days and times such as {\"Mon-Fri 08:00-18:00\", "
	    "\"Sat,Sun\", \"22:00-06:00\"}" },
	{ RULE, "macro", CONF_MACROS, "",
	    0, 0, NULL, IN_RULE(macro), false,
	    "a list of macros with their values such as "
	    "{\"{daemon_name}=submission\"}" },
	{ RULE, "tls", CONF_TRISTATE, "",
	    0, 0, NULL, IN_RULE(tls), false,
	    A_SWITCH },
	{ RULE, "dnsbl", CONF_DNS_LISTS, "",
	    0, 0, NULL, IN_RULE(dnsbl), false,
	    DNS_LISTS },
	{ RULE, "dnswl", CONF_DNS_LISTS, "",
	    0, 0, NULL, IN_RULE(dnswl), false,
	    DNS_LISTS },
	{ RULE, "action", CONF_CHOICE, "",
	    0, 0, "accept greylist defer reject", IN_RULE(action), true,
	    "accept, greylist, defer or reject" },
	{ RULE, "delay", CONF_DURATION, "",
	    0, DAY, NULL, IN_RULE(delay), false,
	    A_DURATION "0 to 1d, such as 10m" },
	{ RULE, "window", CONF_DURATION, "",
	    1, 30 * DAY, NULL, IN_RULE(window), false,
	    A_DURATION "1s to 30d, such as 48h" },
	{ RULE, "reply", CONF_RULE_REPLY, "",
	    0, 0, NULL, IN_RULE(reply), false,
	    "with defer a 4xx code but 421, with reject a 5xx code, an "
	    "enhanced code of the same class and a text" },
	{ RULE, "observe", CONF_BOOL, "false",
	    0, 0, NULL, IN_RULE(observe), false,
	    A_SWITCH },
};

static bool
is_called(const char *known, const char *name, size_t len)
{
	return strlen(known) == len && memcmp(known, name, len) == 0;
}

const struct conf_section *
conf_section_find(const struct conf_section *parent, const char *name,
    size_t len)
{
	for (size_t i = 1; i < CONF_SECTIONS; i++)
		if (conf_sections[i].parent == parent &&
		    is_called(conf_sections[i].name, name, len))
			return &conf_sections[i];
	return NULL;
}

const struct conf_row *
conf_row_find(const struct conf_section *section, const char *name, size_t len)
{
	for (size_t i = 0; i < CONF_ROWS; i++)
		if (conf_rows[i].section == section &&
		    is_called(conf_rows[i].name, name, len))
			return &conf_rows[i];
	return NULL;
}

struct conf_name
conf_section_name(const struct conf_section *section)
{
	const struct conf_section	*parent = section->parent;
	struct conf_name		 n = { "" };

	(void)snprintf(n.text, sizeof(n.text), "%s%s%s",
	    parent == NULL ? "" : parent->name,
	    parent == NULL || parent->parent == NULL ? "" : ".", section->name);
	return n;
}

struct conf_name
conf_row_name(const struct conf_row *row)
{
	struct conf_name	n = conf_section_name(row->section);
	size_t			used = strlen(n.text);

	(void)snprintf(n.text + used, sizeof(n.text) - used, "%s%s",
	    used > 0 ? "." : "", row->name);
	return n;
}

bool
conf_row_is_list(const struct conf_row *row)
{
	return row->type == CONF_NETWORKS || row->type == CONF_TLS_CLIENTS ||
	    conf_row_is_loose(row);
}

bool
conf_row_is_loose(const struct conf_row *row)
{
	switch (row->type) {
	case CONF_DOMAINS:
	case CONF_NAMES:
	case CONF_PATHS:
	case CONF_RESOLVERS:
	case CONF_DAEMONS:
	case CONF_HOURS:
	case CONF_MACROS:
	case CONF_DNS_LISTS:
	case CONF_HOSTS:
	case CONF_ADDRESSES:
	case CONF_IDENTITIES:
		return true;
	default:
		return row->type == CONF_NETWORKS && row->section == RULE;
	}
}
