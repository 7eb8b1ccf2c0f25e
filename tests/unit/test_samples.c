/* SPDX-License-Identifier: ISC
 * tests/unit/test_samples.c - every configuration that is shipped as an example
 * is one, and says what it is there to show. Runs in the project's root: it
 * reads etc/. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/conf.h"
#include "base/version.h"

enum { TEXT_MAX = 262144 };

struct told {
	char	text[16384];		/* each sentence and a newline */
};

static void
tell(const char *sentence, void *arg)
{
	struct told	*told = arg;
	size_t		 used = strlen(told->text);

	(void)snprintf(told->text + used, sizeof(told->text) - used, "%s\n",
	    sentence);
}

static struct conf *
good(const char *file, const char *text)
{
	struct conf	*c = NULL;
	struct told	 told = { "" };

	if (conf_read_text(text, strlen(text), file, &c, tell, &told) == -1)
		fail_msg("%s", told.text);
	return c;
}

/* The whole of a file of the project, to be freed. */
static char *
slurp(const char *file)
{
	FILE	*in = fopen(file, "r");
	char	*text = calloc(1, TEXT_MAX);

	if (in == NULL || text == NULL)
		fail_msg("%s: not there; run in the project's root", file);
	assert_in_range(fread(text, 1, TEXT_MAX - 1, in), 1, TEXT_MAX - 2);
	(void)fclose(in);
	return text;
}

static struct conf *
read_sample(const char *file)
{
	char		*text = slurp(file);
	struct conf	*c = good(file, text);

	free(text);
	return c;
}

static void
the_commented_file_is_one(void **state)
{
	struct conf	*c = read_sample("etc/greygate.conf");

	(void)state;
	assert_int_equal(nameset_count(c->local_domains), 0);
	assert_int_equal(c->recipients.n_ldaps, 0);
	assert_string_equal(c->recipients.file, "");
	conf_free(&c);
}

static void
openldap_asks_by_starttls_and_under_a_name(void **state)
{
	struct conf		*c = read_sample("etc/examples/openldap.conf");
	const struct conf_ldap	*l = c->recipients.ldaps;

	(void)state;
	assert_true(nameset_has(c->local_domains, "example.com"));
	assert_int_equal(c->recipients.n_ldaps, 1);
	assert_string_equal(l->uri,
	    "ldap://ldap1.example.com ldap://ldap2.example.com");
	assert_true(l->start_tls && l->verify_certificate);
	assert_string_equal(l->filter,
	    "(|(mail=%s)(mailAlternateAddress=%s))");
	assert_true(l->bind_dn[0] != '\0' && l->password_file[0] != '\0');
	assert_string_equal(l->export_attributes, "mail mailAlternateAddress");
	conf_free(&c);
}

static void
active_directory_leaves_out_disabled_accounts(void **state)
{
	struct conf	*c = read_sample("etc/examples/active-directory.conf");
	const struct conf_ldap	*l = c->recipients.ldaps;

	(void)state;
	assert_int_equal(c->recipients.n_ldaps, 1);
	assert_string_equal(l->filter, "(&(proxyAddresses=smtp:%s)"
	    "(!(userAccountControl:1.2.840.113556.1.4.803:=2)))");
	assert_string_equal(l->base, "dc=example,dc=com");
	assert_int_equal(strncmp(l->uri, "ldaps://", 8), 0);
	assert_true(l->verify_certificate);
	conf_free(&c);
}

/* Its domains are in a file of the installation, for which one of our own stands
 * in here. */
static void
exchange_is_asked_at_the_global_catalog(void **state)
{
	static const char	named[] = "file:/etc/greygate/domains\"";
	static const char	file[] = "etc/examples/exchange-behind-"
				    "postfix.conf";
	char			*text = slurp(file), *at, all[TEXT_MAX + 64];
	char			 domains[] = "/tmp/test_samples.XXXXXX";
	int			 fd = mkstemp(domains);
	struct conf		*c;

	(void)state;
	assert_int_equal(write(fd, "example.com\n", 12), 12);
	assert_int_equal(close(fd), 0);
	at = strstr(text, named);
	assert_non_null(at);
	*at = '\0';
	(void)snprintf(all, sizeof(all), "%sfile:%s\"%s", text, domains,
	    at + strlen(named));
	c = good(file, all);
	assert_true(nameset_has(c->local_domains, "example.com"));
	assert_int_equal(c->recipients.n_ldaps, 1);
	assert_string_equal(c->recipients.ldaps[0].base, "");
	assert_non_null(strstr(c->recipients.ldaps[0].uri, ":3269"));
	assert_int_equal(c->relays[0].unknown, CONF_UNKNOWN_REJECT);
	conf_free(&c);
	assert_int_equal(unlink(domains), 0);
	free(text);
}

static void
unix_users_are_asked_with_their_aliases(void **state)
{
	struct conf	*c = read_sample("etc/examples/unix-users.conf");

	(void)state;
	assert_int_equal(c->recipients.n_unixes, 1);
	assert_string_equal(c->recipients.unixes[0].aliases, "/etc/aliases");
	assert_int_equal(nameset_count(c->recipients.unixes[0].domains), 0);
	assert_true(nameset_has(c->recipients.exempt,
	    "webmaster@example.com"));
	assert_int_equal(c->n_relays, 0);
	conf_free(&c);
}

/* A setting in a comment has no blank behind its #. */
static void
what_openldap_shows_in_comments_holds_as_well(void **state)
{
	char		*text = slurp("etc/examples/openldap.conf");
	struct conf	*c;

	(void)state;
	for (char *p = text; (p = strchr(p, '#')) != NULL; p++)
		if ((p[1] >= 'a' && p[1] <= 'z') || p[1] == '}' ||
		    (strncmp(p + 1, "    ", 4) == 0 && p[5] >= 'a' &&
		    p[5] <= 'z'))
			*p = ' ';
	c = good("openldap", text);
	assert_int_equal(c->recipients.n_ldaps, 2);
	assert_int_equal(c->recipients.ldaps[1].bind, CONF_BIND_EXTERNAL);
	assert_string_equal(c->recipients.ldaps[1].uri,
	    "ldapi://%2Fvar%2Frun%2Fslapd%2Fldapi");
	conf_free(&c);
	free(text);
}

/* Whoever reads a version there takes it for the one of the pages. */
static void
versions_in_the_documents_are_this_one(void **state)
{
	static const char *const	files[] = { "README",
		"man/greygate.8", "man/greygate.conf.5",
		"man/greygate.whitelist.5", "man/greyctl.8" };
	regex_t				shown;
	regmatch_t			at[3];
	size_t				n = 0;

	(void)state;
	assert_int_equal(regcomp(&shown, "[Gg]rey(gate|ctl) +([0-9]+[.][0-9]+"
	    "[.][0-9]+)", REG_EXTENDED), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char *text = slurp(files[i]), *p = text;

		for (; regexec(&shown, p, 3, at, 0) == 0; p += at[0].rm_eo) {
			n++;
			if (strncmp(p + at[2].rm_so, VERSION_TEXT "",
			    (size_t)(at[2].rm_eo - at[2].rm_so)) != 0)
				fail_msg("%s: %.*s, this is " VERSION_TEXT,
				    files[i], (int)(at[0].rm_eo - at[0].rm_so),
				    p + at[0].rm_so);
		}
		free(text);
	}
	regfree(&shown);
	assert_in_range(n, 3, 1000);
}

/* One that joins later gets a test of its own above. */
static void
no_sample_is_without_its_test(void **state)
{
	DIR		*dir = opendir("etc/examples");
	struct dirent	*entry;
	size_t		 n = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	(void)closedir(dir);
	assert_int_equal(n, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_commented_file_is_one),
		cmocka_unit_test(openldap_asks_by_starttls_and_under_a_name),
		cmocka_unit_test(active_directory_leaves_out_disabled_accounts),
		cmocka_unit_test(exchange_is_asked_at_the_global_catalog),
		cmocka_unit_test(unix_users_are_asked_with_their_aliases),
		cmocka_unit_test(what_openldap_shows_in_comments_holds_as_well),
		cmocka_unit_test(versions_in_the_documents_are_this_one),
		cmocka_unit_test(no_sample_is_without_its_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
