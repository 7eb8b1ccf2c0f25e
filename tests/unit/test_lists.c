/* SPDX-License-Identifier: ISC
 * tests/unit/test_lists.c - what greygate -t says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "db/key.h"
#include "milter/lists.h"
#include "tests/lib/store_world.h"

/* A folder with files; what was said of them, on either output. */
struct checked {
	char	dir[64];
	char	said[8192];
};

static int
make_world(void **state)
{
	struct checked	*w = calloc(1, sizeof(*w));

	assert_non_null(w);
	(void)strcpy(w->dir, "/tmp/greygate-lists.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	*state = w;
	return 0;
}

static int
free_world(void **state)
{
	struct checked	*w = *state;

	remove_all(w->dir);
	free(w);
	return 0;
}

static void
ignore(const char *sentence, void *arg)
{
	(void)sentence, (void)arg;
}

/* Both outputs go to a file while it is checked. */
static int
caught(struct checked *w, const struct settings_file *file, struct conf *conf)
{
	int	fd = memfd_create("said", 0), out, err, code;
	ssize_t	len;

	(void)fflush(stdout);
	out = dup(STDOUT_FILENO);
	err = dup(STDERR_FILENO);
	assert_int_not_equal(dup2(fd, STDOUT_FILENO), -1);
	assert_int_not_equal(dup2(fd, STDERR_FILENO), -1);
	code = lists_check(file, conf);
	(void)fflush(stdout);
	(void)dup2(out, STDOUT_FILENO);
	(void)dup2(err, STDERR_FILENO);
	(void)close(out);
	(void)close(err);
	len = pread(fd, w->said, sizeof(w->said) - 1, 0);
	assert_true(len >= 0);
	w->said[len] = '\0';
	(void)close(fd);
	return code;
}

/* In settings a '~' stands for the folder. */
static int
check(struct checked *w, const char *settings)
{
	struct settings_file	 file = { .named = true };
	struct conf		*conf;
	char			 text[4096] = "user = \"\"\nlocal-networks = "
				    "{\"0.0.0.0/0\", \"::/0\"}\n";
	size_t			 used = strlen(text);
	int			 code;

	for (; *settings != '\0'; settings++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    *settings == '~' ? "%s" : "%.1s", *settings == '~' ?
		    w->dir : settings);
	write_text(w->dir, "conf", text);
	(void)snprintf(file.path, sizeof(file.path), "%s/conf", w->dir);
	assert_int_equal(settings_read(&file, &conf, ignore, NULL), 0);
	code = caught(w, &file, conf);
	conf_free(&conf);
	return code;
}

static void
has(const struct checked *w, const char *part)
{
	if (strstr(w->said, part) == NULL)
		fail_msg("no \"%s\" in: %s", part, w->said);
}

static unsigned
count(const struct checked *w, const char *part)
{
	const char	*p = w->said;
	unsigned	 n = 0;

	for (; (p = strstr(p, part)) != NULL; p += strlen(part))
		n++;
	return n;
}

#define NONE	"whitelist = {}\nlarge-senders = \"\"\n"

static void
sound_settings_are_not_commented(void **state)
{
	struct checked	*w = *state;

	assert_int_equal(check(w, NONE "spf = false\n"), EX_OK);
	has(w, "/conf: no mistakes\n");
}

/* Named, and yet not there: SPF would be without its own account, or off. */
static void
account_of_the_helper_that_is_missing_is_told(void **state)
{
	struct checked	*w = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(check(w, NONE "spf-user = \"nobodyhere\"\n"), EX_OK);
	has(w, "/conf: spf-user: there is no user nobodyhere for the process "
	    "that looks names up; nothing is proven by SPF");
	has(w, "no mistakes, but see above\n");
	assert_int_equal(check(w, NONE "spf-user = \"root\"\n"), EX_OK);
	assert_int_equal(count(w, "spf-user"), 0);
	assert_int_equal(check(w, NONE "spf = false\nspf-user = "
	    "\"nobodyhere\"\n"), EX_OK);
	assert_int_equal(count(w, "spf-user"), 0);
}

/* An alarm is for who runs; and the last word fits what is above it. */
static void
bad_line_of_a_list_is_a_warning(void **state)
{
	struct checked	*w = *state;

	write_text(w->dir, "list", "*@example.com\nbob@example.com\n");
	assert_int_equal(check(w, NONE "spf = false\nlocal-domains = "
	    "{\"example.com\"}\nrecipients { file = \"~/list\" }\n"), EX_OK);
	has(w, "/conf: list:file: ");
	has(w, "/list:1: no \"*\" before the @");
	has(w, "no mistakes, but see above\n");
	assert_int_equal(count(w, "alarm"), 0);
}

/* The copy of an earlier one may be there: nobody looks at it. */
static void
list_that_is_missing_is_told_without_a_word_of_copies(void **state)
{
	struct checked	*w = *state;

	assert_int_equal(check(w, NONE "local-domains = {\"example.com\"}\n"
	    "recipients { file = \"~/list\" }\n"), EX_CONFIG);
	has(w, "/list: ");
	assert_int_equal(count(w, "copy"), 0);
}

static void
mistakes_of_entries_are_told_once(void **state)
{
	struct checked	*w = *state;

	write_text(w->dir, "own", "friend a\nrecipient *@example.com\n");
	assert_int_equal(check(w, "whitelist = {\"~/own\"}\nlarge-senders = "
	    "\"/nonexistent\"\n"), EX_CONFIG);
	assert_int_equal(count(w, "/own:1: "), 1);
	assert_int_equal(count(w, "/own:2: "), 1);
	assert_int_equal(count(w, "large-senders: cannot read /nonexistent: "),
	    1);
	has(w, "/conf: an entry is wrong or a file of entries cannot be read, "
	    "see above\n");
}

static void
entry_that_has_ended_is_told(void **state)
{
	struct checked	*w = *state;

	write_text(w->dir, "own", "# expires=2001-02-03\nclient 192.0.2.7\n");
	assert_int_equal(check(w, "spf = false\nwhitelist = {\"~/own\"}\n"
	    "large-senders = \"\"\n"), EX_OK);
	has(w, "/own:2: client 192.0.2.7: lets nobody in any more");
}

static void
password_that_everybody_can_read_is_told(void **state)
{
	static const char	ad[] = NONE "spf = false\nlocal-domains = "
	    "{\"example.com\"}\nrecipients {\nldap ad {\nuri = "
	    "\"ldaps://127.0.0.1\"\nbase = \"dc=x\"\nfilter = \"(mail=%s)\"\n"
	    "bind-dn = \"cn=a\"\npassword-file = \"~/pw\"\n}\n}\n";
	struct checked	*w = *state;
	char		 path[128];

	write_text(w->dir, "pw", "secret\n");
	(void)snprintf(path, sizeof(path), "%s/pw", w->dir);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(check(w, ad), EX_OK);
	has(w, "/conf: password-file: every account of this host can read /");
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(check(w, ad), EX_OK);
	assert_int_equal(count(w, "password-file"), 0);
}

static void
spoil(struct store_item *items, size_t n, void *arg)
{
	(void)n;
	(void)arg;
	items->act = STORE_PUT;
	items->expires = INT64_MAX / 4;
	items->len = 1;
	items->value[0] = 0xff;
}

static void
live_entries_that_cannot_be_read_are_an_alarm(void **state)
{
	static const char	none[] = "whitelist = {}\nlarge-senders = \"\"\n";
	struct store_conf	in_memory = { .path = NULL };
	struct store_item	item;
	struct alarms		*alarms = alarms_new();
	struct whitelist	*w;
	struct store		*s;
	struct conf		*conf;

	(void)state;
	assert_int_equal(conf_read_text(none, strlen(none), "test", &conf,
	    ignore, NULL), 0);
	assert_int_equal(store_open(&s, &in_memory, NULL), 0);
	assert_int_equal(lists_open_whitelist(&w, s, conf, 1, NULL), 0);
	lists_tell_unreadable(w, alarms, 1);
	assert_false(alarm_get(alarms, ALARM_WHITELIST).raised);
	whitelist_free(&w);
	key_make(&item.key, (enum key_kind)'w', "domain a.org", NULL, NULL);
	assert_int_equal(store_step(s, &item, 1, spoil, NULL, NULL), 0);
	assert_int_equal(lists_open_whitelist(&w, s, conf, 1, NULL), 0);
	lists_tell_unreadable(w, alarms, 1);
	assert_true(alarm_get(alarms, ALARM_WHITELIST).raised);
	whitelist_free(&w);
	store_close(&s);
	conf_free(&conf);
	alarms_free(&alarms);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_world, \
	free_world)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sound_settings_are_not_commented),
		TEST(account_of_the_helper_that_is_missing_is_told),
		TEST(bad_line_of_a_list_is_a_warning),
		TEST(list_that_is_missing_is_told_without_a_word_of_copies),
		TEST(mistakes_of_entries_are_told_once),
		TEST(entry_that_has_ended_is_told),
		TEST(password_that_everybody_can_read_is_told),
		cmocka_unit_test(live_entries_that_cannot_be_read_are_an_alarm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
