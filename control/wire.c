/* SPDX-License-Identifier: ISC
 * control/wire.c - buffered lines in and out. */
#include "control/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

enum { IN_STEP = 16 * 1024 };

void
wire_open(struct wire *w, int fd)
{
	w->fd = fd;
	w->idle_ms = WIRE_IDLE_MS;
	w->in = NULL;
	w->in_size = w->in_from = w->in_end = w->out_used = 0;
	w->deaf = w->broken = false;
}

void
wire_close(struct wire *w)
{
	free(w->in);
	w->in = NULL;
}

/* Room for more, by moving what is there to the front or by growing. */
static int
make_room(struct wire *w, size_t limit, struct err *e)
{
	size_t	 size = w->in_size + IN_STEP;
	char	*grown;

	if (w->in_from > 0) {
		memmove(w->in, w->in + w->in_from, w->in_end - w->in_from);
		w->in_end -= w->in_from;
		w->in_from = 0;
	}
	if (w->in_end > limit)
		return err_set(e, "a line of over %zu bytes", limit);
	if (w->in_end < w->in_size)
		return 0;
	grown = realloc(w->in, size);
	if (grown == NULL)
		return err_set(e, "out of memory for a line");
	w->in = grown;
	w->in_size = size;
	return 0;
}

/* 1 something came, 0 the end, -1 failed. until: monotonic microseconds. */
static int
receive(struct wire *w, int64_t until, struct err *e)
{
	struct pollfd	p = { .fd = w->fd, .events = POLLIN };
	int64_t		left;
	ssize_t		n;

	for (;;) {
		left = (until - clock_monotonic_micros() + 999) / 1000;
		if (left <= 0 || (poll(&p, 1, (int)left) == 0))
			return err_set(e, "the other side sent nothing in "
			    "time");
		n = recv(w->fd, w->in + w->in_end, w->in_size - w->in_end,
		    MSG_DONTWAIT);
		if (n >= 0)
			break;
		if (errno != EAGAIN && errno != EINTR)
			return err_set(e, "%s", strerror(errno));
	}
	w->in_end += (size_t)n;
	return n > 0;
}

int
wire_read(struct wire *w, size_t limit, int wait_ms, const char **line,
    size_t *len, struct err *e)
{
	int64_t	 until = clock_monotonic_micros() + (int64_t)wait_ms * 1000;
	size_t	 seen = 0;
	char	*end;
	int	 rc;

	for (;;) {
		size_t have = w->in_end - w->in_from;

		end = have > seen ? memchr(w->in + w->in_from + seen, '\n',
		    have - seen) : NULL;
		if (end != NULL)
			break;
		seen = have;
		if (make_room(w, limit, e) == -1)
			return -1;
		rc = receive(w, until, e);
		if (rc != 1)
			return rc;
	}
	*line = w->in + w->in_from;
	*len = (size_t)(end - *line);
	w->in_from += *len + 1;
	return *len <= limit ? 1 : err_set(e, "a line of over %zu bytes",
	    limit);
}

/* Waits until more can be sent. A byte that comes meanwhile is a sign of life:
 * somebody reads a long listing page by page. */
static int
wait_to_send(struct wire *w, struct err *e)
{
	struct pollfd	p = { .fd = w->fd, .events = POLLOUT };
	char		scrap[64];
	ssize_t		n;

	if (!w->deaf)
		p.events |= POLLIN;
	if (poll(&p, 1, w->idle_ms) == 0)
		return err_set(e, "the other side takes nothing");
	if ((p.revents & POLLIN) != 0) {
		n = recv(w->fd, scrap, sizeof(scrap), MSG_DONTWAIT);
		if (n == 0)
			w->deaf = true;
	}
	return 0;
}

static int
send_all(struct wire *w, struct err *e)
{
	size_t	from = 0;
	ssize_t	n;

	while (from < w->out_used) {
		n = send(w->fd, w->out + from, w->out_used - from,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n >= 0)
			from += (size_t)n;
		else if (errno == EAGAIN) {
			if (wait_to_send(w, e) == -1)
				return -1;
		} else if (errno != EINTR)
			return err_set(e, "%s", strerror(errno));
	}
	w->out_used = 0;
	return 0;
}

/* Who has not taken anything once is not waited for again. */
int
wire_flush(struct wire *w, struct err *e)
{
	if (w->broken)
		return err_set(e, "the other side is gone");
	if (send_all(w, e) == 0)
		return 0;
	w->broken = true;
	return -1;
}

static int
queue(struct wire *w, const char *text, size_t len, struct err *e)
{
	while (len > 0) {
		size_t n = sizeof(w->out) - w->out_used;

		if (n > len)
			n = len;
		memcpy(w->out + w->out_used, text, n);
		w->out_used += n;
		text += n;
		len -= n;
		if (w->out_used == sizeof(w->out) && wire_flush(w, e) == -1)
			return -1;
	}
	return 0;
}

int
wire_put(struct wire *w, struct json **line, struct err *e)
{
	char	*text = json_dump(*line, 0);
	int	 rc;

	json_free(line);
	if (text == NULL)
		return err_set(e, "out of memory for a line");
	rc = queue(w, text, strlen(text), e);
	if (rc == 0)
		rc = queue(w, "\n", 1, e);
	free(text);
	return rc;
}

int
wire_put_item(struct wire *w, struct json **value, struct err *e)
{
	struct json	*line = json_new_object();

	json_add(line, "item", *value);
	*value = NULL;
	return wire_put(w, &line, e);
}

void
wire_alive(struct wire *w)
{
	(void)send(w->fd, "\n", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}
