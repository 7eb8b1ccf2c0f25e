/* SPDX-License-Identifier: ISC
 * tests/bench/wire.h - the MTA's end of one milter connection: packets of a
 * 4-byte length, a command byte and its data, over a unix socket.
 *
 * A wire belongs to one thread. */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <arpa/inet.h>
#include <libmilter/mfdef.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct wire {
	int		fd;
	uint32_t	actions, steps;	/* what the filter asked for */
	size_t		packet;		/* where the open packet begins */
	size_t		len;
	uint8_t		out[8192];
	size_t		at, got;
	uint8_t		in[8192];
};

static inline void
wire_begin(struct wire *w, char command)
{
	w->packet = w->len;
	w->len += 4;
	w->out[w->len++] = (uint8_t)command;
}

static inline void
wire_bytes(struct wire *w, const void *bytes, size_t len)
{
	if (w->len + len > sizeof(w->out))
		__builtin_trap();	/* a bench with too long texts */
	memcpy(w->out + w->len, bytes, len);
	w->len += len;
}

static inline void
wire_text(struct wire *w, const char *text)
{
	wire_bytes(w, text, strlen(text) + 1);
}

static inline void
wire_number(struct wire *w, uint32_t v)
{
	v = htonl(v);
	wire_bytes(w, &v, sizeof(v));
}

static inline void
wire_end(struct wire *w)
{
	uint32_t	len = htonl((uint32_t)(w->len - w->packet - 4));

	memcpy(w->out + w->packet, &len, sizeof(len));
}

static inline void
wire_plain(struct wire *w, char command)
{
	wire_begin(w, command);
	wire_end(w);
}

/* Macros of a command: names and values by turns, NULL at the end. */
static inline void
wire_macros(struct wire *w, char command, const char *const *texts)
{
	wire_begin(w, SMFIC_MACRO);
	wire_bytes(w, &command, 1);
	for (; *texts != NULL; texts++)
		wire_text(w, *texts);
	wire_end(w);
}

static inline bool
wire_flush(struct wire *w)
{
	size_t	len = w->len;

	w->len = 0;
	return send(w->fd, w->out, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* One packet: its command, with w->in[w->at - len] and on the data. -1: the
 * filter has hung up. */
static inline int
wire_read(struct wire *w, const uint8_t **data, size_t *len)
{
	uint32_t	need = 0;
	ssize_t		n;

	for (;;) {
		if (w->got - w->at >= 4) {
			memcpy(&need, w->in + w->at, 4);
			need = ntohl(need);
			if (need == 0 || need > sizeof(w->in) - 4)
				return -1;
			if (w->got - w->at >= 4 + need)
				break;
		}
		memmove(w->in, w->in + w->at, w->got - w->at);
		w->got -= w->at;
		w->at = 0;
		n = recv(w->fd, w->in + w->got, sizeof(w->in) - w->got, 0);
		if (n <= 0)
			return -1;
		w->got += (size_t)n;
	}
	*data = w->in + w->at + 5;
	*len = need - 1;
	w->at += 4 + need;
	return (*data)[-1];
}

/* Sends what is waiting and takes the answer to it: one of SMFIR_*, changes of
 * the message left out. -1: the filter has hung up. */
static inline int
wire_ask(struct wire *w)
{
	const uint8_t	*data;
	size_t		 len;
	int		 c;

	if (!wire_flush(w))
		return -1;
	do
		c = wire_read(w, &data, &len);
	while (c != -1 && strchr("hmi+-2qbpe", c) != NULL);
	return c;
}

static inline bool
wire_negotiate(struct wire *w)
{
	const uint8_t	*data;
	size_t		 len;
	uint32_t	 v[3];

	wire_begin(w, SMFIC_OPTNEG);
	wire_number(w, SMFI_PROT_VERSION);
	wire_number(w, SMFI_CURR_ACTS);
	wire_number(w, SMFI_CURR_PROT);
	wire_end(w);
	if (!wire_flush(w) || wire_read(w, &data, &len) != SMFIC_OPTNEG ||
	    len < sizeof(v))
		return false;
	memcpy(v, data, sizeof(v));
	w->actions = ntohl(v[1]);
	w->steps = ntohl(v[2]);
	return true;
}

/* Connects and negotiates. false: nobody there. */
static inline bool
wire_open(struct wire *w, const struct sockaddr_un *to)
{
	w->len = w->at = w->got = 0;
	w->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (w->fd == -1)
		return false;
	if (connect(w->fd, (const struct sockaddr *)to, sizeof(*to)) == 0 &&
	    wire_negotiate(w))
		return true;
	close(w->fd);
	return false;
}

static inline void
wire_close(struct wire *w)
{
	wire_plain(w, SMFIC_QUIT);
	(void)wire_flush(w);
	close(w->fd);
}

#endif
