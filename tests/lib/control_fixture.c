/* SPDX-License-Identifier: ISC
 * tests/lib/control_fixture.c - builds and takes down the fixture. */
#include "tests/lib/control_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/ctl.h"

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "control fixture: %s\n", what);
	abort();
}

static int64_t
millis(void *arg)
{
	struct fixture	*f = arg;

	return atomic_load(&f->now) * 1000;
}

static int
reload(void *arg, struct err *e)
{
	struct fixture	*f = arg;

	atomic_fetch_add(&f->reloads, 1);
	return f->mistake == NULL ? 0 : err_set(e, "%s", f->mistake);
}

static void
status(void *arg, struct json *object)
{
	struct json	*sessions = json_new_object();
	struct json	*decisions = json_new_object();
	struct json	*defer = json_new_object();

	(void)arg;
	json_add_int(sessions, "open", 2);
	json_add_int(sessions, "most", 900);
	json_add_int(sessions, "since_start", 40);
	json_add_int(sessions, "messages", 38);
	json_add(object, "sessions", sessions);
	json_add_int(defer, "new", 3);
	json_add_int(defer, "early", 1);
	json_add(decisions, "defer", defer);
	json_add(object, "decisions", decisions);
}

static void
mistake(const char *sentence, void *arg)
{
	(void)arg;
	must(0, sentence);
}

static struct conf *
read_settings(const struct fixture *f, const char *settings)
{
	struct conf	*conf;
	char		*text;
	size_t		 len;
	FILE		*out = open_memstream(&text, &len);

	must(out != NULL, "memory");
	if (strstr(settings, "whitelist") == NULL)
		(void)fputs("whitelist = {}\nlarge-senders = \"\"\n", out);
	for (; *settings != '\0'; settings++)
		if (*settings == '~')
			(void)fputs(f->folder, out);
		else
			(void)fputc(*settings, out);
	(void)fclose(out);
	must(conf_read_text(text, len, "", &conf, mistake, NULL) == 0,
	    "settings");
	free(text);
	return conf;
}

/* The sources and entries of conf are in force after it, its policy is to
 * be. */
static struct policy *
put_in_force(struct fixture *f, struct conf *conf)
{
	struct recipients_sources	*sources;
	struct whitelist_files		*files;
	struct policy			*policy;
	struct err			 e = { "" };

	must(recipients_read(f->recipients, conf, f->now, &sources, &e) == 0,
	    e.text);
	recipients_use(f->recipients, &sources);
	must(whitelist_read(conf, NULL, NULL, &files, &e) == 0, e.text);
	must(whitelist_use(f->whitelist, &files, f->now, &e) == 0, e.text);
	policy = policy_new(&conf, &(struct policy_deps){
	    .store = f->store, .crowd = f->crowd, .alarms = f->alarms,
	    .recipients = f->recipients, .whitelist = f->whitelist,
	    .pseudonyms = f->pseudonyms });
	must(policy != NULL, "policy");
	return policy;
}

void
fixture_configure(struct fixture *f, const char *settings)
{
	struct policy	*policy = put_in_force(f, read_settings(f, settings));

	live_swap(f->live, &policy);
}

void
fixture_write(struct fixture *f, const char *name, const char *text)
{
	char	*path;
	FILE	*out;
	int	 i = 0;

	must(asprintf(&path, "%s/%s", f->folder, name) != -1, "memory");
	out = fopen(path, "w");
	must(out != NULL && fputs(text, out) != EOF && fclose(out) == 0, path);
	while (i < FIXTURE_FILES && f->files[i] != NULL &&
	    strcmp(f->files[i], path) != 0)
		i++;
	must(i < FIXTURE_FILES, "too many files");
	free(f->files[i]);
	f->files[i] = path;
}

void
fixture_journal(struct fixture *f)
{
	struct err	e = { "" };

	fixture_write(f, "journal.jsonl", "");
	fixture_configure(f, "journal = \"~/journal.jsonl\"\n");
	for (int i = 0; i < FIXTURE_FILES; i++)
		if (f->files[i] != NULL &&
		    strstr(f->files[i], "journal.jsonl") != NULL)
			must(journal_reopen(f->journal, f->files[i], &e) == 0,
			    e.text);
}

static void
open_recipients(struct fixture *f)
{
	const struct recipients_deps	 deps = { .store = f->store,
					     .alarms = f->alarms,
					     .clock = f->deps.clock,
					     .pseudonyms = f->pseudonyms };
	struct policy			*policy;

	f->recipients = recipients_new(&deps);
	f->whitelist = whitelist_new(f->store);
	f->watch = outbound_watch_new();
	must(f->recipients != NULL && f->whitelist != NULL && f->watch != NULL,
	    "recipients");
	f->deps.recipients = f->recipients;
	f->deps.whitelist = f->whitelist;
	f->deps.watch = f->watch;
	policy = put_in_force(f, read_settings(f, ""));
	f->live = live_new(&policy);
	must(f->live != NULL, "live");
	f->deps.live = f->live;
}

/* Where its key is. */
static void
key_path(const struct fixture *f, char out[96])
{
	(void)snprintf(out, 96, "%s/%s", f->folder, PSEUDONYM_KEY_FILE);
}

static void
open_names(struct fixture *f)
{
	struct err	e = { "" };
	char		path[96];

	key_path(f, path);
	must(pseudonyms_open(&f->pseudonyms, path, &e) == 0, e.text);
	f->deps.pseudonyms = f->pseudonyms;
}

static struct fixture *
new_fixture(bool named)
{
	const struct store_conf	 in_memory = { .path = NULL };
	struct fixture		*f = calloc(1, sizeof(*f));
	struct err		 e = { "" };

	must(f != NULL, "memory");
	(void)strcpy(f->folder, "/tmp/greygate-control.XXXXXX");
	must(mkdtemp(f->folder) != NULL, "folder");
	(void)snprintf(f->socket, sizeof(f->socket), "%s/control.sock",
	    f->folder);
	atomic_init(&f->now, FIXTURE_START);
	f->alarms = alarms_new();
	f->crowd = crowd_new();
	must(store_open(&f->store, &in_memory, &e) == 0, e.text);
	must(journal_open(&f->journal, "", f->alarms, &e) == 0, e.text);
	f->deps = (struct control_deps){ .store = f->store,
	    .journal = f->journal, .alarms = f->alarms,
	    .clock = { millis, f }, .started = FIXTURE_START - 11520,
	    .arg = f, .reload = reload, .status = status };
	if (named)
		open_names(f);
	open_recipients(f);
	must(keeper_start(&f->keeper, f->store, f->live, f->alarms,
	    f->deps.clock, &e) == 0, e.text);
	f->deps.keeper = f->keeper;
	f->first = live_ref(f->live);
	f->deps.first = policy_conf(f->first);
	must(control_open(&f->control, f->socket, &f->deps, &e) == 0, e.text);
	return f;
}

struct fixture *
fixture_new(void)
{
	return new_fixture(false);
}

struct fixture *
fixture_new_named(void)
{
	return new_fixture(true);
}

void
fixture_free(struct fixture **f)
{
	char	path[96];

	key_path(*f, path);
	(void)unlink(path);
	control_close(&(*f)->control);
	keeper_stop(&(*f)->keeper);
	journal_close(&(*f)->journal);
	live_free(&(*f)->live);
	recipients_free(&(*f)->recipients);
	whitelist_free(&(*f)->whitelist);
	outbound_watch_free(&(*f)->watch);
	store_close(&(*f)->store);
	policy_unref(&(*f)->first);
	alarms_free(&(*f)->alarms);
	crowd_free(&(*f)->crowd);
	pseudonyms_free(&(*f)->pseudonyms);
	(void)unlink((*f)->socket);
	for (int i = 0; i < FIXTURE_FILES; i++) {
		if ((*f)->files[i] != NULL)
			(void)unlink((*f)->files[i]);
		free((*f)->files[i]);
	}
	must(rmdir((*f)->folder) == 0, "the folder is not empty at the end");
	free((*f)->out);
	free((*f)->messages);
	free(*f);
	*f = NULL;
}

int
fixture_setup(void **state)
{
	*state = fixture_new();
	return 0;
}

int
fixture_setup_named(void **state)
{
	*state = fixture_new_named();
	return 0;
}

int
fixture_teardown(void **state)
{
	struct fixture	*f = *state;

	fixture_free(&f);
	return 0;
}

static void
put(struct store_item *items, size_t n, void *arg)
{
	const struct record	*rec = arg;

	(void)n;
	record_encode(rec, items->value);
	items->len = RECORD_SIZE;
	items->expires = rec->expires;
	items->act = STORE_PUT;
}

void
fixture_put(struct fixture *f, enum key_kind kind, const char *a,
    const char *b, const char *c, const struct record *rec)
{
	struct record		moved = *rec;
	struct store_item	item;

	moved.first += FIXTURE_START;
	moved.last += FIXTURE_START;
	moved.expires += FIXTURE_START;
	key_make(&item.key, kind, a, b, c);
	must(store_step(f->store, &item, 1, put, &moved, NULL) == 0, "step");
}

/* The next word of a command line, or NULL. */
static char *
next_word(char **rest)
{
	char	*word;

	if (*rest == NULL || **rest != '\'')
		return strsep(rest, " ");
	(*rest)++;
	word = strsep(rest, "'");
	if (*rest != NULL && **rest == ' ')
		(*rest)++;
	else
		*rest = NULL;
	return word;
}

int
fixture_greyctl(struct fixture *f, const char *line)
{
	char		*argv[24], *words = strdup(line), *rest = words;
	char		 name[] = "greyctl";
	int		 argc = 1, code;
	size_t		 len;
	struct ctl	 ctl = { .socket = f->socket, .now = f->now,
			     .columns = f->columns, .colours = f->colours };

	argv[0] = name;
	while (argc < 23 && (argv[argc] = next_word(&rest)) != NULL) {
		if (strcmp(argv[argc], "\"\"") == 0)
			argv[argc][0] = '\0';
		argc++;
	}
	argv[argc] = NULL;
	free(f->out);
	free(f->messages);
	ctl.out = open_memstream(&f->out, &len);
	ctl.messages = open_memstream(&f->messages, &len);
	code = ctl_main(argc, argv, &ctl);
	(void)fclose(ctl.out);
	(void)fclose(ctl.messages);
	free(words);
	return code;
}

void
fixture_asks(struct fixture *f, const char *line, int code)
{
	int	got = fixture_greyctl(f, line);

	if (got != code)
		fail_msg("greyctl %s: exit %d: %s%s", line, got, f->out,
		    f->messages);
}

void
fixture_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in: %s", part, text);
}

void
fixture_begins(const char *text, const char *part)
{
	if (strncmp(text, part, strlen(part)) != 0)
		fail_msg("\"%s\" does not begin: %s", part, text);
}
