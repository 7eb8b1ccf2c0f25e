/* SPDX-License-Identifier: ISC
 * recipient/ldap_settings.c - copies and checks what an administrator wrote. */
#include "recipient/ldap_settings.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "recipient/ldap_link.h"
#include "recipient/secret.h"
#include "recipient/template.h"

/* The texts of a struct conf_ldap. */
static const size_t	texts[] = {
	offsetof(struct conf_ldap, name), offsetof(struct conf_ldap, uri),
	offsetof(struct conf_ldap, base), offsetof(struct conf_ldap, filter),
	offsetof(struct conf_ldap, bind_dn),
	offsetof(struct conf_ldap, password_file),
	offsetof(struct conf_ldap, ca_file),
	offsetof(struct conf_ldap, cert_file),
	offsetof(struct conf_ldap, key_file),
	offsetof(struct conf_ldap, export_filter),
	offsetof(struct conf_ldap, export_attributes),
};
enum { TEXTS = sizeof(texts) / sizeof(texts[0]) };

static char **
text_at(struct conf_ldap *conf, size_t i)
{
	void	*at = (char *)conf + texts[i];

	return at;
}

static void
free_words(char ***words)
{
	for (char **w = *words; w != NULL && *w != NULL; w++)
		free(*w);
	free(*words);
	*words = NULL;
}

/* What stands between spaces, ended by NULL. NULL: out of memory. */
static char **
split_words(const char *text)
{
	size_t	 n = 0, len;
	char	**words = calloc(strlen(text) / 2 + 2, sizeof(*words));

	if (words == NULL)
		return NULL;
	for (text += strspn(text, " "); *text != '\0';
	    text += len + strspn(text + len, " ")) {
		len = strcspn(text, " ");
		words[n] = strndup(text, len);
		if (words[n++] == NULL) {
			free_words(&words);
			return NULL;
		}
	}
	return words;
}

void
ldap_settings_free(struct ldap_settings **s)
{
	struct ldap_settings	*old = *s;

	*s = NULL;
	if (old == NULL)
		return;
	for (size_t i = 0; i < TEXTS; i++)
		free(*text_at(&old->conf, i));
	free_words(&old->uris);
	free_words(&old->attributes);
	tls_free(&old->tls);
	free(old);
}

/* 0, -1 out of memory: s can be freed. */
static int
copy(struct ldap_settings *s, const struct conf_ldap *conf)
{
	bool	whole = true;

	s->conf = *conf;
	s->conf.domains = NULL;
	for (size_t i = 0; i < TEXTS; i++) {
		char	**text = text_at(&s->conf, i);

		*text = strdup(*text);
		whole = whole && *text != NULL;
	}
	if (!whole)
		return -1;
	s->uris = split_words(s->conf.uri);
	s->attributes = split_words(s->conf.export_attributes);
	return s->uris != NULL && s->attributes != NULL ? 0 : -1;
}

static int
check_template(const char *text, struct err *e)
{
	static const struct template_values	nobody;
	char					*out;

	if (template_expand(text, &nobody, &out, e) == -1)
		return -1;
	free(out);
	return 0;
}

static int
check_password(const struct conf_ldap *conf, struct err *e)
{
	struct secret	password;

	if (conf->bind != CONF_BIND_SIMPLE || conf->bind_dn[0] == '\0')
		return 0;
	if (conf->password_file[0] == '\0')
		return err_set(e, "bind-dn without password-file");
	if (secret_read(conf->password_file, &password, e) == -1)
		return -1;
	secret_forget(&password);
	return 0;
}

/* Counts the servers, and reads the certificates if one of them needs any. */
static int
check_servers(struct ldap_settings *s, struct err *e)
{
	const struct tls_conf	conf = {
		.verify = s->conf.verify_certificate,
		.ca_file = s->conf.ca_file, .cert_file = s->conf.cert_file,
		.key_file = s->conf.key_file,
	};
	bool			any = false, tls;

	for (; s->uris[s->servers] != NULL; s->servers++) {
		if (ldap_link_check(&s->conf, s->uris[s->servers], &tls, e) ==
		    -1)
			return -1;
		any = any || tls;
	}
	if (s->servers == 0)
		return err_set(e, "uri names no server");
	if (!any)
		return 0;
	s->tls = tls_new(&conf, e);
	return s->tls != NULL ? 0 : -1;
}

static int
check(struct ldap_settings *s, struct err *e)
{
	if (check_servers(s, e) == -1)
		return -1;
	if (check_template(s->conf.base, e) == -1 ||
	    check_template(s->conf.filter, e) == -1)
		return -1;
	return check_password(&s->conf, e);
}

struct ldap_settings *
ldap_settings_new(const struct conf_ldap *conf, struct err *e)
{
	struct ldap_settings	*s = calloc(1, sizeof(*s));

	if (s == NULL || copy(s, conf) == -1)
		(void)err_set(e, "out of memory");
	else if (check(s, e) == 0)
		return s;
	ldap_settings_free(&s);
	return NULL;
}

int64_t
ldap_settings_timeout(const struct ldap_settings *s)
{
	return s->conf.timeout * 1000000;
}

void
ldap_settings_tell(const struct conf_ldap *conf, char out[LDAP_SETTINGS_TOLD])
{
	const char	*parts[] = { conf->uri, conf->base, conf->filter,
			    conf->bind_dn };
	uint8_t		 digests[5][DIGEST_SIZE] = { { 0 } };
	uint8_t		 told[DIGEST_SIZE];

	/* Of digests, so that no two settings run together to the same text. */
	for (size_t i = 0; i < 4; i++)
		digest_sha256(parts[i], strlen(parts[i]), digests[i]);
	digests[4][0] = (uint8_t)conf->scope;
	digest_sha256(digests, sizeof(digests), told);
	for (size_t i = 0; i < LDAP_SETTINGS_TOLD / 2 - 1; i++)
		(void)sprintf(out + 2 * i, "%02x", told[i]);
}
