/* SPDX-License-Identifier: ISC
 * base/patternset.c - patterns by a hash of their text: a look-up tries the text
 * itself and what is left of it at each dot. */
#include "base/patternset.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/netset.h"

enum {
	DOMAIN_MAX = 255,		/* RFC 5321, 4.5.3.1.2 */
	TEXT_MAX = 640			/* with room for long local parts */
};

struct patternset {
	enum pattern_kind kind;
	char		**texts;	/* in lower case, each once */
	size_t		  used, size;
	size_t		 *slots;	/* 1 + an index of texts; 0: free */
	size_t		  n_slots;	/* a power of two, over 2 * used */
};

/* A text in three pieces, as "name:", "*" and ".example.net". */
struct key {
	const char	*piece[3];
	size_t		 len[3];
};

struct patternset *
patternset_new(enum pattern_kind kind)
{
	struct patternset	*s = calloc(1, sizeof(*s));

	if (s != NULL)
		s->kind = kind;
	return s;
}

void
patternset_free(struct patternset **s)
{
	if (*s == NULL)
		return;
	for (size_t i = 0; i < (*s)->used; i++)
		free((*s)->texts[i]);
	free((*s)->texts);
	free((*s)->slots);
	free(*s);
	*s = NULL;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* FNV-1a. The patterns are the administrator's: nobody else fills the table. */
static uint64_t
hash(const struct key *k)
{
	uint64_t	h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < 3; i++)
		for (size_t n = 0; n < k->len[i]; n++)
			h = (h ^ (unsigned char)lower(k->piece[i][n])) *
			    UINT64_C(1099511628211);
	return h ^ h >> 32;
}

static bool
is_text(const struct key *k, const char *text)
{
	for (size_t i = 0; i < 3; i++)
		for (size_t n = 0; n < k->len[i]; n++)
			if (*text++ != lower(k->piece[i][n]))
				return false;
	return *text == '\0';
}

/* The slot that has the key, or the free one where it belongs. */
static size_t
find(const struct patternset *s, const struct key *k)
{
	size_t	at = (size_t)hash(k) & (s->n_slots - 1);

	while (s->slots[at] != 0 && !is_text(k, s->texts[s->slots[at] - 1]))
		at = (at + 1) & (s->n_slots - 1);
	return at;
}

static bool
has_key(const struct patternset *s, const struct key *k)
{
	return s->n_slots > 0 && s->slots[find(s, k)] != 0;
}

static struct key
whole(const char *text)
{
	return (struct key){ { text, "", "" }, { strlen(text), 0, 0 } };
}

static int
grow(struct patternset *s)
{
	size_t		  size = s->size ? s->size * 2 : 8;
	char		**texts = reallocarray(s->texts, size, sizeof(*texts));
	size_t		 *slots;
	struct key	  k;

	if (texts == NULL)
		return -1;
	s->texts = texts;
	slots = calloc(size * 4, sizeof(*slots));
	if (slots == NULL)
		return -1;
	free(s->slots);
	s->slots = slots;
	s->n_slots = size * 4;
	s->size = size;
	for (size_t i = 0; i < s->used; i++) {
		k = whole(s->texts[i]);
		s->slots[find(s, &k)] = i + 1;
	}
	return 0;
}

static bool
is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	    c == '_' || (unsigned char)c >= 0x80;
}

/* "example.net" or "*.example.net", in lower case. */
static bool
is_domain(const char *text)
{
	size_t	label = 0;

	if (strncmp(text, "*.", 2) == 0)
		text += 2;
	if (strlen(text) > DOMAIN_MAX)
		return false;
	for (; *text != '\0'; text++) {
		if (*text == '.' ? label == 0 : !is_label_char(*text))
			return false;
		label = *text == '.' ? 0 : label + 1;
	}
	return label > 0;
}

/* Of HELO: an address in brackets (RFC 5321, 4.1.3). */
static bool
is_literal(const char *text)
{
	size_t	len = strlen(text);

	return len > 2 && text[0] == '[' && text[len - 1] == ']' &&
	    strspn(text + 1, "0123456789abcdefipv:.") == len - 2;
}

static bool
is_local(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f ||
		    text[i] == '*')
			return false;
	return true;
}

static int
check_address(const char *text, struct err *e)
{
	const char	*at = strrchr(text, '@');

	if (strcmp(text, "<>") == 0)
		return 0;
	if (at == NULL)
		return err_set(e, "no @ in it: \"%s\" (a domain is written "
		    "\"@%s\")", text, text);
	if (!is_local(text, (size_t)(at - text)) ||
	    (at > text && strncmp(at, "@*.", 3) == 0))
		return err_set(e, "a * that does not stand alone behind the @, "
		    "or a blank: \"%s\"", text);
	if (at > text && at[1] == '\0')
		return 0;
	return is_domain(at + 1) ? 0 :
	    err_set(e, "not a domain after the @: \"%s\"", text);
}

static int
check_network(const char *text, struct err *e)
{
	struct netset	*s = netset_new();
	int		 status;

	if (s == NULL)
		return err_set(e, "out of memory");
	status = netset_add(s, text, e);
	netset_free(&s);
	return status;
}

/* Puts the one way identities write an address or network behind its word. */
static int
check_numeric(char text[TEXT_MAX + 1], struct err *e)
{
	char		*value = strchr(text, ':') + 1, *slash;
	char		 one[IP_TEXT_SIZE];
	bool		 net = text[0] == 'n';
	struct ip	 a;
	unsigned	 bits;

	slash = strchr(value, '/');
	if (net != (slash != NULL))
		return err_set(e, net ? "no prefix length: \"%s\"" :
		    "a prefix length (networks begin with net:): \"%s\"", text);
	if (check_network(value, e) == -1)
		return -1;
	if (net)
		*slash = '\0';
	if (ip_parse(value, &a, e) == -1)
		return -1;
	if (net) {
		bits = (unsigned)strtoul(slash + 1, NULL, 10);
		ip_format_network(&a, bits, one);
	} else {
		ip_format(&a, one);
	}
	(void)snprintf(value, IP_TEXT_SIZE, "%s", one);
	return 0;
}

static int
check_identity(char text[TEXT_MAX + 1], struct err *e)
{
	if (strncmp(text, "addr:", 5) == 0 || strncmp(text, "net:", 4) == 0)
		return check_numeric(text, e);
	if (strncmp(text, "name:", 5) != 0 && strncmp(text, "spf:", 4) != 0)
		return err_set(e, "none of addr:, net:, name: and spf: at its "
		    "beginning: \"%s\"", text);
	if (!is_domain(strchr(text, ':') + 1))
		return err_set(e, "not a domain after the colon: \"%s\"",
		    text);
	return 0;
}

/* Checks a pattern and gives its one form. */
static int
check(enum pattern_kind kind, const char *text, char out[TEXT_MAX + 1],
    struct err *e)
{
	size_t	len = strlen(text);

	if (len > 1 && text[len - 1] == '.')
		len--;
	/* Room for the one form of an address, which may be longer. */
	if (len > TEXT_MAX - IP_TEXT_SIZE)
		return err_set(e, "over %d bytes: \"%.60s...\"",
		    TEXT_MAX - IP_TEXT_SIZE, text);
	for (size_t i = 0; i < len; i++)
		out[i] = lower(text[i]);
	out[len] = '\0';
	if (kind == PATTERN_ADDRESSES)
		return check_address(out, e);
	if (kind == PATTERN_IDENTITIES)
		return check_identity(out, e);
	return is_domain(out) || is_literal(out) ? 0 :
	    err_set(e, "not the name of a host: \"%s\"", text);
}

int
patternset_add(struct patternset *s, const char *text, struct err *e)
{
	char		 one[TEXT_MAX + 1], *copy;
	struct key	 k;

	if (check(s->kind, text, one, e) == -1)
		return -1;
	k = whole(one);
	if (has_key(s, &k))
		return 0;
	if (s->used == s->size && grow(s) == -1)
		return err_set(e, "out of memory at %s", text);
	if ((copy = strdup(one)) == NULL)
		return err_set(e, "out of memory at %s", text);
	s->texts[s->used++] = copy;
	s->slots[find(s, &k)] = s->used;
	return 0;
}

/* before + domain, or before + "*" + what is behind one of its labels. */
static bool
has_domain(const struct patternset *s, const char *before, size_t before_len,
    const char *domain)
{
	size_t		len = strlen(domain);
	struct key	k = { { before, "", domain }, { before_len, 0, 0 } };

	if (len > 0 && domain[len - 1] == '.')
		len--;
	k.len[2] = len;
	if (len > DOMAIN_MAX + 2)
		return false;
	if (has_key(s, &k))
		return true;
	k.piece[1] = "*";
	k.len[1] = 1;
	for (size_t i = 1; i < len; i++) {
		k.piece[2] = domain + i;
		k.len[2] = len - i;
		if (domain[i] == '.' && has_key(s, &k))
			return true;
	}
	return false;
}

static bool
has_address(const struct patternset *s, const char *text)
{
	const char	*at = strrchr(text, '@');
	struct key	 k = whole(*text == '\0' ? "<>" : text);

	if (at != NULL && k.len[0] > 1 && text[k.len[0] - 1] == '.')
		k.len[0]--;
	if (has_key(s, &k))
		return true;
	if (at == NULL)
		return false;
	k.len[0] = (size_t)(at + 1 - text);
	return has_key(s, &k) || has_domain(s, "@", 1, at + 1);
}

bool
patternset_has(const struct patternset *s, const char *text)
{
	const char	*colon;

	if (s == NULL || s->used == 0)
		return false;
	if (s->kind == PATTERN_ADDRESSES)
		return has_address(s, text);
	if (s->kind == PATTERN_HOSTS)
		return has_domain(s, "", 0, text);
	colon = strchr(text, ':');
	return colon != NULL && has_domain(s, text,
	    (size_t)(colon + 1 - text), colon + 1);
}

bool
patternset_covers(const struct patternset *a, const struct patternset *b)
{
	for (size_t i = 0; i < patternset_count(b); i++)
		if (!patternset_has(a, b->texts[i]))
			return false;
	return true;
}

size_t
patternset_count(const struct patternset *s)
{
	return s == NULL ? 0 : s->used;
}

const char *
patternset_at(const struct patternset *s, size_t i)
{
	return s->texts[i];
}
