/* SPDX-License-Identifier: ISC
 * tests/fuzz/fuzz_list.c - any bytes as a list of recipients, under each rule,
 * with and without a key; and as an alias file. What is listed stands in the
 * form that is looked up, and is read back as it is from our own copy. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "recipient/alias_file.h"
#include "recipient/edition.h"
#include "recipient/hashed.h"
#include "recipient/keep.h"
#include "recipient/list_file.h"

int	LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The corpus has a list under this one. */
static const unsigned char	key[] = "0123456789abcdef";

static const struct address_rule rules[] = {
	{ "", false }, { "+-", false }, { "+", true },
};

static void
must(int holds)
{
	if (!holds)
		abort();
}

static int
file_of(const void *bytes, size_t len)
{
	int	fd = memfd_create("list", MFD_CLOEXEC);

	must(fd != -1 && write(fd, bytes, len) == (ssize_t)len);
	must(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* An entry, made an address again, is itself. */
static bool
check_entry(const char *text, size_t len, void *arg)
{
	const struct address_rule	*rule = arg;
	struct address			 a, b;
	char				 whole[ADDRESS_MAX + 1];

	if (text[0] == '\0') {
		must(len == HASHED_SIZE);
		return true;
	}
	must(len <= ADDRESS_MAX && memchr(text, '\0', len) == NULL);
	memcpy(whole, text, len);
	whole[len] = '\0';
	must(address_make(&a, whole, rule) == 0);
	must(strcmp(a.whole, whole) == 0 && a.domain[0] != '\0');
	must(a.base[0] == '\0' || address_make(&b, a.base, rule) == 0);
	must(a.base[0] == '\0' || strcmp(b.whole, a.base) == 0);
	return true;
}

static void
read_list(int fd, const struct address_rule *rule, bool has_key)
{
	struct list_file_conf	conf = { .path = "fuzz", .rule = rule,
				    .key = key, .no_key = "none is named" };
	struct address_rule	arg = *rule;
	struct list_file	file;
	struct err		e = { "" };

	conf.key_len = has_key ? sizeof(key) - 1 : 0;
	must(lseek(fd, 0, SEEK_SET) == 0);
	if (list_file_read(fd, &conf, &file, &e) == -1) {
		must(file.list == NULL && strncmp(e.text, "fuzz", 4) == 0);
		return;
	}
	must(list_count(file.list) > 0);
	must(file.hashed <= list_count(file.list));
	must((file.bad > 0) == (file.bad_lines.text[0] != '\0'));
	list_walk(file.list, check_entry, &arg);
	list_unref(&file.list);
}

/* The copy that is kept of it is the same list. */
static void
copy_back(int fd, const struct address_rule *rule, const char *name)
{
	struct edition_conf	conf = { .path = name, .key_file = "",
				    .rule = rule };
	struct edition		*ed = NULL, *back = NULL;
	int64_t			 when;
	bool			 passing;
	struct err		 e;

	must(lseek(fd, 0, SEEK_SET) == 0);
	if (edition_read(fd, &conf, &ed, &passing, &e) == -1)
		return;
	must(keep_write(name, ed, rule, &e) == 0);
	must(keep_read(&conf, &back, &when, &e) == 1);
	must(unlink(name) == 0);
	must(edition_is(ed, back) && edition_bad_lines(back)[0] == '\0');
	must(edition_lost(ed, back, rule, NULL, NULL) == 0);
	edition_unref(&ed);
	edition_unref(&back);
}

static bool
check_name(const char *name, void *arg)
{
	must(alias_file_has(arg, name));
	return true;
}

static void
read_aliases(int fd)
{
	struct alias_file	*f;
	char			 path[40];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (alias_file_open(path, &f, NULL) == -1)
		return;
	alias_file_walk(f, check_name, f);
	alias_file_close(&f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	/* In memory: each copy is flushed to its disk. */
	char	name[] = "/dev/shm/greygate-fuzz-XXXXXX";
	int	fd = file_of(bytes, len), made = mkstemp(name);

	must(made != -1 && close(made) == 0 && unlink(name) == 0);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		read_list(fd, &rules[i], i > 0);
		copy_back(fd, &rules[i], name);
	}
	read_aliases(fd);
	(void)close(fd);
	return 0;
}
