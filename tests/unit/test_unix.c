/* SPDX-License-Identifier: ISC
 * tests/unit/test_unix.c - the system's users as a source, with a service behind
 * them that fails in every way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "recipient/unix.h"
#include "tests/lib/store_world.h"

/* What the system's service does when it is asked. */
static struct script {
	int		fails;		/* with this errno */
	int		times;		/* so often; then it answers */
	size_t		needs;		/* room for a record; else ERANGE */
	const char	*users[8];
	size_t		next;
	int		asked;		/* how often */
	char		last[300];	/* name asked for */
} script;

static int
answer(const char *name, struct passwd *record, char *room, size_t size,
    struct passwd **found)
{
	*found = NULL;
	if (script.fails != 0 && script.times-- > 0)
		return script.fails;
	if (size < script.needs)
		return ERANGE;
	if (name == NULL)
		return 0;
	(void)snprintf(room, size, "%s", name);
	*record = (struct passwd){ .pw_name = room };
	*found = record;
	return 0;
}

/* In the place of libc's. */
int
getpwnam_r(const char *name, struct passwd *record, char *room, size_t size,
    struct passwd **found)
{
	script.asked++;
	(void)snprintf(script.last, sizeof(script.last), "%s", name);
	for (size_t i = 0; script.users[i] != NULL; i++)
		if (strcmp(script.users[i], name) == 0)
			return answer(name, record, room, size, found);
	return answer(NULL, record, room, size, found);
}

int
getpwent_r(struct passwd *record, char *room, size_t size,
    struct passwd **found)
{
	int	status;

	status = answer(script.users[script.next], record, room, size, found);
	script.next += *found != NULL;
	return status == 0 && *found == NULL ? ENOENT : status;
}

void
setpwent(void)
{
	script.next = 0;
}

void
endpwent(void)
{
}

struct place {
	char		 folder[40], aliases[60];
	char		 name[100];
	struct nameset	*local, *own;
	struct source	*s;
	void		*seat;
};

static int
begin(void **state)
{
	struct place	*p = calloc(1, sizeof(*p));

	script = (struct script){ .users = { "bob", "Ann" } };
	(void)snprintf(p->folder, sizeof(p->folder),
	    "/tmp/greygate-test-XXXXXX");
	if (mkdtemp(p->folder) == NULL)
		return -1;
	(void)snprintf(p->name, sizeof(p->name), "host");
	p->local = nameset_new();
	p->own = nameset_new();
	*state = p;
	return 0;
}

static int
end(void **state)
{
	struct place	*p = *state;

	if (p->s != NULL) {
		p->s->seat_free(p->s, &p->seat);
		assert_null(p->seat);
		p->s->free(&p->s);
		assert_null(p->s);
	}
	nameset_free(&p->local);
	nameset_free(&p->own);
	remove_all(p->folder);
	free(p);
	return 0;
}

static int
try_source(struct place *p, struct err *e)
{
	struct conf_unix	conf = { .name = p->name,
				    .aliases = p->aliases, .domains = p->own };

	return unix_source_new(&conf, p->local, &p->s, e);
}

static void
make_source(struct place *p, const char *aliases)
{
	struct err	e;

	if (aliases != NULL) {
		write_text(p->folder, "aliases", aliases);
		(void)snprintf(p->aliases, sizeof(p->aliases), "%s/aliases",
		    p->folder);
	}
	if (try_source(p, &e) == -1)
		fail_msg("%s", e.text);
	p->seat = p->s->seat_new(p->s);
	assert_non_null(p->seat);
}

static int
ask(struct place *p, const char *address, bool case_sensitive, bool *down,
    struct err *e)
{
	struct address_rule	rule = { "+", case_sensitive };
	struct address		a;

	*e = (struct err){ "" };
	*down = false;
	assert_int_equal(address_make(&a, address, &rule), 0);
	return p->s->ask(p->s, p->seat, &a, down, e);
}

static void
answers(struct place *p, const char *address, int wanted)
{
	struct err	e;
	bool		down;
	int		got = ask(p, address, false, &down, &e);

	if (got != wanted || down)
		fail_msg("%s: %d, not %d, down %d: %s", address, got, wanted,
		    down, e.text);
}

static void
local_part_is_asked_as_it_is_and_in_lower_case(void **state)
{
	static const struct { const char *address; bool cased; int is; }
	    rows[] = {
		{ "bob@x", false, 1 }, { "BOB@x", false, 1 },
		{ "BOB@x", true, 1 }, { "Ann@x", true, 1 },
		{ "ann@x", true, 0 }, { "Ann@x", false, 0 },
		{ "bob+tag@x", false, 1 }, { "joe+bob@x", false, 0 },
		{ "\"bob\"@x", false, 1 }, { "bob", false, 1 },
	};
	struct place	*p = *state;
	struct err	 e;
	bool		 down;

	make_source(p, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (ask(p, rows[i].address, rows[i].cased, &down, &e) !=
		    rows[i].is)
			fail_msg("%s (%d): not %d", rows[i].address,
			    rows[i].cased, rows[i].is);
}

static void
name_in_quotes_is_asked_without_them(void **state)
{
	struct place	*p = *state;

	script.users[0] = "EXAMPLE\\bob smith";
	make_source(p, NULL);
	answers(p, "\"example\\\\bob smith\"@x", 0);
	assert_string_equal(script.last, "example\\bob smith");
}

static void
what_is_no_user_name_is_a_no_without_asking(void **state)
{
	static const char *const	names[] = {
		"@x", "\"\"@x", "a/b@x", "\"a:b\"@x", "\"a\nb\"@x",
	};
	struct place	*p = *state;
	char		 longest[300];

	make_source(p, NULL);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		answers(p, names[i], 0);
	memset(longest, 'a', sizeof(longest));
	(void)strcpy(longest + 257, "@x");
	answers(p, longest, 0);
	assert_int_equal(script.asked, 0);
	(void)strcpy(longest + 256, "@x");
	answers(p, longest, 0);
	assert_int_equal(script.asked, 1);
}

static void
failure_is_never_a_no(void **state)
{
	static const int	failures[] = { EIO, EMFILE, ENFILE, ENOMEM,
				    ETIMEDOUT, ECONNREFUSED, EAGAIN, ENOENT,
				    ESRCH, EPERM, EBADF, EACCES };
	struct place		*p = *state;
	struct err		 e;
	bool			 down;

	make_source(p, NULL);
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		script.fails = failures[i];
		script.times = 1000;
		if (ask(p, "joe@x", false, &down, &e) != -1 || !down ||
		    strstr(e.text, strerror(failures[i])) == NULL)
			fail_msg("%s: \"%s\"", strerror(failures[i]), e.text);
		/* Nor is it where the name without its tag is a no. */
		script.times = 1;
		assert_int_equal(ask(p, "joe+tag@x", false, &down, &e), -1);
		script.times = 1;
		assert_int_equal(ask(p, "bob+tag@x", false, &down, &e), 1);
		assert_false(down);
	}
}

static void
interrupted_question_is_asked_again_but_not_for_ever(void **state)
{
	struct place	*p = *state;
	struct err	 e;
	bool		 down;

	make_source(p, NULL);
	script.fails = EINTR;
	script.times = 3;
	answers(p, "bob@x", 1);
	script.times = 1000;
	assert_int_equal(ask(p, "bob@x", false, &down, &e), -1);
}

static void
long_record_gets_the_room_that_it_needs(void **state)
{
	struct place	*p = *state;
	struct err	 e;
	bool		 down;

	make_source(p, NULL);
	script.needs = 300000;
	answers(p, "bob@x", 1);
	script.needs = 3000000;
	assert_int_equal(ask(p, "bob@x", false, &down, &e), -1);
	assert_true(down);
}

static void
alias_is_a_mailbox_even_if_users_cannot_be_asked(void **state)
{
	struct place	*p = *state;

	make_source(p, "info: bob\n\"the shop\": bob\n");
	script.fails = EIO;
	script.times = 1000;
	answers(p, "Info@x", 1);
	answers(p, "info+tag@x", 1);
	answers(p, "\"The Shop\"@x", 1);
	write_text(p->folder, "aliases", "sales.dept: bob\n");
	answers(p, "sales.dept@x", 1);
	script.fails = 0;
	answers(p, "info@x", 0);
}

static void
missing_alias_file_is_a_mistake_at_first(void **state)
{
	struct place	*p = *state;
	struct err	 e;

	(void)snprintf(p->aliases, sizeof(p->aliases), "%s/aliases",
	    p->folder);
	assert_int_equal(try_source(p, &e), -1);
	assert_non_null(strstr(e.text, "aliases: No such file"));
	assert_null(p->s);
}

static bool
put(const char *address, void *arg)
{
	strcat(strcat(arg, address), " ");
	return strstr(arg, "stop") == NULL;
}

static void
all_names_are_listed_in_each_domain(void **state)
{
	struct place	*p = *state;
	char		 got[500] = "";
	struct err	 e;

	assert_int_equal(nameset_add(p->local, "x.example", &e), 0);
	assert_int_equal(nameset_add(p->local, "y.example", &e), 0);
	assert_int_equal(nameset_add(p->local, "al@z.example", &e), 0);
	script.users[2] = "D\\joe j";
	script.needs = 5000;
	make_source(p, "info: bob\nbob: joe\n");
	assert_int_equal(p->s->list(p->s, put, got, &e), 0);
	assert_string_equal(got, "bob@x.example bob@y.example Ann@x.example "
	    "Ann@y.example \"D\\\\joe j\"@x.example \"D\\\\joe j\"@y.example "
	    "info@x.example info@y.example ");
}

static void
own_domains_go_before_the_local_ones(void **state)
{
	struct place	*p = *state;
	char		 got[500] = "";
	struct err	 e;

	assert_int_equal(nameset_add(p->local, "x.example", &e), 0);
	assert_int_equal(nameset_add(p->own, "stop.example", &e), 0);
	make_source(p, NULL);
	assert_int_equal(p->s->list(p->s, put, got, &e), 0);
	/* And who has heard enough hears no more. */
	assert_string_equal(got, "bob@stop.example ");
}

static void
half_a_list_is_a_failure(void **state)
{
	struct place	*p = *state;
	char		 got[500] = "";
	struct err	 e;

	assert_int_equal(nameset_add(p->local, "x.example", &e), 0);
	make_source(p, NULL);
	script.fails = EIO;
	script.times = 1;
	assert_int_equal(p->s->list(p->s, put, got, &e), -1);
	assert_non_null(strstr(e.text, strerror(EIO)));
	script.fails = 0;
	script.users[0] = NULL;
	assert_int_equal(p->s->list(p->s, put, got, &e), -1);
	assert_string_equal(e.text, "the system lists no user at all");
	assert_string_equal(got, "");
}

static void
source_says_who_it_is(void **state)
{
	struct place	*p = *state;
	char		 told[64];
	struct err	 e;

	make_source(p, NULL);
	assert_string_equal(p->s->name, "unix:host");
	assert_int_equal(p->s->seats, 2);
	assert_false(p->s->doubtful);
	assert_int_equal(strlen(p->s->told), 32);
	memcpy(told, p->s->told, sizeof(told));
	p->s->seat_free(p->s, &p->seat);
	p->s->free(&p->s);
	make_source(p, "info: bob\n");
	assert_string_not_equal(p->s->told, told);
	p->s->seat_free(p->s, &p->seat);
	p->s->free(&p->s);
	memset(p->name, 'n', sizeof(p->name) - 1);
	assert_int_equal(try_source(p, &e), -1);
	assert_non_null(strstr(e.text, "too long"));
}

int
main(void)
{
#define EACH(test)	cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		EACH(local_part_is_asked_as_it_is_and_in_lower_case),
		EACH(name_in_quotes_is_asked_without_them),
		EACH(what_is_no_user_name_is_a_no_without_asking),
		EACH(failure_is_never_a_no),
		EACH(interrupted_question_is_asked_again_but_not_for_ever),
		EACH(long_record_gets_the_room_that_it_needs),
		EACH(alias_is_a_mailbox_even_if_users_cannot_be_asked),
		EACH(missing_alias_file_is_a_mistake_at_first),
		EACH(all_names_are_listed_in_each_domain),
		EACH(own_domains_go_before_the_local_ones),
		EACH(half_a_list_is_a_failure),
		EACH(source_says_who_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
