/* SPDX-License-Identifier: ISC
 * base/conf_table.c - the rows of greygate.conf(5), in the manual's order. */
#include "base/conf_table.h"

#include <stdio.h>
#include <string.h>

#include "base/conf.h"

#define MINUTE	60
#define DAY	(24 * 60 * MINUTE)
#define YEAR	(365 * DAY)

const struct conf_section conf_sections[CONF_SECTIONS] = {
	{ .name = "" },
	{ .name = "greylist" },
	{ .name = "relay", .titled = true },
};

#define TOP	 &conf_sections[0]
#define GREYLIST &conf_sections[1]
#define RELAY	 &conf_sections[2]
#define AT(x)	 offsetof(struct conf, x)

const struct conf_row conf_rows[CONF_ROWS] = {
	{ TOP, "listen", CONF_LISTEN, "\"inet:8891@127.0.0.1\"",
	    0, 103, NULL, AT(listen), false,
	    "\"inet:PORT@ADDRESS\", \"inet6:PORT@ADDRESS\" or "
	    "\"unix:/absolute/path\" of at most 103 bytes" },
	{ TOP, "control", CONF_PATH, "\"/run/greygate/control.sock\"",
	    0, 103, NULL, AT(control), false,
	    "an absolute path of at most 103 bytes" },
	{ TOP, "state", CONF_PATH, "\"/var/lib/greygate\"",
	    0, 1023, NULL, AT(state), false,
	    "an absolute path of at most 1023 bytes" },
	{ TOP, "journal", CONF_PATH_OR_NONE,
	    "\"/var/log/greygate/journal.jsonl\"",
	    0, 1023, NULL, AT(journal), false,
	    "an absolute path of at most 1023 bytes, or \"\" for none" },
	{ TOP, "user", CONF_USER, "\"greygate\"",
	    0, 32, NULL, AT(user), false,
	    "the name of an account, or \"\" to stay who started it" },
	{ TOP, "local-networks", CONF_NETWORKS,
	    "{\"127.0.0.0/8\", \"::1/128\"}",
	    0, 0, NULL, AT(local_networks), false,
	    "a list of addresses and networks such as "
	    "{\"192.0.2.0/24\", \"2001:db8::/32\"}" },
	{ TOP, "tls-clients", CONF_TLS_CLIENTS, "{}",
	    0, 0, NULL, AT(tls_clients), false,
	    "a list of \"SUBJECT | ISSUER\" such as "
	    "{\"/CN=laptop.example.com | /CN=Example Office CA\"}" },
	{ TOP, "on-error", CONF_CHOICE, "pass",
	    0, 0, "pass defer", AT(on_error), false, "pass or defer" },
	{ TOP, "observe", CONF_BOOL, "false",
	    0, 0, NULL, AT(observe), false,
	    "true or false (also yes, no, on, off)" },
	{ GREYLIST, "delay", CONF_DURATION, "1m",
	    0, DAY, NULL, AT(greylist.delay), false,
	    "a duration with units s m h d w, from 0 to 1d, such as 90s" },
	{ GREYLIST, "window", CONF_DURATION, "24h",
	    1, 30 * DAY, NULL, AT(greylist.window), false,
	    "a duration with units s m h d w, from 1s to 30d, such as 24h" },
	{ GREYLIST, "remember", CONF_DURATION, "36d",
	    1, 5 * (int64_t)YEAR, NULL, AT(greylist.remember), false,
	    "a duration with units s m h d w, from 1s to 1825d, such as 36d" },
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
	{ RELAY, "networks", CONF_NETWORKS, "",
	    0, 0, NULL, offsetof(struct conf_relay, networks), true,
	    "a list of addresses and networks such as {\"192.0.2.25\"}" },
};

static bool
is_called(const char *known, const char *name, size_t len)
{
	return strlen(known) == len && memcmp(known, name, len) == 0;
}

const struct conf_section *
conf_section_find(const char *name, size_t len)
{
	for (size_t i = 1; i < CONF_SECTIONS; i++)
		if (is_called(conf_sections[i].name, name, len))
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

bool
conf_row_is_list(const struct conf_row *row)
{
	return row->type == CONF_NETWORKS || row->type == CONF_TLS_CLIENTS;
}
