/* SPDX-License-Identifier: ISC
 * control/ctl_args.c - greyctl's command line. */
#include "control/ctl.h"

#include <string.h>

#include "base/version.h"
#include "control/print.h"

/* Long options of greyctl itself, after those of its commands. */
enum { OPT_JSON = 1000, OPT_HELP, OPT_VERSION };

static const struct option own[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "socket", required_argument, NULL, 's' },
	{ NULL, 0, NULL, 0 },
};

static int
usage(const struct ctl *ctl, const char *sentence)
{
	if (sentence != NULL) {
		(void)fputs("greyctl: ", ctl->messages);
		(void)print_text(ctl->messages, sentence);
		(void)fputc('\n', ctl->messages);
	}
	(void)fputs("greyctl: `greyctl help` lists the commands\n",
	    ctl->messages);
	return CTL_FAILED;
}

static int
help(const struct ctl *ctl)
{
	ctl_help(ctl->out);
	return fflush(ctl->out) == EOF ? CTL_FAILED : CTL_DONE;
}

static int
version(const struct ctl *ctl)
{
	(void)fputs("greyctl " VERSION_TEXT "\n", ctl->out);
	return fflush(ctl->out) == EOF ? CTL_FAILED : CTL_DONE;
}

/* -1: go on; else the exit code. */
static int
take_options(int argc, char **argv, struct ctl *ctl, struct ctl_request *r)
{
	struct option	all[CTL_OPTIONS_MAX + sizeof(own) / sizeof(own[0])];
	size_t		n = 0;
	struct err	e;
	int		val;

	optind = 0;		/* getopt_long() begins anew */
	ctl_long_options(all);
	while (all[n].name != NULL)
		n++;
	memcpy(all + n, own, sizeof(own));
	while ((val = getopt_long(argc, argv, "s:Vh", all, NULL)) != -1)
		switch (val) {
		case 's':
			ctl->socket = optarg;
			break;
		case 'V':
		case OPT_VERSION:
			return version(ctl);
		case 'h':
		case OPT_HELP:
			return help(ctl);
		case OPT_JSON:
			ctl->json = true;
			break;
		case '?':
			return usage(ctl, NULL);
		default:
			if (ctl_take_option(r, val, optarg, &e) == -1)
				return usage(ctl, e.text);
		}
	return -1;
}

static int
run(int argc, char **argv, struct ctl *ctl, struct ctl_request *r)
{
	struct err	e;
	int		code = take_options(argc, argv, ctl, r);

	if (code != -1)
		return code;
	if (optind == argc)
		return usage(ctl, "no command");
	if (strcmp(argv[optind], "help") == 0)
		return help(ctl);
	if (ctl_take_words(r, argc - optind, argv + optind, &e) == -1)
		return usage(ctl, e.text);
	return r->command->run != NULL ? r->command->run(ctl, r) :
	    ctl_run(ctl, r);
}

int
ctl_main(int argc, char **argv, struct ctl *ctl)
{
	struct ctl_request	r = { .args = json_new_object(),
				    .now = ctl->now };
	int			code = run(argc, argv, ctl, &r);

	json_free(&r.args);
	return code;
}
