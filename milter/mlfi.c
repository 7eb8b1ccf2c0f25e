/* SPDX-License-Identifier: ISC
 * milter/mlfi.c - libmilter's callbacks, each one line of session work. The
 * only file that includes mfapi.h: a change of MTA protocol ends here. */
#include "milter/mlfi.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>		/* before mfapi.h, or bool is an int */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <libmilter/mfapi.h>

#include "base/clock.h"
#include "base/log.h"
#include "milter/dial.h"

/* The first callback of a connection gets no argument of ours. */
static const struct app *app;

/* Stages that tell us nothing, and replies that are always "go on" (libmilter
 * makes up for an MTA that wants these all the same). */
static const unsigned long no_stages =
    SMFIP_NOEOH | SMFIP_NOBODY | SMFIP_NOUNKNOWN;
static const unsigned long no_replies =
    SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_HDR;

/* Each macro is asked for by name, so that the MTA's settings do not matter. */
static void
ask_for_macros(SMFICTX *ctx)
{
	static char	at_connect[] =
	    "v {client_addr} {client_name} {client_resolve} "
			    "{daemon_name}";
	static char	at_helo[] = "{cert_subject} {cert_issuer} {verify}";
	static char	at_mail[] = "{auth_authen} {cert_subject} {cert_issuer} "
			    "{verify} {tls_version}";
	static char	at_eom[] = "i";
	char		at_rcpt[1024] = "i {rcpt_addr}";

	session_rule_macros(app, at_rcpt, sizeof(at_rcpt));
	(void)smfi_setsymlist(ctx, SMFIM_CONNECT, at_connect);
	(void)smfi_setsymlist(ctx, SMFIM_HELO, at_helo);
	(void)smfi_setsymlist(ctx, SMFIM_ENVFROM, at_mail);
	(void)smfi_setsymlist(ctx, SMFIM_ENVRCPT, at_rcpt);
	(void)smfi_setsymlist(ctx, SMFIM_EOM, at_eom);
}

static struct session *
begin(SMFICTX *ctx)
{
	struct session	*s = smfi_getpriv(ctx);

	if (s == NULL) {
		s = session_new(app);
		(void)smfi_setpriv(ctx, s);
	}
	return s;
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps,
    unsigned long f2, unsigned long f3, unsigned long *want_actions,
    unsigned long *want_steps, unsigned long *want_f2, unsigned long *want_f3)
{
	struct session	*s = begin(ctx);

	(void)f2, (void)f3;
	*want_actions = actions & (SMFIF_ADDHDRS | SMFIF_SETSYMLIST);
	*want_steps = (steps & no_stages) | no_replies;
	if (s == NULL || !session_wants_headers(s))
		*want_steps |= steps & SMFIP_NOHDRS;
	*want_f2 = *want_f3 = 0;
	if (actions & SMFIF_SETSYMLIST)
		ask_for_macros(ctx);
	/* An MTA that can leave DATA out is one that tells of it. */
	if (s != NULL)
		session_has_data(s, (steps & SMFIP_NODATA) != 0);
	return SMFIS_CONTINUE;
}

static char *
macro(SMFICTX *ctx, const char *symbol)
{
	char	name[80];

	(void)snprintf(name, sizeof(name), "%s", symbol);
	return smfi_getsymval(ctx, name);
}

static const char *
rule_macro(void *ctx, const char *name)
{
	return macro(ctx, name);
}

static sfsistat
on_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *addr)
{
	struct session		*s = begin(ctx);
	struct session_connect	 c = {
		.addr = (const struct sockaddr *)addr,
		.client_name = macro(ctx, "{client_name}"),
		.client_resolve = macro(ctx, "{client_resolve}"),
		.mta = macro(ctx, "v"),
		.daemon_name = macro(ctx, "{daemon_name}"),
	};

	if (c.client_name == NULL)
		c.client_name = host;
	if (s != NULL)
		session_connect(s, &c);
	return SMFIS_NOREPLY;
}

static sfsistat
on_helo(SMFICTX *ctx, char *name)
{
	struct session	*s = smfi_getpriv(ctx);

	if (s != NULL)
		session_helo(s, name);
	return SMFIS_NOREPLY;
}

static sfsistat
on_mail(SMFICTX *ctx, char **args)
{
	struct session		*s = smfi_getpriv(ctx);
	struct session_mail	 m = {
		.path = args[0],
		.auth = macro(ctx, "{auth_authen}"),
		.cert_subject = macro(ctx, "{cert_subject}"),
		.cert_issuer = macro(ctx, "{cert_issuer}"),
		.verify = macro(ctx, "{verify}"),
		.tls_version = macro(ctx, "{tls_version}"),
	};

	if (s != NULL)
		session_mail(s, &m);
	return SMFIS_NOREPLY;
}

static sfsistat
answer(SMFICTX *ctx, struct answer a)
{
	if (a.kind == ANSWER_GO_ON)
		return SMFIS_CONTINUE;
	if (smfi_setreply(ctx, a.code, a.status, a.text) != MI_SUCCESS)
		log_warn("libmilter refused the reply %s %s %s", a.code,
		    a.status, a.text);
	return a.kind == ANSWER_DEFER ? SMFIS_TEMPFAIL : SMFIS_REJECT;
}

/* Without a session memory was out at connect: mail flows. */
static sfsistat
on_rcpt(SMFICTX *ctx, char **args)
{
	struct session		*s = smfi_getpriv(ctx);
	struct session_rcpt	 r = {
		.path = args[0],
		.address = macro(ctx, "{rcpt_addr}"),
		.queue = macro(ctx, "i"),
		.macro = rule_macro, .macro_arg = ctx,
	};

	return s == NULL ? SMFIS_CONTINUE : answer(ctx, session_rcpt(s, &r));
}

static sfsistat
on_data(SMFICTX *ctx)
{
	struct session	*s = smfi_getpriv(ctx);

	return s == NULL ? SMFIS_CONTINUE : answer(ctx, session_data(s));
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	struct session	*s = smfi_getpriv(ctx);

	if (s != NULL)
		session_header(s, name, value);
	return SMFIS_NOREPLY;
}

static sfsistat
on_eom(SMFICTX *ctx)
{
	struct session	*s = smfi_getpriv(ctx);
	char		 name[SESSION_HEADER_SIZE], value[SESSION_HEADER_SIZE];
	struct answer	 a;

	if (s == NULL)
		return SMFIS_CONTINUE;
	a = session_eom(s, macro(ctx, "i"), name, value);
	if (a.kind == ANSWER_GO_ON && value[0] != '\0')
		(void)smfi_addheader(ctx, name, value);
	session_end_message(s);
	return answer(ctx, a);
}

/* Between two messages: eom and abort exclude each other. */
static sfsistat
on_abort(SMFICTX *ctx)
{
	struct session	*s = smfi_getpriv(ctx);

	if (s != NULL)
		session_end_message(s);
	return SMFIS_CONTINUE;
}

/* Always called, even where connect never was. */
static sfsistat
on_close(SMFICTX *ctx)
{
	struct session	*s = smfi_getpriv(ctx);

	(void)smfi_setpriv(ctx, NULL);
	session_free(&s);
	return SMFIS_CONTINUE;
}

/* smfi_opensocket() removes a unix socket even while it is being served. */
static int
refuse_served_socket(const char *listen, struct err *e)
{
	int	fd;

	if (strncmp(listen, "unix:", 5) != 0 || (fd = dial(listen)) == -1)
		return 0;
	(void)close(fd);
	return err_set(e, "another program serves %s (stop it, or set another "
	    "listen)", listen);
}

int
mlfi_open(const char *listen, struct err *e)
{
	static char	name[] = "greygate";
	struct smfiDesc	desc = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_ADDHDRS | SMFIF_SETSYMLIST,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_helo,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_header = on_header,
		.xxfi_data = on_data,
		.xxfi_eom = on_eom,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
		.xxfi_negotiate = on_negotiate,
	};
	char		where[256];
	mode_t		mask;
	int		opened;

	if (refuse_served_socket(listen, e) == -1)
		return -1;
	(void)snprintf(where, sizeof(where), "%s", listen);
	if (smfi_setconn(where) != MI_SUCCESS ||
	    smfi_register(desc) != MI_SUCCESS)
		return err_set(e, "cannot listen on %s", listen);
	(void)smfi_setbacklog(SOMAXCONN);
	mask = umask(0007);
	opened = smfi_opensocket(true);
	(void)umask(mask);
	if (opened != MI_SUCCESS)
		return err_set(e, "cannot listen on %s: is the port taken, the "
		    "address not of this host, or the folder of the socket "
		    "missing or not writable?",
		    listen);
	if (strncmp(listen, "unix:", 5) == 0)
		(void)chmod(listen + 5, 0660);
	return 0;
}

int
mlfi_run(const struct app *with)
{
	app = with;
	return smfi_main() == MI_SUCCESS ? 0 : -1;
}

static void *
stop(void *arg)
{
	(void)smfi_stop();
	return arg;
}

/* smfi_stop() waits for the listener, which looks up every five seconds, or
 * when somebody comes: so somebody comes. */
void
mlfi_stop(const char *listen)
{
	struct timespec	until = clock_deadline(50);
	pthread_t	stopping;
	int		fd;

	if (pthread_create(&stopping, NULL, stop, NULL) != 0) {
		(void)smfi_stop();
		return;
	}
	while (pthread_timedjoin_np(stopping, NULL, &until) == ETIMEDOUT) {
		fd = dial(listen);
		if (fd != -1)
			(void)close(fd);
		until = clock_deadline(50);
	}
}
