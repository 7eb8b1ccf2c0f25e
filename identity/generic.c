/* SPDX-License-Identifier: ISC
 * identity/generic.c - octets and hexadecimal digits of an address in a name. */
#include "identity/generic.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char	digits[] = "0123456789";
static const char	hex_digits[] = "0123456789abcdef";

/* Which of the four octets were found; each counts once, in any order. */
struct tally {
	const uint8_t	*octet;
	bool		 found[4];
	unsigned	 n;
};

static void
count(struct tally *t, unsigned long value)
{
	for (unsigned i = 0; i < 4; i++) {
		if (t->found[i] || t->octet[i] != value)
			continue;
		t->found[i] = true;
		t->n++;
		return;
	}
}

/* A number of 6, 9 or 12 digits as padded octets: "081169146164". */
static void
count_padded(struct tally *t, const char *s, size_t len)
{
	if (len < 6 || len > 12 || len % 3 != 0)
		return;
	for (size_t i = 0; i < len; i += 3)
		count(t, (unsigned long)((s[i] - '0') * 100 +
		    (s[i + 1] - '0') * 10 + (s[i + 2] - '0')));
}

/* Decimal numbers of the name that are octets. */
static unsigned
decimal_octets(const char *name, const uint8_t octet[4])
{
	struct tally	 t = { .octet = octet };
	size_t		 len;

	for (const char *s = name; *(s += strcspn(s, digits)) != '\0';
	    s += len) {
		len = strspn(s, digits);
		if (len <= 3)
			count(&t, strtoul(s, NULL, 10));
		else
			count_padded(&t, s, len);
	}
	return t.n;
}

/* Two hexadecimal digits between signs that are octets: "4f-c1-23-45". Only
 * where a letter shows that the base is 16. */
static unsigned
hex_octets(const char *name, const uint8_t octet[4])
{
	static const char	signs[] = "-._";
	struct tally		t = { .octet = octet };
	bool			letter = false;
	size_t			len;

	for (const char *s = name; *s != '\0'; s += len) {
		s += strspn(s, signs);
		len = strcspn(s, signs);
		if (len != 2 || strspn(s, hex_digits) < len)
			continue;
		letter = letter || strspn(s, digits) < len;
		count(&t, strtoul(s, NULL, 16));
	}
	return letter ? t.n : 0;
}

/* The address run together: in hexadecimal, as one decimal number, or three
 * octets and more without padding (seven digits, so that it is no accident). */
static bool
run_together(const char *name, const uint8_t o[4])
{
	char	text[16];

	(void)snprintf(text, sizeof(text), "%02x%02x%02x%02x", o[0], o[1],
	    o[2], o[3]);
	if (strstr(name, text) != NULL)
		return true;
	(void)snprintf(text, sizeof(text), "%02x%02x%02x%02x", o[3], o[2],
	    o[1], o[0]);
	if (strstr(name, text) != NULL)
		return true;
	(void)snprintf(text, sizeof(text), "%lu", (unsigned long)o[0] << 24 |
	    (unsigned long)o[1] << 16 | (unsigned long)o[2] << 8 | o[3]);
	if (strlen(text) > 7 && strstr(name, text) != NULL)
		return true;
	for (int i = 0; i < 2; i++) {
		(void)snprintf(text, sizeof(text), "%u%u%u", o[i], o[i + 1],
		    o[i + 2]);
		if (strlen(text) >= 7 && strstr(name, text) != NULL)
			return true;
		(void)snprintf(text, sizeof(text), "%u%u%u", o[i + 2],
		    o[i + 1], o[i]);
		if (strlen(text) >= 7 && strstr(name, text) != NULL)
			return true;
	}
	return false;
}

static bool
has_ipv4(const char *name, const uint8_t octet[4])
{
	return decimal_octets(name, octet) >= 2 ||
	    hex_octets(name, octet) >= 3 || run_together(name, octet);
}

/* Twelve digits of the address in a row, anywhere in a longer stretch. */
static bool
has_hex_row(const char *name, const char hex[32])
{
	enum { ROW = 12 };

	for (const char *s = name; *s != '\0'; s++) {
		if (strspn(s, hex_digits) < ROW)
			continue;
		if (memmem(hex, 32, s, ROW) != NULL)
			return true;
	}
	return false;
}

/* How many different groups other than zero stand alone in the name. */
static unsigned
groups(const char *name, const struct ip *addr)
{
	unsigned long	value, group;
	bool		found[8] = { false };
	unsigned	n = 0;
	size_t		len;

	for (const char *s = name; *(s += strcspn(s, hex_digits)) != '\0';
	    s += len) {
		len = strspn(s, hex_digits);
		value = len <= 4 ? strtoul(s, NULL, 16) : 0;
		for (unsigned i = 0; i < 8 && value != 0; i++) {
			group = (unsigned long)addr->b[2 * i] << 8 |
			    addr->b[2 * i + 1];
			if (found[i] || group != value)
				continue;
			found[i] = true;
			n++;
			break;
		}
	}
	return n;
}

/* Single digits between dots, as under ip6.arpa. */
static unsigned
nibbles(const char *name)
{
	unsigned	n = 0;
	size_t		len;

	for (const char *s = name; *s != '\0'; s += len) {
		s += strspn(s, ".-");
		len = strcspn(s, ".-");
		n += len == 1 && strspn(s, hex_digits) >= 1;
	}
	return n;
}

bool
generic_has_addr(const char *name, const struct ip *addr)
{
	char	hex[33];

	if (ip_is_v4(addr))
		return has_ipv4(name, addr->b + 12);
	for (unsigned i = 0; i < 16; i++) {
		hex[2 * i] = hex_digits[addr->b[i] >> 4];
		hex[2 * i + 1] = hex_digits[addr->b[i] & 15];
	}
	return has_hex_row(name, hex) || groups(name, addr) >= 3 ||
	    nibbles(name) >= 16;
}
