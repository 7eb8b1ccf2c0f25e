/* SPDX-License-Identifier: ISC
 * control/ctl_option.c - what may follow greyctl's commands, a row each. */
#include "control/ctl.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/conf_text.h"
#include "control/ctl_time.h"

#define LENGTH(a)	(sizeof(a) / sizeof((a)[0]))

static const struct ctl_option options[] = {
	{ "client",	CTL_CLIENT,	CTL_TEXT, NULL },
	{ "name",	CTL_NAME,	CTL_TEXT, NULL },
	{ "identity",	CTL_IDENTITY,	CTL_TEXT, NULL },
	{ "sender",	CTL_SENDER,	CTL_TEXT, NULL },
	{ "recipient",	CTL_RECIPIENT,	CTL_TEXT, NULL },
	{ "state",	CTL_STATE,	CTL_TEXT, NULL },
	{ "limit",	CTL_LIMIT,	CTL_COUNT, NULL },
	{ "all",	CTL_ALL,	CTL_FLAG, NULL },
	{ "hashed",	CTL_HASHED,	CTL_FLAG, NULL },
	{ "folder",	CTL_FOLDER,	CTL_PATH, "the name of a new folder" },
	{ "address",	CTL_ADDRESS,	CTL_TEXT, "an address, user@domain" },
	{ "source",	CTL_SOURCE,	CTL_TEXT, "the name of a source" },
	{ "addr",	CTL_ADDR,	CTL_TEXT, "a client's IP address" },
	{ "entry",	CTL_ENTRY,	CTL_WORDS,
	    "an entry, such as 'domain example.org'" },
	{ "file",	CTL_FILE,	CTL_TEXT, "the name of a file" },
	{ "duration",	CTL_DURATION,	CTL_SPAN, "a duration, such as 10m" },
	{ "note",	CTL_NOTE,	CTL_TEXT, NULL },
	{ "expires",	CTL_EXPIRES,	CTL_SPAN, NULL },
	{ "kind",	CTL_KIND,	CTL_TEXT, NULL },
	{ "helo",	CTL_HELO,	CTL_TEXT, NULL },
	{ "id",		CTL_ID,		CTL_TEXT, NULL },
	{ "days",	CTL_DAYS,	CTL_COUNT, NULL },
	{ "outside",	CTL_OUTSIDE,	CTL_TEXT,
	    "an outside address, or @domain" },
	{ "learned-by",	CTL_BY,		CTL_TEXT, NULL },
	{ "since",	CTL_SINCE,	CTL_TIME, NULL },
	{ "until",	CTL_UNTIL,	CTL_TIME, NULL },
	{ "verdict",	CTL_VERDICT,	CTL_TEXT, NULL },
	{ "reason",	CTL_REASON,	CTL_TEXT, NULL },
	{ "rule",	CTL_RULE,	CTL_TEXT, NULL },
	{ "follow",	CTL_FOLLOW,	CTL_FLAG, NULL },
	{ "group-by",	CTL_GROUP_BY,	CTL_TEXT, NULL },
	{ "journal",	CTL_JOURNAL,	CTL_PATH, NULL },
	{ "html",	CTL_HTML,	CTL_TEXT, NULL },
	{ "top",	CTL_TOP,	CTL_COUNT, NULL },
	{ "shell",	CTL_SHELL,	CTL_TEXT, "a shell: bash or zsh" },
	{ "auth",	CTL_AUTH,	CTL_TEXT, NULL },
	{ "interval",	CTL_INTERVAL,	CTL_SPAN, NULL },
};

_Static_assert(LENGTH(options) < CTL_OPTIONS_MAX, "room for all options");

const struct ctl_option *
ctl_option_at(size_t i)
{
	return i < LENGTH(options) ? &options[i] : NULL;
}

void
ctl_long_options(struct option out[CTL_OPTIONS_MAX])
{
	size_t	n = 0;

	for (size_t i = 0; i < LENGTH(options); i++)
		if (options[i].word == NULL)
			out[n++] = (struct option){ .name = options[i].name,
			    .has_arg = options[i].type == CTL_FLAG ?
			    no_argument : required_argument,
			    .val = CTL_OPTION_FIRST + (int)i };
	out[n] = (struct option){ 0 };
}

static int
add_count(struct json *args, const char *name, const char *text,
    struct err *e)
{
	long	n;
	char	*end;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || n < 1)
		return err_set(e, "--%s takes a number from 1 on, not \"%s\"",
		    name, text);
	json_add_int(args, name, n);
	return 0;
}

static int
add_span(struct json *args, const char *name, const char *text, struct err *e)
{
	struct err	why;
	int64_t		seconds;

	if (conf_text_duration(text, &seconds, &why) == -1)
		return err_set(e, "%s: %s", name, why.text);
	if (seconds == 0)
		return err_set(e, "%s: 0 is no time; give one such as 10m or "
		    "90d", name);
	json_add_int(args, name, seconds);
	return 0;
}

static int
add_time(struct ctl_request *r, const char *name, const char *text,
    struct err *e)
{
	struct err	why;
	int64_t		seconds;

	if (ctl_time_parse(text, r->now, &seconds, &why) == -1)
		return err_set(e, "--%s: %s", name, why.text);
	json_add_int(r->args, name, seconds);
	return 0;
}

/* The daemon has another working folder. */
static int
add_path(struct json *args, const char *name, const char *text, struct err *e)
{
	char	here[PATH_MAX], whole[2 * PATH_MAX];
	int	len;

	if (text[0] == '/') {
		json_add_text(args, name, text);
		return 0;
	}
	if (getcwd(here, sizeof(here)) == NULL)
		return err_set(e, "%s: cannot tell the working folder: %s",
		    text, strerror(errno));
	len = snprintf(whole, sizeof(whole), "%s/%s", here, text);
	if (len < 0 || (size_t)len >= sizeof(whole))
		return err_set(e, "the path is too long");
	json_add_text(args, name, whole);
	return 0;
}

int
ctl_take_option(struct ctl_request *r, int val, const char *value,
    struct err *e)
{
	const struct ctl_option	*o = &options[val - CTL_OPTION_FIRST];

	r->given |= o->bit;
	switch (o->type) {
	case CTL_COUNT:
		return add_count(r->args, o->name, value, e);
	case CTL_FLAG:
		json_add_bool(r->args, o->name, true);
		return 0;
	case CTL_PATH:
		return add_path(r->args, o->name, value, e);
	case CTL_SPAN:
		return add_span(r->args, o->name, value, e);
	case CTL_TIME:
		return add_time(r, o->name, value, e);
	case CTL_TEXT:
	case CTL_WORDS:
		break;
	}
	json_add_text(r->args, o->name, value);
	return 0;
}

/* The first of these bits. */
static const struct ctl_option *
option_of(uint64_t bits)
{
	size_t	i = 0;

	while ((options[i].bit & bits) == 0)
		i++;
	return &options[i];
}

static int
check_options(const struct ctl_request *r, struct err *e)
{
	uint64_t	alien = r->given & ~r->command->takes;
	uint64_t	missing = r->command->needs & ~r->given;
	const struct ctl_option *o;

	if (alien != 0)
		return err_set(e, "\"%s\" takes no --%s", r->command->name,
		    option_of(alien)->name);
	if (missing == 0)
		return 0;
	o = option_of(missing);
	return err_set(e, "\"%s\" needs %s%s", r->command->name,
	    o->word == NULL ? "--" : "", o->word == NULL ? o->name : o->word);
}

/* All the words as one, so that an entry needs no quotes. */
static int
take_all(struct ctl_request *r, int val, int n, char *const *words,
    struct err *e)
{
	size_t	room = 1;
	char	*text;
	int	rc;

	for (int i = 0; i < n; i++)
		room += strlen(words[i]) + 1;
	text = malloc(room);
	if (text == NULL)
		return err_set(e, "out of memory");
	text[0] = '\0';
	for (int i = 0; i < n; i++) {
		(void)strcat(text, i > 0 ? " " : "");
		(void)strcat(text, words[i]);
	}
	rc = ctl_take_option(r, val, text, e);
	free(text);
	return rc;
}

/* What stands behind the command, in the order of the table. */
static int
take_rest(struct ctl_request *r, int n, char *const *words, struct err *e)
{
	int	used = 0;

	for (size_t i = 0; i < LENGTH(options) && used < n; i++) {
		bool	all = options[i].type == CTL_WORDS;
		int	take = all ? n - used : 1;

		if (options[i].word == NULL ||
		    (options[i].bit & r->command->takes) == 0)
			continue;
		if (take_all(r, CTL_OPTION_FIRST + (int)i, take, words + used,
		    e) == -1)
			return -1;
		used += take;
	}
	if (used < n)
		return err_set(e, "\"%s\" does not know what to do with "
		    "\"%s\"", r->command->name, words[used]);
	return 0;
}

int
ctl_take_words(struct ctl_request *r, int n, char *const *words,
    struct err *e)
{
	int	used;

	r->command = ctl_find(n, words, &used);
	if (r->command == NULL)
		return ctl_refuse_unknown(n, words, e);
	if (take_rest(r, n - used, words + used, e) == -1)
		return -1;
	return check_options(r, e);
}
