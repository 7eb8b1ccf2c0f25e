/* SPDX-License-Identifier: ISC
 * tests/lib/control_fixture.h - a control server on a temporary socket, with a
 * store in memory, recipients, a whitelist, and a clock that the test turns; and greyctl to
 * ask it. */
#ifndef TESTS_LIB_CONTROL_FIXTURE_H
#define TESTS_LIB_CONTROL_FIXTURE_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/pseudonym.h"
#include "control/control.h"
#include "db/record.h"
#include "db/key.h"

enum { FIXTURE_START = 1700000000, FIXTURE_FILES = 4 };

struct fixture {
	char		 folder[64], socket[96];
	_Atomic int64_t	 now;			/* seconds */
	struct alarms	*alarms;
	struct crowd	*crowd;
	struct policy	*first;
	struct store	*store;
	struct live	*live;
	struct journal	*journal;
	struct keeper	*keeper;
	struct recipients *recipients;
	struct whitelist *whitelist;
	struct outbound_watch *watch;
	struct control	*control;
	struct control_deps deps;
	struct pseudonyms *pseudonyms;		/* NULL: none */
	atomic_int	 reloads;
	const char	*mistake;		/* a reload finds it, or NULL */
	char		*files[FIXTURE_FILES];	/* of fixture_write() */
	unsigned	 columns;		/* of greyctl's terminal; 0: none */
	bool		 colours;

	/* Of the latest fixture_greyctl(): to be freed by the fixture. */
	char		*out, *messages;
};

/* Ends the test program if anything of it fails. */
struct fixture *fixture_new(void);
void	fixture_free(struct fixture **f);

/* The same with pseudonyms = true. */
struct fixture *fixture_new_named(void);
int	fixture_setup_named(void **state);

/* The same for cmocka_unit_test_setup_teardown(). */
int	fixture_setup(void **state);
int	fixture_teardown(void **state);

/* Puts the settings in force, as a reload does; in them a '~' stands for the
 * fixture's folder. At first the defaults are. No file of entries is read but
 * those that the settings name. */
void	fixture_configure(struct fixture *f, const char *settings);

/* Writes a file in the fixture's folder, anew if it is there. */
void	fixture_write(struct fixture *f, const char *name, const char *text);

/* From now on there is a journal, ~/journal.jsonl, and the settings name it (and
 * nothing else). */
void	fixture_journal(struct fixture *f);

/* Stores a record; times are seconds after FIXTURE_START. */
void	fixture_put(struct fixture *f, enum key_kind kind, const char *a,
	    const char *b, const char *c, const struct record *rec);

/* Runs a command line (words separated by one space, "" stands for an empty
 * one, '...' for one with spaces) as greyctl would; its exit code; f->out and f->messages. */
int	fixture_greyctl(struct fixture *f, const char *line);

/* The same, and the test fails if the exit code is another; or if text does
 * not hold part, or does not begin with it. */
void	fixture_asks(struct fixture *f, const char *line, int code);
void	fixture_has(const char *text, const char *part);
void	fixture_begins(const char *text, const char *part);

#endif
