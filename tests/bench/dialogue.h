/* SPDX-License-Identifier: ISC
 * tests/bench/dialogue.h - what the MTA tells the filter of an SMTP session, a
 * function a stage; what the filter has negotiated away is left out.
 *
 * A wire belongs to one thread. */
#ifndef BENCH_DIALOGUE_H
#define BENCH_DIALOGUE_H

#include "tests/bench/wire.h"
#include "tests/bench/workload.h"

/* Macros are those that milter/mlfi.c asks for and that Postfix would have a
 * value for: it sends a packet of macros before each command, empty or not. */
static inline void
dialogue_put_connect(struct wire *w, const struct world_client *c)
{
	const char	*name = c->named ? c->name : "unknown";
	char		 addr[INET6_ADDRSTRLEN + 8], shown[INET6_ADDRSTRLEN + 2];
	const char	*macros[] = { "v", "Postfix 3.7.11", "{client_addr}",
			    addr, "{client_name}", name, "{client_resolve}",
			    c->named ? "OK" : "FAIL", NULL };
	uint16_t	 port = htons(40025);
	char		 family = c->v6 ? SMFIA_INET6 : SMFIA_INET;

	(void)snprintf(addr, sizeof(addr), "%s%s", c->v6 ? "IPv6:" : "",
	    c->addr);
	(void)snprintf(shown, sizeof(shown), "[%s]", c->addr);
	wire_macros(w, SMFIC_CONNECT, macros);
	wire_begin(w, SMFIC_CONNECT);
	wire_text(w, c->named ? c->name : shown);
	wire_bytes(w, &family, 1);
	wire_bytes(w, &port, sizeof(port));
	wire_text(w, c->addr);
	wire_end(w);
}

static inline void
dialogue_put_path(struct wire *w, char command, const char *const *macros,
    const char *address)
{
	char	path[128];

	wire_macros(w, command, macros);
	(void)snprintf(path, sizeof(path), "<%s>", address);
	wire_begin(w, command);
	wire_text(w, path);
	wire_end(w);
}

/* The packets of a command are in w: waits for the answer if there is one. */
static inline bool
dialogue_settle(struct wire *w, uint32_t no_reply)
{
	return (w->steps & no_reply) != 0 || wire_ask(w) == SMFIR_CONTINUE;
}

static inline bool
dialogue_envelope(struct wire *w, const struct mail *m)
{
	static const char *const none[] = { NULL };

	if ((w->steps & SMFIP_NOCONNECT) == 0) {
		dialogue_put_connect(w, &m->client);
		if (!dialogue_settle(w, SMFIP_NR_CONN))
			return false;
	}
	if ((w->steps & SMFIP_NOHELO) == 0) {
		wire_macros(w, SMFIC_HELO, none);
		wire_begin(w, SMFIC_HELO);
		wire_text(w, m->client.helo);
		wire_end(w);
		if (!dialogue_settle(w, SMFIP_NR_HELO))
			return false;
	}
	if ((w->steps & SMFIP_NOMAIL) == 0) {
		dialogue_put_path(w, SMFIC_MAIL, none, m->sender);
		if (!dialogue_settle(w, SMFIP_NR_MAIL))
			return false;
	}
	return true;
}

static inline void
dialogue_put_header(struct wire *w, const char *name, const char *value)
{
	wire_begin(w, SMFIC_HEADER);
	wire_text(w, name);
	wire_text(w, value);
	wire_end(w);
}

static inline bool
dialogue_text(struct wire *w)
{
	static const char *const headers[][2] = {
		{ "Received", "from a (b [192.0.2.1]) by c; some day" },
		{ "From", "Someone <someone@domain.example>" },
		{ "To", "user@ours.example" }, { "Subject", "About a thing" },
		{ "Date", "Thu, 1 Jan 2026 00:00:00 +0000" },
		{ "Message-Id", "<0123456789@domain.example>" },
		{ "MIME-Version", "1.0" }, { "Content-Type", "text/plain" },
	};

	if ((w->steps & SMFIP_NOHDRS) == 0)
		for (size_t i = 0; i < 8; i++) {
			dialogue_put_header(w, headers[i][0], headers[i][1]);
			if (!dialogue_settle(w, SMFIP_NR_HDR))
				return false;
		}
	if ((w->steps & SMFIP_NOEOH) == 0) {
		wire_plain(w, SMFIC_EOH);
		if (!dialogue_settle(w, SMFIP_NR_EOH))
			return false;
	}
	if ((w->steps & SMFIP_NOBODY) == 0) {
		wire_begin(w, SMFIC_BODY);
		wire_bytes(w, "Hello.\r\n", 8);
		wire_end(w);
		if (!dialogue_settle(w, SMFIP_NR_BODY))
			return false;
	}
	return true;
}

#endif
