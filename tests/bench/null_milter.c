/* SPDX-License-Identifier: ISC
 * tests/bench/null_milter.c - a filter that does nothing, from the same
 * libmilter: what Greygate is measured against.
 *
 *   null_milter -m same|rcpt|none SOCKET
 *
 * same  asks for the stages, replies and macros that milter/mlfi.c asks for
 * rcpt  asks for recipients alone (and the end of message, which the protocol
 *       always sends)
 * none  negotiates away all that can be */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <libmilter/mfapi.h>

enum mode { SAME, RCPT, NONE };

/* libmilter hands nothing to its first callback. */
static enum mode	mode;

enum {
	NO_TEXT = SMFIP_NOEOH | SMFIP_NOBODY | SMFIP_NOUNKNOWN,
	NO_REPLY = SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_HDR,
	NO_ENVELOPE = SMFIP_NOHDRS | SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOMAIL | SMFIP_NODATA
};

/* As mlfi.c does, so that the MTA sends the same. */
static void
ask_for_macros(SMFICTX *ctx)
{
	static char	at_connect[] =
	    "v {client_addr} {client_name} {client_resolve}";
	static char	at_helo[] = "{cert_subject} {cert_issuer} {verify}";
	static char	at_mail[] =
	    "{auth_authen} {cert_subject} {cert_issuer} {verify}";
	static char	at_rcpt[] = "i {rcpt_addr}";

	(void)smfi_setsymlist(ctx, SMFIM_CONNECT, at_connect);
	(void)smfi_setsymlist(ctx, SMFIM_HELO, at_helo);
	(void)smfi_setsymlist(ctx, SMFIM_ENVFROM, at_mail);
	(void)smfi_setsymlist(ctx, SMFIM_ENVRCPT, at_rcpt);
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long has_actions, unsigned long has_steps,
    unsigned long u1, unsigned long u2, unsigned long *actions,
    unsigned long *steps, unsigned long *o1, unsigned long *o2)
{
	unsigned long	wanted = NO_TEXT;

	(void)u1;
	(void)u2;
	*actions = 0;
	if (mode == SAME) {
		wanted |= NO_REPLY;
		*actions = has_actions & (SMFIF_ADDHDRS | SMFIF_SETSYMLIST);
		ask_for_macros(ctx);
	} else
		wanted |= NO_ENVELOPE | (mode == NONE ? SMFIP_NORCPT : 0UL);
	*steps = has_steps & wanted;
	*o1 = *o2 = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
on_connect(SMFICTX *ctx, char *host, _SOCK_ADDR *addr)
{
	(void)ctx;
	(void)host;
	(void)addr;
	return SMFIS_NOREPLY;
}

static sfsistat
on_text(SMFICTX *ctx, char *text)
{
	(void)ctx;
	(void)text;
	return SMFIS_NOREPLY;
}

static sfsistat
on_mail(SMFICTX *ctx, char **args)
{
	(void)ctx;
	(void)args;
	return SMFIS_NOREPLY;
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **args)
{
	(void)ctx;
	(void)args;
	return SMFIS_CONTINUE;
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	(void)ctx;
	(void)name;
	(void)value;
	return SMFIS_NOREPLY;
}

static sfsistat
on_event(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_CONTINUE;
}

int
main(int argc, char **argv)
{
	static char	name[] = "null";
	struct smfiDesc	desc = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_ADDHDRS | SMFIF_SETSYMLIST,
		.xxfi_negotiate = on_negotiate,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_text,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_data = on_event,
		.xxfi_header = on_header,
		.xxfi_eom = on_event,
		.xxfi_abort = on_event,
		.xxfi_close = on_event,
	};

	if (argc != 4 || strcmp(argv[1], "-m") != 0) {
		fprintf(stderr, "usage: null_milter -m same|rcpt|none SOCKET\n");
		return 64;
	}
	mode = strcmp(argv[2], "same") == 0 ? SAME :
	    strcmp(argv[2], "rcpt") == 0 ? RCPT : NONE;
	if (smfi_setconn(argv[3]) == MI_FAILURE ||
	    smfi_register(desc) == MI_FAILURE ||
	    smfi_opensocket(true) == MI_FAILURE) {
		fprintf(stderr, "null_milter: cannot listen at %s\n", argv[3]);
		return 69;
	}
	return smfi_main() == MI_SUCCESS ? 0 : 70;
}
