/* SPDX-License-Identifier: ISC
 * tests/bench/bench_raw_ldap.c - how many searches a second the LDAP library
 * does by itself: as many threads as handles, each waiting for its own answer.
 * What bench_recipients asks of a directory is measured beside it.
 *
 *	bench_raw_ldap COUNT URI BASE BIND-DN PASSWORD-FILE
 */
#include <ldap.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { THREADS = 8, SECONDS = 5, LIMIT = 2 };

struct bench {
	const char	*uri, *base, *bind_dn;
	char		 password[256];
	unsigned	 count;
	atomic_uint	 next, found;
};

struct worker {
	struct bench	*bench;
	LDAP		*ld;
	pthread_t	 thread;
};

static _Noreturn void
die(const char *what, int code)
{
	(void)fprintf(stderr, "bench_raw_ldap: %s: %s\n", what,
	    ldap_err2string(code));
	exit(1);
}

static double
wall(void)
{
	struct timespec	t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
cpu(void)
{
	struct rusage	u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void
read_password(struct bench *b, const char *path)
{
	FILE	*file = fopen(path, "r");

	if (file == NULL || fgets(b->password, sizeof(b->password), file) ==
	    NULL)
		die(path, LDAP_PARAM_ERROR);
	b->password[strcspn(b->password, "\n")] = '\0';
	(void)fclose(file);
}

static void
log_in(struct worker *w)
{
	const struct bench	*b = w->bench;
	struct berval		 password = { .bv_val = w->bench->password,
				     .bv_len = strlen(b->password) };
	int			 version = LDAP_VERSION3, code;

	code = ldap_initialize(&w->ld, b->uri);
	if (code == LDAP_SUCCESS)
		code = ldap_set_option(w->ld, LDAP_OPT_PROTOCOL_VERSION,
		    &version);
	if (code == LDAP_SUCCESS)
		code = ldap_sasl_bind_s(w->ld, b->bind_dn, LDAP_SASL_SIMPLE,
		    &password, NULL, NULL, NULL);
	if (code != LDAP_SUCCESS)
		die(b->uri, code);
}

static void
search(struct worker *w, unsigned nth)
{
	char		 none[] = LDAP_NO_ATTRS, *attributes[] = { none, NULL };
	char		 filter[80];
	struct timeval	 tv = { .tv_sec = SECONDS };
	LDAPMessage	*answer = NULL;
	int		 code;

	(void)snprintf(filter, sizeof(filter), "(mail=user%u@test.example)",
	    nth);
	code = ldap_search_ext_s(w->ld, w->bench->base, LDAP_SCOPE_SUBTREE,
	    filter, attributes, 0, NULL, NULL, &tv, LIMIT, &answer);
	if (code != LDAP_SUCCESS)
		die(filter, code);
	if (ldap_count_entries(w->ld, answer) == 1)
		atomic_fetch_add(&w->bench->found, 1);
	(void)ldap_msgfree(answer);
}

static void *
work(void *arg)
{
	struct worker	*w = arg;
	unsigned	 nth;

	while ((nth = atomic_fetch_add(&w->bench->next, 1)) < w->bench->count)
		search(w, nth);
	return NULL;
}

static void
run(struct bench *b)
{
	struct worker	worker[THREADS];
	double		took, used;

	for (int i = 0; i < THREADS; i++) {
		worker[i].bench = b;
		log_in(&worker[i]);
	}
	used = cpu();
	took = wall();
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&worker[i].thread, NULL, work,
		    &worker[i]) != 0)
			die("thread", LDAP_NO_MEMORY);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(worker[i].thread, NULL);
	took = wall() - took;
	used = cpu() - used;
	for (int i = 0; i < THREADS; i++)
		(void)ldap_unbind_ext_s(worker[i].ld, NULL, NULL);
	(void)printf("{\"count\": %u, \"threads\": %d, \"rate\": %.0f, "
	    "\"cpu_us\": %.1f, \"yes\": %u}\n", b->count, THREADS,
	    b->count / took, used * 1e6 / b->count, b->found);
}

int
main(int argc, char **argv)
{
	struct bench	b = { 0 };

	if (argc != 6)
		die("usage: COUNT URI BASE BIND-DN PASSWORD-FILE",
		    LDAP_PARAM_ERROR);
	b.count = (unsigned)strtoul(argv[1], NULL, 10);
	b.uri = argv[2];
	b.base = argv[3];
	b.bind_dn = argv[4];
	read_password(&b, argv[5]);
	run(&b);
	return 0;
}
