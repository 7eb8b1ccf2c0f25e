/* SPDX-License-Identifier: ISC
 * control/top_screen.c - a terminal's other screen, keys and signals. */
#include "control/top_screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#define ENTER	"\033[?1049h\033[?25l"	/* other screen, no cursor */
#define LEAVE	"\033[?25h\033[?1049l"
#define HOME	"\033[H"
#define TO_EDGE	"\033[K"		/* the rest of the line is empty */
#define TO_END	"\033[J"		/* and so is the rest of the screen */

enum { CONTROL_C = 3, ROWS = 24 };

struct screen {
	struct ctl	 ctl;		/* as it was, columns are those of now */
	int		 terminal;	/* where keys come from; -1: none do */
	int		 signals;
	sigset_t	 before;
	struct termios	 was;
	unsigned	 rows, used;
};

static int
hold_signals(struct screen *s, struct err *e)
{
	sigset_t	set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGQUIT);
	(void)sigaddset(&set, SIGWINCH);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signals == -1)
		return err_set(e, "no signals: %s", strerror(errno));
	(void)sigprocmask(SIG_BLOCK, &set, &s->before);
	return 0;
}

/* Keys come one by one, unseen. ^C is one of them. */
static void
take_keys(struct screen *s)
{
	struct termios	raw;

	s->terminal = -1;
	if (tcgetattr(STDIN_FILENO, &s->was) == -1)
		return;
	raw = s->was;
	raw.c_lflag &= (tcflag_t)~(ICANON | ECHO | ISIG | IEXTEN);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0)
		s->terminal = STDIN_FILENO;
}

int
screen_open(struct screen **out, const struct ctl *ctl, struct err *e)
{
	struct screen	*s = calloc(1, sizeof(*s));

	if (s == NULL)
		return err_set(e, "out of memory");
	s->ctl = *ctl;
	if (hold_signals(s, e) == -1) {
		free(s);
		return -1;
	}
	take_keys(s);
	(void)fputs(ENTER, ctl->out);
	(void)fflush(ctl->out);
	*out = s;
	return 0;
}

void
screen_close(struct screen **s)
{
	if (*s == NULL)
		return;
	(void)fputs(LEAVE, (*s)->ctl.out);
	(void)fflush((*s)->ctl.out);
	if ((*s)->terminal != -1)
		(void)tcsetattr((*s)->terminal, TCSAFLUSH, &(*s)->was);
	(void)close((*s)->signals);
	(void)sigprocmask(SIG_SETMASK, &(*s)->before, NULL);
	free(*s);
	*s = NULL;
}

void
screen_begin(struct screen *s, unsigned *rows, unsigned *columns)
{
	struct winsize	w = { .ws_row = 0 };

	(void)ioctl(fileno(s->ctl.out), TIOCGWINSZ, &w);
	s->rows = w.ws_row > 0 ? w.ws_row : ROWS;
	if (w.ws_col > 0)
		s->ctl.columns = w.ws_col;
	s->used = 0;
	(void)fputs(HOME, s->ctl.out);
	*rows = s->rows;
	*columns = s->ctl.columns;
}

void
screen_line(struct screen *s, enum table_colour colour, const char *text)
{
	static const char *const	colours[] = {
		[TABLE_PLAIN] = "", [TABLE_GREEN] = "\033[32m",
		[TABLE_YELLOW] = "\033[33m", [TABLE_RED] = "\033[31m",
		[TABLE_BLUE] = "\033[34m", [TABLE_FAINT] = "\033[2m",
	};
	bool				painted = s->ctl.colours &&
					    colour != TABLE_PLAIN;

	if (s->used == s->rows)
		return;
	(void)fputs(s->used++ > 0 ? "\n" : "", s->ctl.out);
	if (painted)
		(void)fputs(colours[colour], s->ctl.out);
	table_cell(&s->ctl, text, s->ctl.columns, false);
	(void)fputs(painted ? "\033[0m" TO_EDGE : TO_EDGE, s->ctl.out);
}

void
screen_end(struct screen *s)
{
	if (s->used < s->rows)
		(void)fputs("\n" TO_END, s->ctl.out);
	(void)fflush(s->ctl.out);
}

/* Whether a signal came that ends. */
static bool
is_ended(struct screen *s)
{
	struct signalfd_siginfo	one;

	while (read(s->signals, &one, sizeof(one)) == sizeof(one))
		if (one.ssi_signo != SIGWINCH)
			return true;
	return false;
}

/* Whether a key was pressed that ends; or the terminal has gone. */
static bool
is_left(struct screen *s, short events)
{
	char	keys[16];
	ssize_t	n;

	if ((events & POLLIN) == 0)
		return true;
	n = read(s->terminal, keys, sizeof(keys));
	for (ssize_t i = 0; i < n; i++)
		if (keys[i] == 'q' || keys[i] == 'Q' || keys[i] == CONTROL_C)
			return true;
	return n <= 0;
}

/* Another key is a reason to look at once. */
bool
screen_wait(struct screen *s, int millis)
{
	struct pollfd	p[] = { { .fd = s->signals, .events = POLLIN },
			    { .fd = s->terminal, .events = POLLIN } };

	if (ferror(s->ctl.out))
		return false;
	if (poll(p, 2, millis) <= 0)
		return true;
	return !is_ended(s) && (p[1].revents == 0 || !is_left(s, p[1].revents));
}
