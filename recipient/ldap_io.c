/* SPDX-License-Identifier: ISC
 * recipient/ldap_io.c - the lowest layer of a connection to a directory: the
 * only one that waits.
 *
 * libldap's own TLS is not used: version 2.5 spins, or waits for ever, where a
 * server falls silent in the middle of a handshake, loses memory with each
 * context that has a certificate, and cannot say why one is refused. */
#include "recipient/ldap_io.h"

#include <errno.h>
#include <lber.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "recipient/reach.h"

/* One entry is a message; liblber makes room for all of it at once. */
enum { MESSAGE_MAX = 16 * 1024 * 1024 };

/* Also where a server sends for ever, byte by byte. */
static bool
is_overdue(struct ldap_io *io)
{
	io->overdue = clock_monotonic_micros() >= io->deadline;
	errno = ETIMEDOUT;
	return io->overdue;
}

/* Whether n is a reason to try again, which this has waited for then. */
static bool
wait_again(const struct ldap_io *io, ssize_t n, short events)
{
	if (n != -1 || (errno != EAGAIN && errno != EINTR))
		return false;
	(void)reach_await(io->fd, events, io->deadline);
	return true;
}

static ssize_t
note(struct ldap_io *io, ssize_t n)
{
	if (n == -1)
		io->failure = errno;
	return n;
}

/* As struct tls_wire has them. */
static ssize_t
wire_read(void *arg, void *bytes, size_t len)
{
	struct ldap_io	*io = arg;
	ssize_t		 n;

	do {
		if (is_overdue(io))
			return note(io, -1);
		if (io->budget == 0) {
			errno = EMSGSIZE;
			return note(io, -1);
		}
		if (len > io->budget)
			len = io->budget;
		n = recv(io->fd, bytes, len, 0);
	} while (wait_again(io, n, POLLIN));
	if (n == 0 && len > 0) {
		errno = ECONNRESET;
		n = -1;
	}
	if (n > 0)
		io->budget -= (size_t)n;
	return note(io, n);
}

static ssize_t
wire_write(void *arg, const void *bytes, size_t len)
{
	struct ldap_io	*io = arg;
	ssize_t		 n;

	do {
		if (is_overdue(io))
			return note(io, -1);
		n = send(io->fd, bytes, len, MSG_NOSIGNAL);
	} while (wait_again(io, n, POLLOUT));
	return note(io, n);
}

/* liblber takes EAGAIN for a reason to try again at once, without an end. */
static ber_slen_t
settle(struct ldap_io *io, ssize_t n)
{
	if (n != -1)
		return n;
	if (io->failure == 0)
		io->failure = ECONNRESET;
	errno = io->failure;
	return -1;
}

static ber_slen_t
layer_read(Sockbuf_IO_Desc *d, void *bytes, ber_len_t len)
{
	struct ldap_io	*io = d->sbiod_pvt;

	return settle(io, io->tls != NULL ? tls_read(io->tls, bytes, len) :
	    wire_read(io, bytes, len));
}

static ber_slen_t
layer_write(Sockbuf_IO_Desc *d, void *bytes, ber_len_t len)
{
	struct ldap_io	*io = d->sbiod_pvt;

	return settle(io, io->tls != NULL ? tls_write(io->tls, bytes, len) :
	    wire_write(io, bytes, len));
}

static int
layer_control(Sockbuf_IO_Desc *d, int option, void *arg)
{
	const struct ldap_io	*io = d->sbiod_pvt;

	(void)arg;
	return option == LBER_SB_OPT_DATA_READY && io->tls != NULL &&
	    tls_pending(io->tls);
}

static int
layer_setup(Sockbuf_IO_Desc *d, void *io)
{
	d->sbiod_pvt = io;
	return 0;
}

static int
layer_remove(Sockbuf_IO_Desc *d)
{
	d->sbiod_pvt = NULL;
	return 0;
}

static int
layer_close(Sockbuf_IO_Desc *d)
{
	ldap_io_close(d->sbiod_pvt);
	return 0;
}

int
ldap_io_attach(struct ldap_io *io, struct sockbuf *sb)
{
	/* liblber wants it writable, and never writes to it. */
	static Sockbuf_IO	layer = {
		.sbi_setup = layer_setup, .sbi_remove = layer_remove,
		.sbi_ctrl = layer_control, .sbi_read = layer_read,
		.sbi_write = layer_write, .sbi_close = layer_close,
	};

	ber_len_t		max = MESSAGE_MAX;

	if (ber_sockbuf_ctrl(sb, LBER_SB_OPT_SET_MAX_INCOMING, &max) == -1)
		return -1;
	return ber_sockbuf_add_io(sb, &layer, LBER_SBIOD_LEVEL_PROVIDER, io);
}

int
ldap_io_begin_tls(struct ldap_io *io, const struct tls *t, const char *host,
    struct err *e)
{
	const struct tls_wire	wire = { .read = wire_read,
				    .write = wire_write, .arg = io };

	return tls_begin(&io->tls, t, host, &wire, e);
}

void
ldap_io_close(struct ldap_io *io)
{
	tls_end(&io->tls);
	if (io->fd != -1)
		(void)close(io->fd);
	io->fd = -1;
}
