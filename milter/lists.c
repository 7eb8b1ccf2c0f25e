/* SPDX-License-Identifier: ISC
 * milter/lists.c - recipients, entries and rules, at a start and for -t. */
#include "milter/lists.h"

#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/process.h"
#include "policy/lint.h"

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

static void
tell(const char *sentence, void *arg)
{
	++*(unsigned *)arg;
	(void)fprintf(stderr, "%s\n", sentence);
}

int
lists_check(const struct settings_file *file, struct conf *conf)
{
	struct store_conf	 sc = { .path = NULL };
	struct recipients_deps	 rd = { .clock = clock_system() };
	struct recipients	*r = NULL;
	struct err		 e;
	int			 code = EX_OK;
	unsigned		 warnings = 0;

	/* What root can read the filter's user perhaps cannot. */
	if ((geteuid() == 0 && process_become(conf->user, &e) == -1) ||
	    store_open(&rd.store, &sc, &e) == -1 ||
	    lists_open_recipients(&r, &rd, conf, &e) == -1 ||
	    lint_settings(conf, tell, &warnings, &e) == -1) {
		(void)fprintf(stderr, "%s: %s\n", file->path, e.text);
		code = EX_CONFIG;
	} else
		(void)printf("%s: %s%s\n", file->path, conf->file[0] != '\0' ?
		    "no mistakes" : "not there, the defaults hold",
		    warnings > 0 ? ", but see above" : "");
	if (code == EX_OK && recipients_leave_out(r, &e))
		(void)fprintf(stderr, "%s: %s\n", file->path, e.text);
	recipients_free(&r);
	store_close(&rd.store);
	return code;
}
