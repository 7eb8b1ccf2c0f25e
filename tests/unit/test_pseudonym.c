/* SPDX-License-Identifier: ISC
 * tests/unit/test_pseudonym.c - names that tell nobody who it is, and the file of
 * their key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/digest.h"
#include "base/pseudonym.h"
#include "policy/names.h"

static char	folder[] = "/tmp/greygate-pseudonym.XXXXXX";
static char	path[64];

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/pseudonym.key", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder);
}

static void
write_key(const void *bytes, size_t len, mode_t mode)
{
	FILE	*f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static struct pseudonyms *
opened(void)
{
	struct pseudonyms	*p = NULL;
	struct err		 e;

	if (pseudonyms_open(&p, path, &e) == -1)
		fail_msg("%s", e.text);
	return p;
}

/* A key of 32 bytes 0x0b. */
static struct pseudonyms *
with_known_key(void)
{
	uint8_t	key[32];

	memset(key, 0x0b, sizeof(key));
	write_key(key, sizeof(key), 0600);
	return opened();
}

static void
expect_hmac(const void *key, size_t key_len, const void *text, size_t len,
    const char *hex)
{
	uint8_t	mac[DIGEST_SIZE];
	char	got[2 * DIGEST_SIZE + 1];

	digest_hmac(key, key_len, text, len, mac);
	for (int i = 0; i < DIGEST_SIZE; i++)
		(void)sprintf(got + 2 * i, "%02x", mac[i]);
	got[strlen(hex)] = '\0';	/* one case has the first half only */
	assert_string_equal(got, hex);
}

/* RFC 4231, 4.2 to 4.8. */
static void
hmac_gives_the_answers_of_rfc_4231(void **state)
{
	uint8_t	key[131], text[50], count[25];

	(void)state;
	memset(key, 0x0b, 20);
	expect_hmac(key, 20, "Hi There", 8, "b0344c61d8db38535ca8afceaf0bf12b"
	    "881dc200c9833da726e9376c2e32cff7");
	expect_hmac("Jefe", 4, "what do ya want for nothing?", 28,
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	memset(text, 0xdd, sizeof(text));
	expect_hmac(key, 20, text, 50, "773ea91e36800e46854db8ebd09181a7"
	    "2959098b3ef8c122d9635514ced565fe");
	for (uint8_t i = 0; i < sizeof(count); i++)
		count[i] = (uint8_t)(i + 1);
	memset(text, 0xcd, sizeof(text));
	expect_hmac(count, 25, text, 50, "82558a389a443c0ea4cc819899f2083a"
	    "85f0faa3e578f8077a2e3ff46729665b");
	memset(key, 0x0c, 20);
	expect_hmac(key, 20, "Test With Truncation", 20,
	    "a3b6167473100ee06e0c796c2955552b");
	memset(key, 0xaa, sizeof(key));
	expect_hmac(key, 131, "Test Using Larger Than Block-Size Key - Hash "
	    "Key First", 54, "60e431591ee0b67f0d8a26aacbf5b77f"
	    "8e0bc6213728c5140546040f0ee37f54");
	expect_hmac(key, 131, "This is a test using a larger than block-size "
	    "key and a larger than block-size data. The key needs to be hashed "
	    "before being used by the HMAC algorithm.", 152,
	    "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

/* Computed by openssl(1) and base32(1):
 * printf bob@example.com | openssl dgst -sha256 -mac HMAC -macopt hexkey:0b... */
static void
a_name_is_the_first_130_bits_of_the_hmac(void **state)
{
	struct pseudonyms	*p = with_known_key();
	char			*name = pseudonym_of(p, "bob@example.com");

	(void)state;
	assert_string_equal(name, "~awmwo74u7mlwmy7p7jit7xjvdg@example.com");
	free(name);
	pseudonyms_free(&p);
}

static void
case_does_not_count_and_domains_stay(void **state)
{
	struct pseudonyms	*p = with_known_key();
	char			*a = pseudonym_of(p, "bob@example.com");
	char			*b = pseudonym_of(p, "BOB@Example.COM");
	char			*c = pseudonym_of(p, "bob@example.net");

	(void)state;
	assert_string_equal(a, b);
	assert_string_equal(c + 27, "@example.net");
	assert_memory_not_equal(a, c, 27);
	free(a), free(b), free(c);
	pseudonyms_free(&p);
}

static void
nobody_in_person_keeps_his_name(void **state)
{
	static const char *const kept[] = { "", "postmaster@example.com",
	    "abuse@example.com", "postmaster", "@example.com",
	    "~aaaaaaaaaaaaaaaaaaaaaaaaaa@example.com",
	    "~aaaaaaaaaaaaaaaaaaaaaaaaaa+bbbbbbbbbbbbbbbbbbbbbbbbbb@x.example",
	    "~aaaaaaaaaaaaaaaaaaaaaaaaaa" };
	struct pseudonyms	*p = with_known_key();
	char			*name;

	(void)state;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		name = pseudonym_of(p, kept[i]);
		assert_string_equal(name, kept[i]);
		free(name);
	}
	pseudonyms_free(&p);
}

/* Hostile and odd ones: of none a byte of the local part is left. */
static void
no_local_part_is_left(void **state)
{
	static const struct { const char *address, *end; } rows[] = {
		{ "secret", "" }, { "secret@", "@" },
		{ "secret@x@example.com", "@example.com" },
		{ "\"secret @ x\"@example.com", "@example.com" },
		{ "\"secret@example.com", "" },
		{ "@relay,secret@example.com", "@example.com" },
		{ "~secret@example.com", "@example.com" },
		{ "~aaaaaaaaaaaaaaaaaaaaaaaaaasecret@example.com",
		    "@example.com" },
		{ "~aaaaaaaaaaaaaaaaaaaaaaaaaa+secret@example.com",
		    "@example.com" },
		{ "postmastersecret@example.com", "@example.com" },
		{ "secret+postmaster@example.com", "@example.com" },
		{ "dom\\secret", "" },
		{ "s\xc3\xa9secret@example.com", "@example.com" },
	};
	struct pseudonyms	*p = with_known_key();
	char			*name;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		name = pseudonym_of(p, rows[i].address);
		if (!pseudonym_is(name) || strstr(name, "secret") != NULL ||
		    strcmp(name + strspn(name + 1, "abcdefghijklmnopqrstuvwxyz"
		    "234567+") + 1, rows[i].end) != 0)
			fail_msg("%s is %s", rows[i].address, name);
		free(name);
	}
	pseudonyms_free(&p);
}

static void
a_sub_address_tells_whose_it_is(void **state)
{
	struct pseudonyms	*p = with_known_key();
	char	*bob = pseudonym_of(p, "bob@example.com");
	char	*news = pseudonym_of(p, "bob+news@example.com");
	char	*work = pseudonym_of(p, "Bob+work@example.com");
	char	*eve = pseudonym_of(p, "eve+news@example.com");
	char	*Bob = pseudonym_of_cased(p, "Bob@example.com");

	(void)state;
	assert_true(pseudonym_has_base(news, bob));
	assert_true(pseudonym_has_base(work, bob));
	assert_true(pseudonym_has_base(bob, bob));
	assert_true(pseudonym_has_base(Bob, bob));
	assert_false(pseudonym_has_base(eve, bob));
	assert_string_not_equal(news, work);
	assert_string_not_equal(Bob, bob);
	assert_true(pseudonym_is(news) && pseudonym_is(Bob));
	free(bob), free(news), free(work), free(eve), free(Bob);
	pseudonyms_free(&p);
}

/* BATV, VERP and sub-addresses meet under one name as they do without. */
static void
folding_comes_before_the_name(void **state)
{
	static const struct {
		char *(*name)(const struct pseudonyms *, const char *);
		const char *a, *b;
	} rows[] = {
		{ names_sender, "prvs=0123456789=bob@example.com",
		    "bob@example.com" },
		{ names_sender, "news-return-7-user=example.com@lists.example",
		    "news-return-12-user=example.com@lists.example" },
		{ names_correspondent, "bob+news@example.com",
		    "Bob@example.com" },
		{ names_recipient, "BOB@example.com", "bob@example.com" },
		{ names_user, "Bob", "bob" },
	};
	struct pseudonyms	*p = with_known_key();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *a = rows[i].name(p, rows[i].a);
		char *b = rows[i].name(p, rows[i].b);
		char *again = rows[i].name(p, a);

		assert_true(pseudonym_is(a));
		assert_string_equal(a, b);
		assert_string_equal(a, again);
		free(a), free(b), free(again);
	}
	pseudonyms_free(&p);
}

static void
a_name_loses_its_sub_address_as_an_address_does(void **state)
{
	struct pseudonyms	*p = with_known_key();
	char	*news = pseudonym_of(p, "bob+news@example.com");
	char	*bob = pseudonym_of(p, "bob@example.com");
	char	*cut = names_correspondent(NULL, news);

	(void)state;
	assert_string_equal(cut, bob);
	free(news), free(bob), free(cut);
	pseudonyms_free(&p);
}

/* In a domain of bounces, runs of digits would be numbers. */
static void
a_name_is_folded_to_itself(void **state)
{
	struct pseudonyms	*p = with_known_key();
	char			 address[64], *name, *again;

	(void)state;
	for (int i = 0; i < 200; i++) {
		(void)snprintf(address, sizeof(address),
		    "user%d+x@bounces.lists.example", i);
		name = pseudonym_of(p, address);
		again = names_sender(NULL, name);
		assert_string_equal(name, again);
		free(name), free(again);
	}
	pseudonyms_free(&p);
}

static void
without_a_key_addresses_stay(void **state)
{
	char	*as = pseudonym_of(NULL, "Bob@example.com");
	char	*folded = names_sender(NULL, "Bob@example.com");

	(void)state;
	assert_string_equal(as, "Bob@example.com");
	assert_string_equal(folded, "bob@example.com");
	free(as), free(folded);
}

static void
a_missing_key_is_made_once(void **state)
{
	struct pseudonyms	*p, *again;
	struct stat		 st;
	char			*a, *b;

	(void)state;
	(void)unlink(path);
	p = opened();
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 32);
	again = opened();
	a = pseudonym_of(p, "bob@example.com");
	b = pseudonym_of(again, "bob@example.com");
	assert_string_equal(a, b);
	(void)unlink(path);
	pseudonyms_free(&again);
	again = opened();
	free(b);
	b = pseudonym_of(again, "bob@example.com");
	assert_string_not_equal(a, b);
	free(a), free(b);
	pseudonyms_free(&p);
	pseudonyms_free(&again);
}

/* What a kill before the rename leaves is no key. */
static void
a_key_that_was_half_written_is_made_anew(void **state)
{
	struct pseudonyms	*p;
	char			 beside[80];
	FILE			*f;

	(void)state;
	(void)unlink(path);
	(void)snprintf(beside, sizeof(beside), "%s.new", path);
	f = fopen(beside, "w");
	assert_non_null(f);
	assert_int_equal(fputs("half", f) < 0, 0);
	assert_int_equal(fclose(f), 0);
	p = opened();
	assert_int_equal(access(beside, F_OK), -1);
	pseudonyms_free(&p);
}

static void
refuses(const char *says)
{
	struct pseudonyms	*p = NULL;
	struct err		 e = { "" };

	assert_int_equal(pseudonyms_open(&p, path, &e), -1);
	assert_null(p);
	if (strstr(e.text, says) == NULL)
		fail_msg("\"%s\" is not in: %s", says, e.text);
}

static void
a_key_that_is_not_to_be_trusted_is_refused(void **state)
{
	static const char	bytes[33];
	char			aside[80];

	(void)state;
	write_key(bytes, 32, 0640);
	refuses("mode 0640: others may read it; chmod 0600");
	write_key(bytes, 31, 0600);
	refuses("no file of 32 bytes");
	write_key(bytes, 33, 0600);
	refuses("no file of 32 bytes");
	write_key(bytes, 32, 0600);
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 12345, (gid_t)-1), 0);
		refuses("belongs to uid 12345");
		assert_int_equal(chown(path, 0, (gid_t)-1), 0);
	}
	(void)snprintf(aside, sizeof(aside), "%s/aside", folder);
	assert_int_equal(rename(path, aside), 0);
	assert_int_equal(symlink(aside, path), 0);
	refuses("cannot be opened");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(aside), 0);
	assert_int_equal(mkdir(path, 0600), 0);
	refuses("no file of 32 bytes");
	assert_int_equal(rmdir(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hmac_gives_the_answers_of_rfc_4231),
		cmocka_unit_test(a_name_is_the_first_130_bits_of_the_hmac),
		cmocka_unit_test(case_does_not_count_and_domains_stay),
		cmocka_unit_test(nobody_in_person_keeps_his_name),
		cmocka_unit_test(no_local_part_is_left),
		cmocka_unit_test(a_sub_address_tells_whose_it_is),
		cmocka_unit_test(folding_comes_before_the_name),
		cmocka_unit_test(a_name_loses_its_sub_address_as_an_address_does),
		cmocka_unit_test(a_name_is_folded_to_itself),
		cmocka_unit_test(without_a_key_addresses_stay),
		cmocka_unit_test(a_missing_key_is_made_once),
		cmocka_unit_test(a_key_that_was_half_written_is_made_anew),
		cmocka_unit_test(a_key_that_is_not_to_be_trusted_is_refused),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
