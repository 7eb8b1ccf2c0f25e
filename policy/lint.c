/* SPDX-License-Identifier: ISC
 * policy/lint.c - all there is to say of a configuration. */
#include "policy/lint.h"

#include "policy/rule_lint.h"
#include "whitelist/lint.h"

struct telling {
	conf_report_fn	 each;
	void		*arg;
	bool		 told;
};

static void
tell(const char *sentence, void *arg)
{
	struct telling	*t = arg;

	t->told = true;
	t->each(sentence, t->arg);
}

int
lint_settings(struct conf *conf, int64_t now, conf_report_fn each, void *arg,
    struct err *e)
{
	struct telling		 t = { each, arg, false };
	struct whitelist_files	*files = NULL;

	if (whitelist_read(conf, tell, &t, &files, e) == -1)
		return !t.told ? -1 : err_set(e, "an entry is wrong or a file "
		    "of entries cannot be read, see above");
	lint_entries(files, conf->local_domains, now, each, arg);
	lint_networks(conf->local_networks, conf->file, each, arg);
	rule_lint(conf, each, arg);
	whitelist_drop(&files);
	return 0;
}
