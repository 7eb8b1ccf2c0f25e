/* SPDX-License-Identifier: ISC
 * control/metrics.c - the port that they are asked for on, and who is well. */
#include "control/metrics.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endpoint.h"
#include "base/log.h"
#include "control/http.h"

enum {
	AGAIN_SECONDS = 30,	/* between two tries to open the port */
	RECENT_SECONDS = 60,	/* a pass by on-error is recent */
	OK = 200, NOT_FOUND = 404, TROUBLE = 503
};

struct metrics {
	struct control_deps	 deps;
	char			*where;
	struct endpoint		 endpoint;
	pthread_mutex_t		 lock;		/* of the rest */
	struct http		*http;		/* NULL: not open */
	bool			 over;
	int64_t			 tried;
};

static void
put_line(FILE *out, bool *red, const char *what, const char *why)
{
	*red = true;
	(void)fputs(what, out);
	if (why != NULL)
		(void)fprintf(out, ": %s", why);
	(void)fputc('\n', out);
}

static void
look_at_store(FILE *out, bool *red, const struct control_deps *d,
    const struct conf *conf)
{
	struct alarm_state	s = alarm_get(d->alarms, ALARM_STORE);

	if (s.raised)
		put_line(out, red, conf->on_error == CONF_PASS ?
		    "mail passes unjudged (on-error = pass), the state is not "
		    "usable" : "mail is deferred unjudged (on-error = defer), "
		    "the state is not usable", s.sentence.text);
}

/* Also what is no trouble of the store: memory, descriptors. */
static void
look_at_passes(FILE *out, bool *red, const struct control_deps *d, int64_t now)
{
	struct json	*o = json_new_object();
	int64_t		 last;

	d->status(d->arg, o);
	last = json_get_int(o, "blind");
	if (last != 0 && now - last < RECENT_SECONDS && last - now <
	    RECENT_SECONDS)
		put_line(out, red, "mail passed unjudged (on-error = pass) "
		    "within the last minute; the log says why", NULL);
	json_free(&o);
}

static void
look_at_directories(FILE *out, bool *red, const struct control_deps *d,
    const struct conf *conf)
{
	struct alarm_state	s = alarm_get(d->alarms, ALARM_DIRECTORY);

	if (s.raised && conf->recipients.on_directory_failure.pass)
		put_line(out, red, "recipients pass unchecked "
		    "(on-directory-failure = pass)", s.sentence.text);
}

char *
metrics_health(const struct control_deps *d, int64_t now, bool *red,
    size_t *len)
{
	struct policy		*policy;
	const struct conf	*conf;
	char			*text = NULL;
	FILE			*out = open_memstream(&text, len);

	if (out == NULL)
		return NULL;
	*red = false;
	policy = live_ref(d->live);
	conf = policy_conf(policy);
	look_at_store(out, red, d, conf);
	look_at_passes(out, red, d, now);
	look_at_directories(out, red, d, conf);
	policy_unref(&policy);
	if (!*red)
		(void)fputs("ok\n", out);
	if (fclose(out) == EOF) {
		free(text);
		return NULL;
	}
	return text;
}

/* For http_open(). */
static void
answer(void *arg, const char *path, struct http_reply *out)
{
	const struct metrics	*m = arg;
	int64_t			 now = clock_seconds(&m->deps.clock);
	bool			 red = false;

	out->status = OK;
	out->type = "text/plain; charset=utf-8";
	if (strcmp(path, "/metrics") == 0) {
		out->type = "text/plain; version=0.0.4; charset=utf-8";
		out->body = metrics_text(&m->deps, now, &out->len);
	} else if (strcmp(path, "/healthz") == 0) {
		out->body = metrics_health(&m->deps, now, &red, &out->len);
		out->status = red ? TROUBLE : OK;
	} else {
		out->status = NOT_FOUND;
		out->body = strdup("not found: there are /metrics and "
		    "/healthz\n");
		out->len = out->body == NULL ? 0 : strlen(out->body);
	}
}

struct metrics *
metrics_new(const char *where, const struct control_deps *deps)
{
	struct metrics	*m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->where = strdup(where);
	if (m->where == NULL || endpoint_parse(where, &m->endpoint, NULL) ==
	    -1) {
		free(m->where);
		free(m);
		return NULL;
	}
	m->deps = *deps;
	(void)pthread_mutex_init(&m->lock, NULL);
	return m;
}

/* With the lock. */
static void
try_to_open(struct metrics *m, int64_t now)
{
	struct err	why, e;

	m->tried = now;
	if (http_open(&m->http, &m->endpoint, answer, m, &why) == 0) {
		alarm_clear(m->deps.alarms, ALARM_METRICS);
		log_info("metrics on http://%s/metrics", m->where);
		return;
	}
	(void)err_set(&e, "cannot open %s for metrics: %s (mail is not "
	    "concerned; end what has the port, or set metrics to another one "
	    "and restart)", m->where, why.text);
	alarm_raise(m->deps.alarms, ALARM_METRICS, now, e.text);
}

void
metrics_tend(struct metrics *m, int64_t now)
{
	if (m->endpoint.len == 0)
		return;
	pthread_mutex_lock(&m->lock);
	if (m->http == NULL && !m->over && (m->tried == 0 || now < m->tried ||
	    now >= m->tried + AGAIN_SECONDS))
		try_to_open(m, now);
	pthread_mutex_unlock(&m->lock);
}

void
metrics_stop(struct metrics *m)
{
	if (m == NULL)
		return;
	pthread_mutex_lock(&m->lock);
	m->over = true;
	http_close(&m->http);
	pthread_mutex_unlock(&m->lock);
}

void
metrics_free(struct metrics **m)
{
	if (*m == NULL)
		return;
	metrics_stop(*m);
	(void)pthread_mutex_destroy(&(*m)->lock);
	free((*m)->where);
	free(*m);
	*m = NULL;
}
