/* SPDX-License-Identifier: ISC
 * tests/lib/slapd_world.h - a private OpenLDAP server in a temporary folder,
 * and servers that misbehave. What fails ends the test program. tests/lib/slapd.sh
 * tells who is in the directory. */
#ifndef TESTS_LIB_SLAPD_WORLD_H
#define TESTS_LIB_SLAPD_WORLD_H

#include <sys/types.h>

enum { SLAPD_TEXT = 160 };

struct slapd {
	char	 top[64];		/* removed at the end */
	pid_t	 pid;			/* 0: it does not run */
	int	 port, tls_port;
	char	 ldap[SLAPD_TEXT], ldaps[SLAPD_TEXT], ldapi[SLAPD_TEXT];
	char	 misnamed[SLAPD_TEXT];	/* ldaps, by an address that its
					 * certificate does not name */
	char	 ca[SLAPD_TEXT], wrong_ca[SLAPD_TEXT];
	char	 cert[SLAPD_TEXT], key[SLAPD_TEXT];	/* of a client */
	char	 wrong_key[SLAPD_TEXT];			/* of somebody else */
	char	 password[SLAPD_TEXT], wrong_password[SLAPD_TEXT];
	char	 empty_password[SLAPD_TEXT];
};

/* Makes and starts one; stops and removes it, and sets *s to NULL. */
struct slapd *slapd_new(void);
void	slapd_free(struct slapd **s);

/* On the same ports each time; started is when it answers. */
void	slapd_start(struct slapd *s);
void	slapd_kill(struct slapd *s);
void	slapd_freeze(struct slapd *s);	/* SIGSTOP */
void	slapd_thaw(struct slapd *s);

/* Has ldapadd, ldapmodify or ldapdelete read a text as the directory's
 * administrator, over the socket; with -M, so that referrals are entries. */
void	slapd_change(struct slapd *s, const char *tool, const char *base,
	    const char *text);

/* Starts it anew with a certificate whose time is over. */
void	slapd_let_certificate_expire(struct slapd *s);

/* Writes a file of the folder anew. */
void	slapd_write(struct slapd *s, const char *name, const char *text);

/* A server that is none. */
enum mute {
	MUTE,			/* accepts, and says nothing */
	MUTE_AFTER_START_TLS,	/* says yes to StartTLS, then nothing */
	MUTE_NO_START_TLS,	/* says that it does not know StartTLS */
	MUTE_DRIPS,		/* answers with the beginning of a long TLS
				 * record, or message, byte by byte */
	MUTE_HANGS_UP,		/* says yes to a bind, and goes at a search */
	MUTE_TIRES,		/* says yes to a bind after 0.9 s, no to the
				 * first search, and then nothing */
	MUTE_ANSWERS,		/* says yes to a bind, and MUTE_ANSWERS + n
				 * answers searches with the result code n */
};
struct mute_server {
	pid_t	pid;
	int	port;
	int	input;		/* kept open for it, or 0 */
};
struct mute_server mute_start(int how);
void	mute_stop(struct mute_server *m);

/* One that has the certificate of a slapd, and sends these bytes in one TLS
 * record to who comes first, asked for or not. */
struct mute_server mute_start_tls(struct slapd *s, const void *bytes,
	    size_t len);

/* A port that nobody listens on. */
int	free_port(void);

#endif
