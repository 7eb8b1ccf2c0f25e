/* SPDX-License-Identifier: ISC
 * identity/name.c - names that were generated for a line or a machine. */
#include "identity/name.h"

#include <string.h>

#include "base/domain.h"
#include "identity/generic.h"

/*
 * Words by which access providers and hosters name their lines and machines.
 * A word counts where it is a whole stretch of letters in front of the domain,
 * or one put together from these words ("dynamicip", "cablemodem").
 */
struct word {
	const char	*text;
	unsigned	 digits;	/* of a number behind it that it needs */
};

enum { PART = 99 };			/* only within another word */

static const struct word words[] = {
	/* how a line gets its address */
	{ "dyn", 0 }, { "dynamic", 0 }, { "dinamic", 0 }, { "dinamico", 0 },
	{ "dinamica", 0 }, { "dynamique", 0 }, { "dhcp", 0 }, { "pool", 0 },
	{ "ppp", 0 }, { "pppoe", 0 }, { "pptp", 0 }, { "dial", 0 },
	{ "dialup", 0 }, { "dialin", 0 }, { "dip", 0 }, { "static", 0 },
	{ "unassigned", 0 }, { "unallocated", 0 }, { "rev", 0 },
	{ "reverse", 0 }, { "revip", 0 }, { "cgn", 0 }, { "cgnat", 0 },
	/* what it is made of */
	{ "dsl", 0 }, { "adsl", 0 }, { "vdsl", 0 }, { "sdsl", 0 },
	{ "xdsl", 0 }, { "wadsl", 0 }, { "dslam", 0 }, { "cable", 0 },
	{ "catv", 0 }, { "docsis", 0 }, { "modem", 0 }, { "cpe", 0 },
	{ "bras", 0 }, { "ftth", 0 }, { "fttb", 0 }, { "fttx", 0 },
	{ "gpon", 0 }, { "pon", 0 }, { "broadband", 0 }, { "bredband", 0 },
	{ "wireless", 0 }, { "wifi", 0 }, { "wlan", 0 }, { "wimax", 0 },
	{ "hotspot", 0 }, { "gprs", 0 }, { "umts", 0 }, { "lte", 0 },
	{ "cdma", 0 },
	/* whose it is */
	{ "cust", 0 }, { "customer", 0 }, { "customers", 0 },
	{ "client", 0 }, { "clients", 0 }, { "clientes", 0 },
	{ "subscriber", 0 }, { "user", 3 }, { "users", 3 }, { "host", 5 },
	/* rented machines */
	{ "vps", 0 }, { "vds", 0 }, { "vmi", 0 }, { "vmd", 0 },
	{ "vserver", 0 }, { "compute", 0 }, { "instances", 0 },
	{ "droplet", 0 }, { "vcpu", 0 }, { "cloudapp", 0 },
	{ "dedicated", 0 }, { "hwsrv", 4 }, { "vm", 4 }, { "srv", 5 },
	{ "server", 5 }, { "sd", 4 }, { "ns", 6 }, { "li", 3 },
	/* what the words above are joined with */
	{ "ip", PART }, { "net", PART }, { "home", PART }, { "line", PART },
	{ "up", PART }, { "bb", PART }
};

/* A stretch of letters that is one of the first says mail server; one that
 * holds one of the second, too. */
static const char *const	mail_words[] = {
	"mx", "mta", "mout", "out", "outbound", "relay", "post",
	"posta", "poste", "send", "sender", "delivery", "bounce", "lists",
	"listserv", "exim", "postfix", "zimbra", "exchange"
};
static const char *const	mail_parts[] = { "mail", "smtp", "mxout" };

static const char		letters[] = "abcdefghijklmnopqrstuvwxyz";
static const char		digits[] = "0123456789";
static const char		hex_digits[] = "0123456789abcdef";

/* Whether a stretch of letters says mail. */
static bool
is_mail(const char *s, size_t len)
{
	for (size_t i = 0; i < sizeof(mail_words) / sizeof(*mail_words); i++)
		if (strlen(mail_words[i]) == len &&
		    memcmp(s, mail_words[i], len) == 0)
			return true;
	for (size_t i = 0; i < sizeof(mail_parts) / sizeof(*mail_parts); i++)
		if (memmem(s, len, mail_parts[i], strlen(mail_parts[i])) !=
		    NULL)
			return true;
	return false;
}

static bool
says_mail(const char *name)
{
	size_t	len;

	for (const char *s = name; *(s += strcspn(s, letters)) != '\0';
	    s += len) {
		len = strspn(s, letters);
		if (is_mail(s, len))
			return true;
	}
	return false;
}

/* How many digits stand behind s, one '-' before them or none. */
static unsigned
number_behind(const char *s)
{
	return (unsigned)strspn(s + (*s == '-'), digits);
}

/* Whether letters s[0..len) are one of the words, or put together from them;
 * joined: a word that counts alone has been seen in front. Ways to put together
 * double with each word, so longer stretches are not tried. */
static bool
is_access(const char *s, size_t len, bool joined)
{
	enum { LONGEST = 24 };
	size_t	n;

	if (len > LONGEST)
		return false;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		n = strlen(words[i].text);
		if (n > len || memcmp(s, words[i].text, n) != 0)
			continue;
		if (n < len) {
			if (is_access(s + n, len - n,
			    joined || words[i].digits == 0))
				return true;
		} else if (joined || (words[i].digits != PART &&
		    number_behind(s + n) >= words[i].digits))
			return true;
	}
	return false;
}

/* Words of lines and machines in the labels in front of the domain. */
static bool
says_access(const char *front)
{
	size_t	len;

	for (const char *s = front; *(s += strcspn(s, letters)) != '\0';
	    s += len) {
		len = strspn(s, letters);
		if (is_access(s, len, false))
			return true;
	}
	return false;
}

/* A number of twelve hexadecimal digits and more, six of them decimal: the
 * hardware address of a modem, the serial number of a machine. */
static bool
has_serial(const char *front)
{
	size_t	len, decimal;

	for (const char *s = front; *(s += strcspn(s, hex_digits)) != '\0';
	    s += len) {
		len = strspn(s, hex_digits);
		decimal = 0;
		for (size_t i = 0; i < len; i++)
			decimal += strchr(digits, s[i]) != NULL;
		if (len >= 12 && decimal >= 6)
			return true;
	}
	return false;
}

/* Ends the name in front of its last label. */
static void
cut_label(char *name)
{
	char	*dot = strrchr(name, '.');

	*(dot == NULL ? name : dot) = '\0';
}

bool
name_is_generated(const char *host, const struct ip *addr)
{
	char	name[NAME_SIZE];

	if (domain_clean(host, name) == 0)
		return true;
	cut_label(name);
	if (says_mail(name))
		return false;
	if (generic_has_addr(name, addr))
		return true;
	cut_label(name);
	return says_access(name) || has_serial(name);
}

bool
name_identity(const char *host, const struct ip *addr, char out[NAME_SIZE])
{
	return !name_is_generated(host, addr) && domain_registrable(host, out);
}
