/* SPDX-License-Identifier: ISC
 * recipient/unix.c - the system's users and an alias file as a source. */
#include "recipient/unix.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "recipient/alias_file.h"
#include "recipient/list.h"
#include "recipient/users.h"

enum { SEATS = 2 };

struct unix_settings {
	struct alias_file	*aliases;	/* NULL for none */
	char			**domains;	/* of each name, for list() */
	size_t			 n_domains;
	/* getpwent_r(3) has one place in the list for the whole process: two
	 * that walk it at once would halve it between them. It is walked for
	 * the control socket only, which has one walk at a time; this is for
	 * who does otherwise. */
	pthread_mutex_t		 listing;
};

static void *
seat_new(const struct source *s)
{
	(void)s;
	return users_new();
}

static void
seat_free(const struct source *s, void **seat)
{
	struct users	*u = *seat;

	(void)s;
	*seat = NULL;
	users_free(&u);
}

static void
lower(char *s)
{
	for (; *s != '\0'; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s + ('a' - 'A'));
}

/* A local part: an alias, a user, or a user in lower case. */
static int
ask_name(const struct unix_settings *u, struct users *users,
    const char *local, struct err *e)
{
	char	name[ADDRESS_MAX + 1], small[ADDRESS_MAX + 1];
	int	answer;

	if (u->aliases != NULL && alias_file_has(u->aliases, local))
		return 1;
	address_unquote(local, name);
	answer = users_have(users, name, e);
	if (answer != 0)
		return answer;
	memcpy(small, name, strlen(name) + 1);
	lower(small);
	return strcmp(small, name) != 0 ? users_have(users, small, e) : 0;
}

static int
ask(const struct source *s, void *seat, const struct address *a, bool *down,
    struct err *e)
{
	const struct unix_settings	*u = s->settings;
	int				 answer;

	answer = ask_name(u, seat, a->local, e);
	if (answer != 1 && a->base_local[0] != '\0') {
		int	base = ask_name(u, seat, a->base_local, e);

		answer = base != 0 ? base : answer;
	}
	*down = answer == -1;
	return answer;
}

/* Names as they are gathered. */
struct gathering {
	struct list	*names;
	bool		 failed;
};

static bool
add_alias(const char *name, void *arg)
{
	struct gathering	*g = arg;

	g->failed = list_add(g->names, name, strlen(name)) == -1;
	return !g->failed;
}

/* A user as the local part of an address: in quotes where it needs them. */
static bool
add_user(const char *name, void *arg)
{
	static const struct address_rule	as_it_is = { "", true };
	char					*quoted, *to;
	struct address				 a;
	bool					 done;

	to = quoted = malloc(2 * strlen(name) + 3);
	if (quoted == NULL) {
		((struct gathering *)arg)->failed = true;
		return false;
	}
	*to++ = '"';
	for (; *name != '\0'; name++) {
		if (*name == '"' || *name == '\\')
			*to++ = '\\';
		*to++ = *name;
	}
	*to++ = '"';
	*to = '\0';
	done = address_make(&a, quoted, &as_it_is) == -1 ||
	    add_alias(a.local, arg);
	free(quoted);
	return done;
}

static int
add_users(const struct source *s, struct gathering *g, struct err *e)
{
	struct unix_settings	*u = s->settings;
	struct users		*users = users_new();
	int			 status;

	if (users == NULL)
		return err_set(e, "out of memory for the system's users");
	(void)pthread_mutex_lock(&u->listing);
	status = users_walk(users, add_user, g, e);
	(void)pthread_mutex_unlock(&u->listing);
	users_free(&users);
	return status;
}

struct giving {
	const struct unix_settings	*u;
	bool				(*each)(const char *address, void *arg);
	void				*arg;
};

static bool
give_name(const char *text, size_t len, void *arg)
{
	const struct giving	*g = arg;
	char			 address[2 * ADDRESS_MAX + 2];

	for (size_t i = 0; i < g->u->n_domains; i++) {
		(void)snprintf(address, sizeof(address), "%.*s@%s", (int)len,
		    text, g->u->domains[i]);
		if (!g->each(address, g->arg))
			return false;
	}
	return true;
}

static int
gather(const struct source *s, struct list *names, struct err *e)
{
	const struct unix_settings	*u = s->settings;
	struct gathering		 g = { names, false };

	if (add_users(s, &g, e) == -1)
		return -1;
	if (u->aliases != NULL && !g.failed)
		alias_file_walk(u->aliases, add_alias, &g);
	return g.failed ? err_set(e, "out of memory for users") : 0;
}

static int
list(const struct source *s, bool (*each)(const char *address, void *arg),
    void *arg, struct err *e)
{
	struct list	*names = list_new();
	int		 status;

	if (names == NULL)
		return err_set(e, "out of memory for the system's users");
	status = gather(s, names, e);
	if (status == 0)
		list_walk(names, give_name,
		    &(struct giving){ s->settings, each, arg });
	list_unref(&names);
	return status;
}

static void
settings_free(struct unix_settings *u)
{
	alias_file_close(&u->aliases);
	for (size_t i = 0; i < u->n_domains; i++)
		free(u->domains[i]);
	free(u->domains);
	(void)pthread_mutex_destroy(&u->listing);
	free(u);
}

static void
source_free(struct source **s)
{
	if (*s == NULL)
		return;
	settings_free((*s)->settings);
	free(*s);
	*s = NULL;
}

/* The domains among the names; an address is none. */
static int
copy_domains(struct unix_settings *u, const struct nameset *from)
{
	size_t	n = nameset_count(from);

	u->domains = calloc(n + 1, sizeof(*u->domains));
	if (u->domains == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const char *name = nameset_at(from, i);

		if (strchr(name, '@') != NULL)
			continue;
		u->domains[u->n_domains] = strdup(name);
		if (u->domains[u->n_domains] == NULL)
			return -1;
		u->n_domains++;
	}
	return 0;
}

static struct unix_settings *
settings_new(const struct conf_unix *conf, const struct nameset *local_domains,
    struct err *e)
{
	struct unix_settings	*u = calloc(1, sizeof(*u));

	if (u == NULL) {
		(void)err_set(e, "out of memory for the system's users");
		return NULL;
	}
	(void)pthread_mutex_init(&u->listing, NULL);
	if (copy_domains(u, nameset_count(conf->domains) > 0 ? conf->domains :
	    local_domains) == -1)
		(void)err_set(e, "out of memory for the system's users");
	else if (conf->aliases[0] == '\0' ||
	    alias_file_open(conf->aliases, &u->aliases, e) == 0)
		return u;
	settings_free(u);
	return NULL;
}

static void
tell(struct source *s, const char *aliases)
{
	uint8_t	digest[DIGEST_SIZE];

	digest_sha256(aliases, strlen(aliases), digest);
	for (size_t i = 0; i < DIGEST_SIZE / 2; i++)
		(void)snprintf(s->told + 2 * i, 3, "%02x", digest[i]);
}

int
unix_source_new(const struct conf_unix *conf,
    const struct nameset *local_domains, struct source **out, struct err *e)
{
	struct source	*s = calloc(1, sizeof(*s));

	if (s == NULL)
		return err_set(e, "out of memory for the system's users");
	*s = (struct source){ .seats = SEATS, .seat_new = seat_new,
	    .seat_free = seat_free, .ask = ask, .list = list,
	    .free = source_free };
	tell(s, conf->aliases);
	if ((size_t)snprintf(s->name, sizeof(s->name), "unix:%s",
	    conf->name) >= sizeof(s->name))
		(void)err_set(e, "unix \"%.40s...\": the name is too long",
		    conf->name);
	else if ((s->settings = settings_new(conf, local_domains, e)) != NULL) {
		*out = s;
		return 0;
	}
	free(s);
	return -1;
}
