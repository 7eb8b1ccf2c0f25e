/* SPDX-License-Identifier: ISC
 * tests/contract/test_spf_helper.c - greygate-spf itself, asked over its
 * socket, and a real DNS server: right answers, and -1 within the limits where
 * there can be none. */
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "identity/sandbox.h"
#include "tests/lib/spf_world.h"

/* Milliseconds. A look-up is given up after 5 s. */
enum { SOON = 4000, LOOKUP = 5000, BUSY = 4000 };

enum { FLOOD = 20000, MUCH_KIB = 128 * 1024, SANITIZED = 8 };

static const char	zone[] =
    "pool.example TXT \"v=spf1 ip4:192.0.2.0/24 include:more.example -all\"\n"
    "more.example TXT \"v=spf1 ip6:2001:db8::/32 a:mx.pool.example ?all\"\n"
    "mx.pool.example A 198.51.100.7\n"
    "all.example TXT \"v=spf1 +all\"\n"
    "halves.example TXT \"v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all\"\n"
    "any.example TXT \"v=spf1 exists:%{i}.any.example -all\"\n"
    "*.any.example A 127.0.0.2\n"
    "bad.example TXT \"v=spf1 ipv4:192.0.2.1 -all\"\n"
    "loop.example TXT \"v=spf1 include:pool2.example -all\"\n"
    "pool2.example TXT \"v=spf1 include:loop.example -all\"\n"
    "void.example TXT \"v=spf1 a:v1.example a:v2.example a:v3.example "
    "ip4:192.0.2.1 -all\"\n"
    "eleven.example TXT \"v=spf1 a:mx.pool.example a:mx.pool.example "
    "a:mx.pool.example a:mx.pool.example a:mx.pool.example "
    "a:mx.pool.example a:mx.pool.example a:mx.pool.example \" "
    "\"a:mx.pool.example a:mx.pool.example a:mx.pool.example "
    "ip4:192.0.2.1 -all\"\n"
    "*.many.example TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
    "2.0.0.127.list.example A 127.0.0.2\n"
    "9.2.0.192.list.example A 127.0.0.4\n"
    "8.2.0.192.list.example A 127.255.255.254\n";

static int
setup(void **state)
{
	struct spf_world	*w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->nsd = nsd_new(zone);
	spf_world_start(w, w->nsd->at);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct spf_world	*w = *state;

	assert_int_equal(spf_world_end(w), EX_OK);
	nsd_free(&w->nsd);
	free(w);
	return 0;
}

static void
spf_is_answered_from_the_dns(void **state)
{
	static const struct {
		const char	*client, *sender;
		int		 answer;
		bool		 withdrawn;
	} rows[] = {
		{ "192.0.2.7", "a@pool.example", 1, false },
		{ "2001:db8::7", "a@pool.example", 1, false },
		{ "198.51.100.7", "a@pool.example", 1, false },
		{ "203.0.113.7", "a@pool.example", 0, false },
		{ "192.0.2.7", "a@nobody.example", 0, true },
		{ "192.0.2.7", "", 0, true },
		{ "203.0.113.7", "a@all.example", 0, true },
		{ "203.0.113.7", "a@halves.example", 0, true },
		{ "203.0.113.7", "a@any.example", 0, true },
		{ "192.0.2.1", "a@bad.example", 0, false },
		{ "192.0.2.1", "a@loop.example", 0, false },
		{ "192.0.2.1", "a@void.example", 0, false },
		{ "192.0.2.1", "a@eleven.example", 0, false },
	};
	struct spf_world	*w = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct question	q = spf_world_about(i, rows[i].client,
				    rows[i].sender);

		if (spf_world_asks(w, &q) != rows[i].answer ||
		    w->r.withdrawn != rows[i].withdrawn || w->millis > SOON)
			fail_msg("%s %s: %d, %swithdrawn, %" PRId64 " ms: %s",
			    rows[i].client, rows[i].sender, w->r.answer,
			    w->r.withdrawn ? "" : "not ", w->millis,
			    w->r.why.text);
	}
}

static void
list_is_answered_from_the_dns(void **state)
{
	static const struct { const char *client; int answer; uint32_t found; }
	rows[] = {
		{ "127.0.0.2", 1, 0x7f000002 },
		{ "192.0.2.9", 1, 0x7f000004 },
		{ "192.0.2.8", -1, 0 },
		{ "192.0.2.7", 0, 0 },
	};
	struct spf_world	*w = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct question	q = spf_world_about(i, rows[i].client, "");

		q.kind = QUESTION_LIST;
		(void)snprintf(q.zone, sizeof(q.zone), "list.example");
		assert_int_equal(spf_world_asks(w, &q), rows[i].answer);
		assert_int_equal(w->r.n_found, rows[i].found != 0);
		assert_int_equal(w->r.found[0], rows[i].found);
	}
}

/* Appends so many networks to a record, as strings of their own. */
static void
write_long_record(char *out, size_t size)
{
	size_t	n = (size_t)snprintf(out, size, "long.example TXT \"v=spf1\"");

	for (unsigned i = 0; i < 250; i++)
		n += (size_t)snprintf(out + n, size - n,
		    " \" ip4:198.51.100.%u\"", i);
	(void)snprintf(out + n, size - n, " \" -all\"\n");
}

static void
record_too_long_for_udp_is_read_whole(void **state)
{
	struct spf_world	*w = *state;
	char		 text[8192];
	struct question	 q = spf_world_about(1, "198.51.100.249",
			    "a@long.example");

	write_long_record(text, sizeof(text));
	nsd_change(w->nsd, text);
	assert_int_equal(spf_world_asks(w, &q), 1);
}

static void
what_is_no_question_is_passed_over(void **state)
{
	static const uint8_t	junk[QUESTION_SIZE + 100] = { 'Q', 1 };
	static const size_t	lens[] = { 1, 2, 26, QUESTION_SIZE,
				    sizeof(junk) };
	struct spf_world		*w = *state;
	struct question		 q = spf_world_about(5, "192.0.2.7",
				    "a@pool.example");

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
		assert_int_equal(send(w->fd, junk, lens[i], MSG_NOSIGNAL),
		    lens[i]);
	assert_int_equal(spf_world_asks(w, &q), 1);
}

static void
mute_dns_cannot_tell_within_the_limit(void **state)
{
	struct spf_world	*w = *state;
	char		 at[40];
	int		 mute = nsd_mute(at);
	struct question	 q = spf_world_about(1, "192.0.2.7", "a@pool.example");

	assert_int_equal(spf_world_end(w), EX_OK);
	spf_world_start(w, at);
	/* Many at once, and of as many domains, wait no longer than one. */
	for (q.id = 0; q.id < 50; q.id++) {
		(void)snprintf(q.sender, sizeof(q.sender),
		    "a@d%" PRIu64 ".example", q.id);
		spf_world_send(w, &q);
	}
	for (int i = 0; i < 50; i++) {
		spf_world_hear(w, LOOKUP + BUSY);
		assert_int_equal(w->r.answer, -1);
		assert_int_equal(w->r.result, SPF_TEMPERROR);
		assert_false(w->r.withdrawn);
		assert_true(w->millis < LOOKUP + BUSY);
	}
	(void)close(mute);
}

static void
dns_that_comes_back_is_heard_soon(void **state)
{
	struct spf_world	*w = *state;
	struct question	 q = spf_world_about(1, "192.0.2.1",
			    "a@before.many.example");
	int64_t		 until;

	assert_int_equal(spf_world_asks(w, &q), 1);
	nsd_freeze(w->nsd);
	(void)snprintf(q.sender, sizeof(q.sender), "a@x.many.example");
	assert_int_equal(spf_world_asks(w, &q), -1);
	nsd_thaw(w->nsd);
	until = clock_monotonic_micros() + LOOKUP * INT64_C(1000);
	do {
		assert_true(clock_monotonic_micros() < until);
		q.id++;
		(void)snprintf(q.sender, sizeof(q.sender),
		    "a@n%" PRIu64 ".many.example", q.id);
		(void)poll(NULL, 0, 50);
	} while (spf_world_asks(w, &q) != 1);
}

/* Its memory, as the kernel counts it. */
static long
kib(pid_t pid)
{
	char	 path[64], line[128];
	long	 n = -1;
	FILE	*f;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	assert_non_null(f);
	while (n == -1 && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "VmHWM:", 6) == 0)
			n = strtol(line + 6, NULL, 10);
	(void)fclose(f);
	return n;
}

/* Sends as fast as it takes them, and hears all replies. How many said -1. */
static unsigned
flood(struct spf_world *w, const char *domain)
{
	static bool	heard[FLOOD];
	uint64_t	sent = 0, n = 0;
	unsigned	untold = 0;

	memset(heard, 0, sizeof(heard));
	while (n < FLOOD) {
		struct pollfd	p = { .fd = w->fd, .events = (short)(POLLIN |
				    (sent < FLOOD ? POLLOUT : 0)) };
		struct question	q = spf_world_about(sent, "192.0.2.1", "");

		assert_int_equal(poll(&p, 1, SPF_WORLD_PATIENCE), 1);
		if (p.revents & POLLOUT) {
			(void)snprintf(q.sender, sizeof(q.sender),
			    "a@d%" PRIu64 "%s", sent++, domain);
			spf_world_send(w, &q);
		}
		if (p.revents & POLLIN) {
			spf_world_hear(w, 0);
			assert_true(w->r.id < FLOOD && !heard[w->r.id]);
			heard[w->r.id] = true;
			untold += w->r.answer == -1;
			n++;
		}
	}
	return untold;
}

static void
flood_is_answered_in_bounded_memory(void **state)
{
	struct spf_world	*w = *state;
	struct question	 q = spf_world_about(1, "192.0.2.7", "a@pool.example");

	assert_true(flood(w, ".many.example") < FLOOD);
	nsd_freeze(w->nsd);
	assert_true(flood(w, "x.example") == FLOOD);
	nsd_thaw(w->nsd);
	assert_true(kib(w->pid) <
	    (sandbox_is_built_in() ? MUCH_KIB : SANITIZED * MUCH_KIB));
	for (int i = 0; i < 300 && spf_world_asks(w, &q) != 1; i++)
		(void)poll(NULL, 0, 50);
	assert_int_equal(w->r.answer, 1);
}

static void
it_ends_with_its_socket_though_it_waits(void **state)
{
	struct spf_world	*w = *state;
	struct question	 q = spf_world_about(1, "192.0.2.7", "a@pool.example");

	nsd_freeze(w->nsd);
	for (q.id = 0; q.id < 10; q.id++)
		spf_world_send(w, &q);
	assert_int_equal(spf_world_end(w), EX_OK);
	nsd_thaw(w->nsd);
	spf_world_start(w, w->nsd->at);
}

static int
status_of(pid_t pid)
{
	int	status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
started_by_hand_it_says_who_starts_it(void **state)
{
	pid_t	pid = fork();

	(void)state;
	assert_int_not_equal(pid, -1);
	if (pid == 0)
		spf_world_become(open("/dev/null", O_RDONLY | O_CLOEXEC), NULL);
	assert_int_equal(status_of(pid), EX_USAGE);
}

static void
what_is_no_resolver_is_refused(void **state)
{
	struct spf_world	w = { .pid = 0 };

	(void)state;
	spf_world_start(&w, "not-an-address");
	assert_int_equal(status_of(w.pid), EX_CONFIG);
	(void)close(w.fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(spf_is_answered_from_the_dns),
		TEST(list_is_answered_from_the_dns),
		TEST(record_too_long_for_udp_is_read_whole),
		TEST(what_is_no_question_is_passed_over),
		TEST(mute_dns_cannot_tell_within_the_limit),
		TEST(dns_that_comes_back_is_heard_soon),
		TEST(flood_is_answered_in_bounded_memory),
		TEST(it_ends_with_its_socket_though_it_waits),
		cmocka_unit_test(started_by_hand_it_says_who_starts_it),
		cmocka_unit_test(what_is_no_resolver_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
