/* SPDX-License-Identifier: ISC
 * milter/options.c - reads the command line. */
#include "milter/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/version.h"

#define DEFAULT_FILE	"/etc/greygate/greygate.conf"

static const char usage[] =
    "usage: greygate [-f] [-c FILE] [-t] [-V] [-h]\n"
    "  -f       stay in the foreground, log to stderr\n"
    "  -c FILE  configuration (default " DEFAULT_FILE ")\n"
    "  -t       check the configuration and exit\n"
    "  -V       print the version and exit\n"
    "  -h       print this and exit\n";

/* The background process has another working folder: the path is made full. */
static void
name_file(struct settings_file *file, const char *path)
{
	char	*full = realpath(path, NULL);

	file->named = true;
	(void)snprintf(file->path, sizeof(file->path), "%s",
	    full != NULL ? full : path);
	free(full);
}

int
options_read(int argc, char **argv, struct options *o)
{
	int	c;

	*o = (struct options){ .file = { .path = DEFAULT_FILE } };
	while ((c = getopt(argc, argv, "fc:tVh")) != -1)
		switch (c) {
		case 'f':
			o->foreground = true;
			break;
		case 'c':
			name_file(&o->file, optarg);
			break;
		case 't':
			o->check = true;
			break;
		case 'V':
			(void)printf("greygate " VERSION_TEXT "\n");
			exit(EX_OK);
		case 'h':
			(void)fputs(usage, stdout);
			exit(EX_OK);
		default:
			(void)fputs(usage, stderr);
			return -1;
		}
	if (optind == argc)
		return 0;
	(void)fprintf(stderr, "greygate: what is \"%s\"?\n%s", argv[optind],
	    usage);
	return -1;
}
