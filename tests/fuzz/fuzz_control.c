/* SPDX-License-Identifier: ISC
 * tests/fuzz/fuzz_control.c - what may come over the control socket: a request
 * with its filters, as the daemon reads it, and an item of a reply, as greyctl
 * prints it. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/command.h"
#include "control/ctl.h"
#include "control/print.h"
#include "control/selection.h"

int	LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* A record for filters to look at: the key is the input itself. */
static void
hold_against_record(const struct selection *s, const uint8_t *bytes,
    size_t len)
{
	const struct record	rec = { .state = RECORD_PENDING };
	struct store_item	item = { .found = true, .expires = 9,
				    .len = RECORD_SIZE };
	struct selected		found;

	item.key.len = len < STORE_KEY_MAX ? len : STORE_KEY_MAX;
	memcpy(item.key.bytes, bytes, item.key.len);
	record_encode(&rec, item.value);
	if (selection_has(s, &item, &found))
		assert(found.readable);
}

static void
read_request(const uint8_t *bytes, size_t len)
{
	struct conf		conf = { .greylist = { .ipv4_prefix = 24,
				    .ipv6_prefix = 64 } };
	const struct selection_under under = { &conf, NULL, 1 };
	struct request		r;
	struct selection	s;
	struct err		e = { "" };

	if (request_parse((const char *)bytes, len, &r, &e) == -1) {
		assert(e.text[0] != '\0');
		return;
	}
	(void)command_find(r.command);
	if (selection_read(&s, r.args, &under, &e) == 0) {
		hold_against_record(&s, bytes, len);
		selection_free(&s);
	} else
		assert(e.text[0] != '\0');
	request_free(&r);
}

/* Whatever the item holds, nothing of it steers a terminal. */
static void
print_reply(const uint8_t *bytes, size_t len)
{
	struct json	*item = json_parse((const char *)bytes, len, NULL);
	char		*text = NULL;
	size_t		 size;
	struct ctl	 ctl = { .now = 1700000000 };

	ctl.out = open_memstream(&text, &size);
	assert(ctl.out != NULL);
	ctl.messages = ctl.out;
	ctl_show_list(&ctl, item, 1);
	ctl_show_record(&ctl, item, 0);
	ctl_show_pass(&ctl, item, 0);
	ctl_show_status(&ctl, item, 0);
	ctl_show_recipient(&ctl, item, 0);
	ctl_show_sources(&ctl, item, 0);
	ctl_show_forgotten(&ctl, item, 0);
	ctl_show_adopted(&ctl, item, 0);
	ctl_show_export(&ctl, item, 0);
	ctl_show_harvest(&ctl, item, 0);
	ctl_show_forgiven(&ctl, item, 0);
	(void)fclose(ctl.out);
	for (size_t i = 0; i < size; i++)
		assert(text[i] == '\n' || ((unsigned char)text[i] >= 0x20 &&
		    text[i] != 0x7f));
	free(text);
	json_free(&item);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	read_request(bytes, len);
	print_reply(bytes, len);
	return 0;
}
