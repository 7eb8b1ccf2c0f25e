/* SPDX-License-Identifier: ISC
 * policy/lint.c - all there is to say of a configuration. */
#include "policy/lint.h"

#include "policy/rule_lint.h"
#include "whitelist/lint.h"

int
lint_settings(struct conf *conf, conf_report_fn each, void *arg,
    struct err *e)
{
	struct whitelist_files	*files = NULL;

	if (whitelist_read(conf, each, arg, &files, e) == -1)
		return -1;
	lint_entries(files, conf->local_domains, each, arg);
	lint_networks(conf->local_networks, conf->file, each, arg);
	rule_lint(conf, each, arg);
	whitelist_drop(&files);
	return 0;
}
