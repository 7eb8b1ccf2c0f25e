/* SPDX-License-Identifier: ISC
 * control/ctl_journal.c - finds the journal and says what is wrong with it. */
#include "control/ctl_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "control/client.h"
#include "control/ctl_reason.h"

enum { PATIENCE_MS = 10000, USUAL_WINDOW = 86400 };

int
ctl_journal_failed(const struct ctl *ctl, const struct err *e)
{
	(void)fputs("greyctl: ", ctl->messages);
	(void)print_text(ctl->messages, e->text);
	(void)fputc('\n', ctl->messages);
	return CTL_FAILED;
}

void
ctl_journal_torn(const struct ctl *ctl, const struct query_stats *s)
{
	if (s->torn > 0)
		(void)fprintf(ctl->messages, "greyctl: %ju line%s of the "
		    "journal left out: not whole, or of something else\n",
		    (uintmax_t)s->torn, s->torn == 1 ? "" : "s");
}

const char *
ctl_journal_time(int64_t millis, bool year, char out[PRINT_TIME_SIZE])
{
	time_t		at = (time_t)(millis / 1000);
	struct tm	tm;

	if (localtime_r(&at, &tm) == NULL || strftime(out, PRINT_TIME_SIZE,
	    year ? "%Y-%m-%d %H:%M:%S" : "%m-%d %H:%M:%S", &tm) == 0)
		(void)strcpy(out, "-");
	return out;
}

const char *
ctl_journal_client(const struct journal_line *line)
{
	if (line->verified && line->name != NULL && line->name[0] != '\0')
		return line->name;
	return line->client == NULL ? "local" : line->client;
}

/* Copies what decides about addresses; to be freed. */
static struct json *
question(const struct json *args)
{
	static const char *const	keys[] = { "sender", "recipient",
					    "person" };
	struct json			*q = json_new_object();

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (json_get_text(args, keys[i]) != NULL)
			json_add_text(q, keys[i], json_get_text(args, keys[i]));
	return q;
}

/* The daemon's answer, to be freed; NULL: *code is CTL_NO if it refused, else it
 * did not answer. */
static struct json *
ask(const struct ctl *ctl, const struct json *args, int *code, struct err *e)
{
	struct json		*q = question(args), *copy = NULL;
	const struct json	*item;
	struct client		*client;
	char			*text;

	*code = CTL_FAILED;
	if (client_open(&client, ctl->socket, e) == -1) {
		json_free(&q);
		return NULL;
	}
	if (client_ask(client, "journal", &q, e) == 0 &&
	    client_next(client, PATIENCE_MS, &item, code, e) == 1) {
		text = json_dump(item, 0);
		copy = text == NULL ? NULL : json_parse(text, strlen(text), e);
		free(text);
	}
	client_close(&client);
	return copy;
}

static void
take_answer(struct ctl_journal *j, const struct json *args)
{
	const struct json	*from = j->answer == NULL ? args : j->answer;

	j->sender = json_get_text(from, "sender");
	j->recipient = json_get_text(from, "recipient");
	j->person = json_get_text(from, "person");
	j->window = USUAL_WINDOW;
	if (json_has_int(j->answer, "window"))
		j->window = json_get_int(j->answer, "window");
}

static int
find(struct ctl_journal *j, const struct ctl *ctl, const struct json *args,
    struct err *e)
{
	int	code;

	j->path = json_get_text(args, "journal");
	if (j->path == NULL) {
		j->answer = ask(ctl, args, &code, e);
		j->path = json_get_text(j->answer, "path");
		if (j->path == NULL && code == CTL_NO)
			return -1;
	}
	if (j->path == NULL) {
		(void)ctl_journal_failed(ctl, e);
		(void)fprintf(ctl->messages, "greyctl: reading %s without it; "
		    "--journal names another file\n", CTL_JOURNAL_PATH);
		j->path = CTL_JOURNAL_PATH;
	}
	take_answer(j, args);
	return 0;
}

/* The group that may read the file, or, where its folder is closed, that one's.
 * Whether there is one. */
static bool
readers_of(const char *path, gid_t *out)
{
	struct stat	 st = { 0 };
	char		*folder, *slash;
	int		 rc;

	if (stat(path, &st) == 0) {
		*out = st.st_gid;
		return (st.st_mode & S_IRGRP) != 0;
	}
	folder = strdup(path);
	slash = folder == NULL ? NULL : strrchr(folder, '/');
	if (slash != NULL && slash != folder)
		*slash = '\0';
	rc = slash == NULL ? -1 : stat(folder, &st);
	free(folder);
	*out = st.st_gid;
	return rc == 0 && (st.st_mode & S_IXGRP) != 0;
}

static int
no_permission(const char *path, struct err *e)
{
	const struct group	*g;
	gid_t			 gid;

	if (!readers_of(path, &gid))
		return err_set(e, "no permission to read %s: only its owner "
		    "and root may; run this with sudo", path);
	g = getgrgid(gid);
	if (g == NULL)
		return err_set(e, "no permission to read %s: only root and "
		    "members of group %ju may; run this with sudo", path,
		    (uintmax_t)gid);
	return err_set(e, "no permission to read %s: only root and members of "
	    "group %s may; run this with sudo, or join that group: usermod "
	    "-aG %s USER", path, g->gr_name, g->gr_name);
}

/* It may be that log rotation has just moved it. */
static int
check_there(const char *path, struct err *e)
{
	char	**files = NULL;
	size_t	  n = 0;
	int	  rc = journal_files(path, &files, &n, NULL);

	for (size_t i = 0; i < n; i++)
		free(files[i]);
	free(files);
	if (rc == 0 && n > 1)
		return 0;
	return err_set(e, "there is no journal at %s: greyctl status tells "
	    "where it is; --journal names another file", path);
}

static int
check_readable(const char *path, struct err *e)
{
	int	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd != -1)
		return close(fd);
	if (errno == ENOENT || errno == ENOTDIR)
		return check_there(path, e);
	return errno == EACCES || errno == EPERM ? no_permission(path, e) : 0;
}

static struct journal_span
span_of(const struct json *args)
{
	struct journal_span	s = { INT64_MIN, INT64_MAX };

	if (json_has_int(args, "since"))
		s.from = json_get_int(args, "since") * 1000;
	if (json_has_int(args, "until"))
		s.until = json_get_int(args, "until") * 1000;
	return s;
}

static int
make_clients(struct ctl_journal *j, const char *net, struct err *e)
{
	struct err	why;

	if (net == NULL)
		return 0;
	j->clients = netset_new();
	if (j->clients == NULL)
		return err_set(e, "out of memory");
	if (netset_add(j->clients, net, &why) == -1)
		return err_set(e, "--client: %s; give an address such as "
		    "192.0.2.1 or a network such as 192.0.2.0/24; --name "
		    "takes host names", why.text);
	return 0;
}

static int
make_query(struct ctl_journal *j, const struct json *args, struct err *e)
{
	const struct query_wish	w = {
		.span = span_of(args),
		.verdict = json_get_text(args, "verdict"),
		.reason = json_get_text(args, "reason"),
		.clients = j->clients,
		.sender = j->sender, .recipient = j->recipient,
		.person = j->person,
		.identity = json_get_text(args, "identity"),
		.name = json_get_text(args, "name"),
		.rule = json_get_text(args, "rule"),
		.id = json_get_text(args, "id"),
	};

	if (w.span.from >= w.span.until)
		return err_set(e, "nothing is before --until and not before "
		    "--since: the two may be the wrong way round");
	return query_new(&j->query, &w, e);
}

int
ctl_journal_open(struct ctl_journal *j, const struct ctl *ctl,
    const struct ctl_request *r, struct err *e)
{
	*j = (struct ctl_journal){ .answer = NULL };
	if (ctl_reason_check(json_get_text(r->args, "reason"), e) == 0 &&
	    make_clients(j, json_get_text(r->args, "client"), e) == 0 &&
	    find(j, ctl, r->args, e) == 0 && check_readable(j->path, e) == 0 &&
	    make_query(j, r->args, e) == 0)
		return 0;
	ctl_journal_close(j);
	return -1;
}

void
ctl_journal_close(struct ctl_journal *j)
{
	query_free(&j->query);
	netset_free(&j->clients);
	json_free(&j->answer);
}
