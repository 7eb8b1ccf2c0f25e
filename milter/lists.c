/* SPDX-License-Identifier: ISC
 * milter/lists.c - recipients, entries and rules, at a start and for -t. */
#include "milter/lists.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/process.h"
#include "policy/lint.h"

#define DEFAULT_SPF_USER	"greygate-spf"	/* as in base/conf_table.c */

int
lists_open_recipients(struct recipients **out, const struct recipients_deps *deps,
    struct conf *conf, struct err *e)
{
	struct recipients_sources	*sources;
	int64_t				 now = clock_seconds(&deps->clock);

	*out = recipients_new(deps);
	if (*out == NULL)
		return err_set(e, "out of memory");
	if (recipients_read(*out, conf, now, &sources, e) == -1)
		return -1;
	recipients_use(*out, &sources);
	return 0;
}

int
lists_open_whitelist(struct whitelist **out, struct store *store,
    struct conf *conf, int64_t now, struct err *e)
{
	struct whitelist_files	*files = NULL;
	int			 done;

	*out = whitelist_new(store);
	if (*out == NULL)
		return err_set(e, "out of memory");
	if (whitelist_read(conf, NULL, NULL, &files, e) == -1)
		return -1;
	done = whitelist_use(*out, &files, now, e);
	whitelist_drop(&files);
	return done;
}

void
lists_tell_unreadable(struct whitelist *w, struct alarms *alarms, int64_t now)
{
	size_t		n = whitelist_unreadable(w);
	struct err	e;

	if (n == 0)
		return;
	(void)err_set(&e, "%zu of the entries of greyctl whitelist add cannot "
	    "be read from the state and are left out (add what is missing "
	    "again)", n);
	alarm_raise(alarms, ALARM_WHITELIST, now, e.text);
}

/* A look at a configuration: what was said of it. */
struct look {
	const char	*path;
	unsigned	 warnings;
};

static void
tell(const char *sentence, void *arg)
{
	struct look	*l = arg;

	l->warnings++;
	(void)fprintf(stderr, "%s\n", sentence);
}

static void	warn(struct look *l, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));

/* The same of the configuration as a whole. */
static void
warn(struct look *l, const char *fmt, ...)
{
	va_list	ap;

	l->warnings++;
	(void)fprintf(stderr, "%s: ", l->path);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

/* The default account may be missing where the filter's own is there. */
static void
look_at_helper(struct look *l, const struct conf *conf)
{
	const char	*user = conf->spf_user;
	bool		 own = conf->user[0] != '\0' &&
			    getpwnam(conf->user) != NULL;

	if (!conf->spf || user[0] == '\0' || getpwnam(user) != NULL ||
	    (own && strcmp(user, DEFAULT_SPF_USER) == 0) ||
	    (!own && geteuid() != 0))
		return;
	warn(l, "spf-user: there is no user %s for the process that looks names "
	    "up; %s%s; create it (useradd --system --user-group %s)", user,
	    own ? "it runs as " : "nothing is proven by SPF, no DNS list is "
	    "asked", own ? conf->user : "", user);
}

/* Passwords and keys that everybody on the host can read. */
static void
look_at_secret(struct look *l, const char *setting, const char *path)
{
	struct stat	st;

	if (path[0] == '\0' || stat(path, &st) == -1 ||
	    (st.st_mode & S_IROTH) == 0)
		return;
	warn(l, "%s: every account of this host can read %s: chmod o= %s",
	    setting, path, path);
}

static void
look_at_secrets(struct look *l, const struct conf *conf)
{
	const struct conf_recipients	*r = &conf->recipients;

	for (size_t i = 0; i < r->n_ldaps; i++) {
		look_at_secret(l, "password-file", r->ldaps[i].password_file);
		look_at_secret(l, "key-file", r->ldaps[i].key_file);
	}
}

static bool
look_at_list(const struct recipient_source_stats *s, void *arg)
{
	if (s->is_list && s->list.trouble.text[0] != '\0')
		warn(arg, "%s: %s", s->name, s->list.trouble.text);
	return true;
}

/* What is valid and yet not as it should be. 0; -1: an entry is none, e. */
static int
look_around(struct look *l, struct recipients *r, struct conf *conf,
    int64_t now, struct err *e)
{
	struct err	why;

	if (lint_settings(conf, now, tell, l, e) == -1)
		return -1;
	recipients_each_source(r, look_at_list, l);
	if (recipients_leave_out(r, &why))
		warn(l, "%s", why.text);
	look_at_helper(l, conf);
	look_at_secrets(l, conf);
	return 0;
}

int
lists_check(const struct settings_file *file, struct conf *conf)
{
	struct store_conf	 sc = { .path = NULL };
	struct recipients_deps	 rd = { .clock = clock_system() };
	struct recipients	*r = NULL;
	struct look		 l = { .path = file->path };
	struct err		 e;
	int			 code = EX_OK;

	/* What root can read the filter's user perhaps cannot. */
	if ((geteuid() == 0 && process_become(conf->user, &e) == -1) ||
	    store_open(&rd.store, &sc, &e) == -1 ||
	    lists_open_recipients(&r, &rd, conf, &e) == -1 ||
	    look_around(&l, r, conf, clock_seconds(&rd.clock), &e) == -1) {
		(void)fprintf(stderr, "%s: %s\n", file->path, e.text);
		code = EX_CONFIG;
	} else
		(void)printf("%s: %s%s\n", file->path, conf->file[0] != '\0' ?
		    "no mistakes" : "not there, the defaults hold",
		    l.warnings > 0 ? ", but see above" : "");
	recipients_free(&r);
	store_close(&rd.store);
	return code;
}
