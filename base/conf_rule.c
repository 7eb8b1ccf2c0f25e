/* SPDX-License-Identifier: ISC
 * base/conf_rule.c - the forms of conf_rule.h, but for patterns. */
#include "base/conf_rule.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	ALL_DAYS = 0x7f,
	DAY_MINUTES = 24 * 60,
	ZONE_MAX = 189		/* an IPv6 address goes before it, 64 bytes */
};

/* The day that three letters name, from 0 for Sunday. -1: none. */
static int
day_of(const char *text)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu",
	    "Fri", "Sat" };

	for (int i = 0; i < 7; i++)
		if (strncasecmp(text, days[i], 3) == 0)
			return i;
	return -1;
}

/* "Mon-Fri,Sun", up to the blank. Fri-Mon goes over the end of the week. */
static int
parse_days(const char *text, size_t len, uint8_t *out, struct err *e)
{
	const char	*p = text, *end = text + len;
	int		 from, upto;

	*out = 0;
	for (;;) {
		from = upto = day_of(p);
		p += 3;
		if (from != -1 && p < end && *p == '-') {
			upto = day_of(p + 1);
			p += 4;
		}
		if (from == -1 || upto == -1 || p > end ||
		    (p < end && *p != ','))
			return err_set(e, "not days of the week: \"%s\"", text);
		for (int day = from; ; day = (day + 1) % 7) {
			*out |= (uint8_t)(1 << day);
			if (day == upto)
				break;
		}
		if (p == end)
			return 0;
		p++;
	}
}

/* "08:00", "24:00". -1: none. */
static int
minute_of(const char *p)
{
	int	n;

	for (int i = 0; i < 5; i++)
		if (i == 2 ? p[i] != ':' : p[i] < '0' || p[i] > '9')
			return -1;
	n = ((p[0] - '0') * 10 + p[1] - '0') * 60 + (p[3] - '0') * 10 +
	    p[4] - '0';
	return p[3] > '5' || n > DAY_MINUTES ? -1 : n;
}

static int
parse_minutes(const char *text, struct conf_hours *out, struct err *e)
{
	int	from, upto;

	if (strlen(text) != strlen("08:00-18:00") || text[5] != '-' ||
	    (from = minute_of(text)) == -1 ||
	    (upto = minute_of(text + 6)) == -1)
		return err_set(e, "not a time such as 08:00-18:00: \"%s\"",
		    text);
	if (from == upto || from == DAY_MINUTES)
		return err_set(e, "no time between both: \"%s\" (all of a day "
		    "is 00:00-24:00)", text);
	out->from = (uint16_t)from;
	out->upto = (uint16_t)upto;
	return 0;
}

int
conf_rule_hours(const char *text, struct conf_hours *out, struct err *e)
{
	struct conf_hours	h = { ALL_DAYS, 0, DAY_MINUTES };
	size_t			len = strcspn(text, " ");
	const char		*rest = text + len + strspn(text + len, " ");

	if (text[0] >= '0' && text[0] <= '9')
		rest = text;
	else if (parse_days(text, len, &h.days, e) == -1)
		return -1;
	if (*rest != '\0' && parse_minutes(rest, &h, e) == -1)
		return -1;
	*out = h;
	return 0;
}

int
conf_rule_macro(const char *text, struct conf_macro *out, struct err *e)
{
	const char	*equals = strchr(text, '=');
	size_t		 len = equals == NULL ? 0 : (size_t)(equals - text);

	if (len < 1 || (text[0] == '{' ?
	    len < 3 || memchr(text, '}', len) != equals - 1 : len != 1) ||
	    strcspn(text, " ,\t") < len)
		return err_set(e, "not a macro and its value: \"%s\"", text);
	out->name = strndup(text, len);
	out->value = strdup(equals + 1);
	if (out->name != NULL && out->value != NULL)
		return 0;
	free(out->name);
	free(out->value);
	return err_set(e, "out of memory");
}

/* An answer of a DNS list, in the host's order of bytes. -1: none. */
static int
parse_answer(const char *text, size_t len, uint32_t *out)
{
	char		addr[INET_ADDRSTRLEN];
	struct in_addr	a;

	if (len >= sizeof(addr))
		return -1;
	memcpy(addr, text, len);
	addr[len] = '\0';
	if (inet_pton(AF_INET, addr, &a) != 1)
		return -1;
	*out = ntohl(a.s_addr);
	return *out >> 24 == 127 ? 0 : -1;
}

/* "127.0.0.2" or "127.0.0.4-127.0.0.7", len bytes long. */
static int
add_range(const char *text, size_t len, struct conf_dns_list *out,
    struct err *e)
{
	const char	*dash = memchr(text, '-', len);
	size_t		 first = dash == NULL ? len : (size_t)(dash - text);
	uint32_t	 from, upto;

	if (out->n == CONF_DNS_LIST_RANGES)
		return err_set(e, "over %d answers: \"%s\"",
		    CONF_DNS_LIST_RANGES, text);
	if (parse_answer(text, first, &from) == -1)
		return err_set(e, "not an address in 127.0.0.0/8: \"%.*s\"",
		    len < 80 ? (int)len : 80, text);
	upto = from;
	if (dash != NULL && parse_answer(dash + 1, len - first - 1,
	    &upto) == -1)
		return err_set(e, "not an address in 127.0.0.0/8 after the -: "
		    "\"%.*s\"", len < 80 ? (int)len : 80, text);
	if (upto < from)
		return err_set(e, "a range that ends before it begins: "
		    "\"%.*s\"", (int)len, text);
	out->range[out->n].from = from;
	out->range[out->n++].upto = upto;
	return 0;
}

/* Letters, digits, - and _ in labels of 1 to 63, more than one of them. */
static int
check_zone(const char *text, size_t len, struct err *e)
{
	size_t	label = 0, dots = 0;

	for (size_t i = 0; i < len; i++) {
		char	c = text[i];

		if (c == '.' ? label == 0 : label == 63 ||
		    (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '-' && c != '_'))
			return err_set(e, "not the domain of a DNS list: "
			    "\"%s\"", text);
		label = c == '.' ? 0 : label + 1;
		dots += c == '.';
	}
	if (label == 0 || len > ZONE_MAX || dots == 0)
		return err_set(e, "not the domain of a DNS list: \"%s\"",
		    text);
	return 0;
}

int
conf_rule_dns_list(const char *text, struct conf_dns_list *out,
    struct err *e)
{
	struct conf_dns_list	 list = { .n = 0 };
	size_t			 zone = strcspn(text, "="), len;
	const char		*p = text + zone;

	if (check_zone(text, zone, e) == -1)
		return -1;
	while (*p != '\0') {
		p++;
		len = strcspn(p, ",");
		if (add_range(p, len, &list, e) == -1)
			return -1;
		p += len;
	}
	if ((list.zone = strndup(text, zone)) == NULL)
		return err_set(e, "out of memory");
	*out = list;
	return 0;
}

int
conf_rule_reply(const char *text, struct reply *out, struct err *e)
{
	return reply_parse(text, text[0] == '4' ? '4' : '5', out, e);
}
